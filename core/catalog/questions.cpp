#include "core/catalog/questions.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/catalog/estimate_json.h"
#include "core/catalog/near_measurements.h"

namespace headroom {
namespace {

bool runs_entirely(FitStatus status) { return status <= FitStatus::tight; }

class Answerer {
 public:
  Answerer(Front& front, const QuestionFacts& facts, const Texts& texts)
      : front_(front),
        facts_(facts),
        texts_(texts),
        estimate_(facts.answer.estimate),
        settings_(facts.answer.scenario.settings) {}

  std::vector<QuestionAnswer> all() {
    add("fits", fits());
    add("context", context());
    add("speed", speed());
    if (writes()) add("users", users());
    add("limit", limit());
    add("change", change());
    add("format", format());
    add("sure", sure());
    return std::move(out_);
  }

 private:
  void add(std::string_view id, std::string answer) {
    if (answer.empty()) return;
    out_.push_back({id, texts_.fill("question." + std::string(id), {{"model", model_name()}, {"machine", machine()}}),
                    std::move(answer)});
  }

  [[nodiscard]] std::string text(std::string_view key) const { return std::string(texts_.get(key)); }
  [[nodiscard]] std::string bytes(Bytes value) const { return join(format_bytes(value.as_double(), language())); }
  [[nodiscard]] std::string tokens(double value) const { return format_tokens(value, language()); }
  [[nodiscard]] std::string count(double value) const { return format_number(value, 0, language()); }
  [[nodiscard]] std::string rate(double value) const { return join(format_rate(value, language())); }
  [[nodiscard]] Language language() const { return texts_.language(); }
  // One sentence after another; Chinese writes no space between them.
  [[nodiscard]] std::string then(std::string first, const std::string& second) const {
    if (first.empty() || second.empty()) return first + second;
    return std::move(first) + (language() == Language::zh ? "" : " ") + second;
  }

  [[nodiscard]] std::string model_name() const { return name_of_model(front_.catalog(), facts_.answer.scenario.model); }
  [[nodiscard]] bool writes() const { return generates(front_.catalog(), facts_.answer.scenario.model); }
  [[nodiscard]] std::string machine() const { return name_of_devices(facts_.answer.scenario.system, language()); }

  [[nodiscard]] std::string fits() const {
    const Placement& placement = estimate_.placement;
    std::string verdict = texts_.render(estimate_.verdict.text);
    if (placement.status != FitStatus::does_not_fit) {
      return then(std::move(verdict), parts(placement));
    }
    const FormatRow* row = best_format(facts_.formats, true);
    if (row == nullptr) return then(std::move(verdict), text("answer.fits.no_format"));
    return then(std::move(verdict), texts_.fill("answer.fits.format", {{"format", texts_.term(row->format->name)},
                                                                       {"total", bytes(row->needed)}}));
  }
  // What stands on the devices, as the bar over them shows it, and what does not.
  [[nodiscard]] std::string parts(const Placement& placement) const {
    const DeviceShare all = placement.on_devices();
    const Bytes pool = all.pool_left(), host = placement.host.total();
    std::string told = texts_.fill(all.state > Bytes(0) ? "answer.fits.parts_state" : "answer.fits.parts",
                                   {{"weights", bytes(all.weights)},
                                    {"cache", bytes(all.kv - pool)},
                                    {"state", bytes(all.state)},
                                    {"rest", bytes(all.total() - all.weights - all.kv - all.state)}});
    if (pool > Bytes(0)) told = then(std::move(told), texts_.fill("answer.fits.pool", {{"pool", bytes(pool)}}));
    if (host > Bytes(0)) told = then(std::move(told), texts_.fill("answer.fits.host", {{"host", bytes(host)}}));
    return told;
  }

  [[nodiscard]] std::string context() const {
    const std::uint32_t safe = estimate_.placement.safe_context;
    const std::uint32_t longest = facts_.answer.model->arch.max_context;
    const std::string sequences = count(settings_.cache.parallel);
    if (safe == 0) return text("answer.context.none");
    if (longest > 0 && safe >= longest) {
      return texts_.fill("answer.context.all", {{"max", tokens(longest)}, {"sequences", sequences}});
    }
    std::string answer = texts_.fill("answer.context.some", {{"safe", tokens(safe)}, {"sequences", sequences}});
    if (longest > 0) answer = then(std::move(answer), texts_.fill("answer.context.model", {{"max", tokens(longest)}}));
    return answer;
  }

  [[nodiscard]] std::string speed() const {
    if (!estimate_.speed.known) return text(estimate_.speed.unknown_reason);
    if (!has_speed(estimate_)) return text("speed.does_not_fit");
    std::string answer;
    if (estimate_.speed.has_decode) {
      const Range& range = estimate_.speed.decode_tok_s;
      answer = texts_.fill("answer.speed.decode",
                           {{"rate", rate(range.p50)}, {"low", rate(range.p10)}, {"high", rate(range.p90)}});
    }
    if (estimate_.speed.has_prefill) {
      answer = then(std::move(answer),
                    texts_.fill(writes() ? "answer.speed.ttft" : "answer.speed.reading",
                                {{"prompt", tokens(settings_.workload.prompt)},
                                 {"time", join(format_seconds(estimate_.speed.ttft_s.p50, language()))}}));
      if (writes() && estimate_.speed.sequences > 1 && estimate_.speed.queue <= Seconds(0)) {
        const Range& first = estimate_.speed.ttft_s;
        answer = then(std::move(answer),
                      texts_.fill("answer.speed.ttft_among", {{"low", join(format_seconds(first.p10, language()))},
                                                              {"high", join(format_seconds(first.p90, language()))}}));
      }
    }
    return answer;
  }

  [[nodiscard]] std::string users() const {
    const std::uint32_t most = estimate_.placement.max_parallel;
    if (most == 0) return text("answer.users.none");
    std::string answer =
        texts_.fill("answer.users.count", {{"count", count(most)}, {"tokens", tokens(settings_.cache.context)}});
    if (most <= 1) return answer;
    ScenarioSpec full = facts_.spec;
    full.parallel = most;
    const Result<Answer> busy = front_.estimate_quickly(full);
    if (!busy || !has_speed(busy->estimate) || busy->estimate.speed.throughput_tok_s.p50 <= 0 ||
        !runs_entirely(busy->estimate.placement.status)) {
      return answer;
    }
    const Speed& speed = busy->estimate.speed;
    return then(std::move(answer), texts_.fill("answer.users.speed", {{"each", rate(speed.decode_tok_s.p50)},
                                                                      {"total", rate(speed.throughput_tok_s.p50)}}));
  }

  [[nodiscard]] std::string limit() const {
    const Verdict& verdict = estimate_.verdict;
    if (verdict.bottleneck_text.empty()) return {};
    std::string answer = texts_.render(verdict.bottleneck_text);
    if (verdict.grade != 'F' && has_speed(estimate_) && estimate_.speed.has_decode) {
      const StepTime& step = estimate_.speed.decode_step;
      const std::array<std::pair<Seconds, std::string_view>, 6> parts{
          {{step.weights, "answer.limit.weights"},
           {step.kv, "answer.limit.kv"},
           {step.compute, "answer.limit.compute"},
           {step.communication, "answer.limit.communication"},
           {step.host, "answer.limit.host"},
           {step.overhead, "answer.limit.overhead"}}};
      const auto largest =
          std::max_element(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      answer =
          then(std::move(answer),
               texts_.fill(largest->second, {{"share", format_percent(largest->first / step.total(), language())}}));
    }
    return answer;
  }

  [[nodiscard]] std::string change() const {
    if (facts_.upgrades.empty()) return text(no_upgrades_key(estimate_));
    const Upgrade& upgrade = facts_.upgrades.front();  // cheapest first
    Message sentence = upgrade.text;
    sentence.args.push_back({"name", MessageArg::Kind::text, 0, upgrade.name});
    const std::string price = upgrade.price_usd == 0  ? text("upgrades.free")
                              : upgrade.price_usd > 0 ? "≈ " + format_dollars(upgrade.price_usd, language())
                                                      : text("metric.unknown_price");
    std::string answer = texts_.fill("answer.change", {{"change", texts_.render(sentence)}, {"price", price}});
    if (upgrade.fit < estimate_.placement.status) {
      answer = then(std::move(answer),
                    text(upgrade.fit == FitStatus::offload ? "answer.change.offload" : "answer.change.fits"));
    }
    if (upgrade.decode_tok_s > 0) {
      answer = then(std::move(answer), texts_.fill("answer.change.speed", {{"rate", rate(upgrade.decode_tok_s)}}));
    }
    if (upgrade.safe_context > estimate_.placement.safe_context) {
      answer =
          then(std::move(answer), texts_.fill("answer.change.context", {{"tokens", tokens(upgrade.safe_context)}}));
    }
    return answer;
  }

  [[nodiscard]] std::string format() const {
    const FormatRow* best = best_format(facts_.formats, false);
    if (best == nullptr) return text("answer.format.none");
    const auto at = std::find_if(facts_.formats.begin(), facts_.formats.end(),
                                 [&](const FormatRow& row) { return row.format == facts_.answer.scenario.format; });
    const FormatRow* current = at == facts_.formats.end() ? nullptr : &*at;
    // Scores are shown as whole numbers, so that a difference below one point is none.
    const bool kept =
        current != nullptr && current->fit != FitStatus::does_not_fit && current->exact_score > best->exact_score - 1;
    const FormatRow& shown = kept ? *current : *best;
    std::string answer = texts_.fill(kept ? "answer.format.current" : "answer.format.other",
                                     {{"format", texts_.term(shown.format->name)},
                                      {"score", count(shown.exact_score)},
                                      {"current", texts_.term(facts_.answer.scenario.format->name)},
                                      {"before", count(estimate_.verdict.exact_score)}});
    return then(std::move(answer),
                texts_.fill("answer.format.quality", {{"bits", format_number(shown.bits_per_weight, 1, language())},
                                                      {"quality", quality(*shown.quality)}}));
  }
  // Rising perplexity means falling quality; its figure is given beside the word.
  [[nodiscard]] std::string quality(const FormatQuality& quality) const {
    std::string word = text(quality.label);
    if (!quality.ppl_increase || *quality.ppl_increase <= 0) return word;
    return texts_.fill("answer.format.perplexity",
                       {{"label", word}, {"increase", format_percent(*quality.ppl_increase, language())}});
  }

  [[nodiscard]] std::string sure() const {
    const Speed& speed = estimate_.speed;
    std::string answer;
    const ResolvedScenario& scenario = facts_.answer.scenario;
    if (const auto own = personal_of(facts_.spec, *scenario.engine, scenario.system)) {
      answer = texts_.fill("warning.personal", {{"decode", format_number(own->decode, 2, language())},
                                                {"prefill", format_number(own->prefill, 2, language())}});
    }
    const bool ran_so = confidence_with(estimate_, scenario, measurements()) == Confidence::measured;
    if (!facts_.measurements.empty()) answer = then(std::move(answer), measured(facts_.measurements.front(), ran_so));
    if (!ran_so && speed.known) answer = then(std::move(answer), fitted(speed));
    const WeightProfile& weights = *facts_.answer.weights;
    return then(std::move(answer), weights.exact
                                       ? text("answer.sure.exact")
                                       : texts_.fill("answer.sure.modelled",
                                                     {{"share", format_percent(weights.relative_error, language())}}));
  }
  [[nodiscard]] std::vector<NearMeasurement> measurements() const {
    return {facts_.measurements.begin(), facts_.measurements.end()};
  }
  [[nodiscard]] std::string measured(const NearMeasurement& near, bool ran_so) const {
    const PublicMeasurement& nearest = *near.measurement;
    std::string test = nearest.test();
    for (const std::string& difference : differences(near, front_.catalog(), texts_)) test += ", " + difference;
    const std::string_view counted = counted_key(nearest);
    return texts_.fill(ran_so ? "answer.sure.measured" : "answer.sure.measured_otherwise",
                       {{"count", count(static_cast<double>(facts_.measurements.size()))},
                        {"rate", counted.empty() ? rate(nearest.tok_s) : rate(nearest.tok_s) + " " + text(counted)},
                        {"test", test},
                        {"date", nearest.date},
                        {"rule", text("confidence.measured_rule")}});
  }
  [[nodiscard]] std::string fitted(const Speed& speed) const {
    const std::string rows = count(speed.calibration_rows);
    switch (speed.confidence) {
      case Confidence::measured:
      case Confidence::calibrated: return texts_.fill("answer.sure.calibrated", {{"count", rows}});
      case Confidence::extrapolated: return texts_.fill("answer.sure.extrapolated", {{"count", rows}});
      case Confidence::theoretical: break;
    }
    return text("answer.sure.theoretical");
  }

  Front& front_;
  const QuestionFacts& facts_;
  const Texts& texts_;
  const Estimate& estimate_;
  const Settings& settings_;
  std::vector<QuestionAnswer> out_;
};

}  // namespace

std::vector<QuestionAnswer> questions_and_answers(Front& front, const QuestionFacts& facts, const Texts& texts) {
  return Answerer(front, facts, texts).all();
}

}  // namespace headroom
