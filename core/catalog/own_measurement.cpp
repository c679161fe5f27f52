#include "core/catalog/own_measurement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "core/catalog/first_scenario.h"
#include "core/catalog/limits.h"
#include "core/catalog/names.h"
#include "core/catalog/number_format.h"
#include "core/catalog/paste/model_name.h"
#include "core/catalog/paste/text.h"

namespace headroom {
namespace {

// Parameters and bytes are printed with three digits at least; the same mix made elsewhere may keep a tensor or two at
// another size, and a speed is off by no more than that.
constexpr double kParamsTolerance = 0.03, kBytesTolerance = 0.04;
// "7B" in a name is anything from 6.7 to 8.5 billion; two names that say how many say it alike.
constexpr double kNameTolerance = 1.0 / 3, kSameName = 0.1;
constexpr double kSameFile = 0.005;
// What a prompt takes besides its tokens (launches, weights read once) is a good part of a short one's time: from
// kEnoughTokens on it is the token's work that is measured, below kFewestTokens it is hardly that at all, since weights
// are then still read for longer than they are used.
constexpr std::uint32_t kFewestTokens = 64, kEnoughTokens = 128;
// A run is at best that much faster than estimated: nothing known is estimated at less than a third of what its data
// sheet allows.
constexpr double kMostPlausible = 4;

// What the answer's device holds of that kind; 0 when it has no such device.
double estimated_memory(const PastedFigure& figure, const Answer& answer) {
  const Placement& placement = answer.estimate.placement;
  if (figure.kind == PastedKind::kv_tokens) return static_cast<double>(placement.kv_tokens);
  if (figure.kind == PastedKind::max_concurrency) return placement.max_parallel;
  if (figure.device >= placement.devices.size()) return 0;
  const DeviceShare& share = placement.devices[figure.device];
  const double total = answer.scenario.system.devices[figure.device]->memory.as_double();
  switch (figure.kind) {
    case PastedKind::weights: return share.weights.as_double();
    case PastedKind::kv_cache: return share.kv.as_double();
    case PastedKind::compute_buffer: return share.compute.as_double();
    case PastedKind::device_used: return share.total().as_double();
    case PastedKind::device_total: return total;
    case PastedKind::device_share: return total > 0 ? share.total().as_double() / total : 0;
    default: return 0;
  }
}

struct PrintedBackend {
  std::string_view name;
  Backend backend;
};
constexpr std::array<PrintedBackend, 9> kPrintedBackends{{{"CUDA", Backend::cuda},
                                                          {"ROCm", Backend::rocm},
                                                          {"HIP", Backend::rocm},
                                                          {"Vulkan", Backend::vulkan},
                                                          {"Metal", Backend::metal},
                                                          {"MTL", Backend::metal},
                                                          {"SYCL", Backend::sycl},
                                                          {"CPU", Backend::cpu},
                                                          {"BLAS", Backend::cpu}}};

// What llama.cpp prints names every backend it was built with: "CUDA,Vulkan". The CPU's ("Metal,BLAS") counts where it
// is alone.
bool may_run_on(std::string_view printed, Backend backend) {
  bool devices = false, any = false, named = false;
  for (const PrintedBackend& known : kPrintedBackends) {
    if (printed.find(known.name) == std::string_view::npos) continue;
    any = true;
    devices |= known.backend != Backend::cpu;
    named |= known.backend == backend;
  }
  return !any || (named && !(devices && backend == Backend::cpu));
}

bool near(double a, double b, double tolerance) { return std::abs(a - b) <= tolerance * std::max(a, b); }

// How much of a model a device holds.
enum class Held : std::uint8_t { none, part, all };

class Comparer {
 public:
  Comparer(Front& front, const ScenarioSpec& spec, const Answer& answer)
      : front_(front), spec_(spec), answer_(answer) {}

  [[nodiscard]] FigureComparison compare(const PastedFigure& figure) {
    FigureComparison comparison = differing(figure);
    if (comparison.left_out != LeftOut::no) return comparison;
    if (!is_speed(figure.kind)) {
      comparison.estimated = memory(figure);
      return comparison;
    }
    const bool prompt = figure.kind == PastedKind::prefill;
    const std::optional<Workload> workload = workload_of(figure);
    if (!workload) return {0, LeftOut::prompt_unknown, {}, {}};
    estimate_speed(figure, *workload, comparison);
    if (!(comparison.estimated > 0 && figure.value > 0)) return comparison;
    const double ratio = figure.value / comparison.estimated;
    if (prompt && figure.prompt < kFewestTokens) {
      comparison.left_out = LeftOut::prompt_short;
    } else if (ratio > kMostPlausible || ratio < limits::kLeastPersonalFactor) {
      comparison.left_out = LeftOut::implausible;
    }
    return comparison;
  }

 private:
  [[nodiscard]] FigureComparison differing(const PastedFigure& figure) {
    const PastedRun& run = figure.run;
    const ResolvedScenario& scenario = answer_.scenario;
    const Engine& engine = *scenario.engine;
    const bool of_llama_cpp = engine.cache == CachePolicy::cells;
    if (!run.engine.empty() && (run.engine == "llama.cpp" ? !of_llama_cpp : run.engine != engine.id)) {
      return {0, LeftOut::engine, std::string(run.engine), engine.name};
    }
    if (FigureComparison model = other_model(run); model.left_out != LeftOut::no) return model;
    const Backend backend = scenario.system.backend;
    if (!may_run_on(run.backend, backend)) {
      return {0, LeftOut::backend, run.backend, backend_name(backend)};
    }
    if (other_device(run.device)) return {0, LeftOut::device, run.device, scenario.system.devices[0]->name};
    const std::size_t devices = scenario.system.devices.size();
    const bool on_devices = backend != Backend::cpu && run.gpu_layers.value_or(1) > 0;
    if (run.devices > 0 && run.devices != devices && on_devices) {
      return {0, LeftOut::devices, std::to_string(run.devices), std::to_string(devices)};
    }
    return other_layers(run);
  }

  [[nodiscard]] Language language() const { return parse_language(spec_.language).value_or(Language::en); }

  [[nodiscard]] FigureComparison other_model(const PastedRun& run) {
    const Architecture& arch = answer_.model->arch;
    const double all = static_cast<double>(arch.total_params());
    const double text = static_cast<double>(arch.total_params() - arch.vision_params - arch.audio_params);
    const double mtp = static_cast<double>(arch.mtp.params);
    // Towers are in a file of their own, MTP layers in some files and not in others.
    const auto is = [&](double params, double tolerance) {
      return near(params, all, tolerance) || near(params, text, tolerance) || near(params, text + mtp, tolerance);
    };
    const double bytes = answer_.weights->file_bytes.as_double();
    const double released = answer_.as_released.value_or(answer_.weights->file_bytes).as_double();
    const auto weighs = [&](double tolerance) {
      return near(run.bytes, bytes, tolerance) || near(run.bytes, released, tolerance);
    };
    // Whatever a file calls itself, it is this one.
    if (run.params > 0 && run.bytes > 0 && is(run.params, kSameFile) && weighs(kSameFile)) return {};
    if ((run.params > 0 && !is(run.params, kParamsTolerance)) || other_name(run, is)) {
      return {0, LeftOut::model, run.model.empty() ? format_params(run.params, language()) : run.model,
              name_of_model(front_.catalog(), answer_.scenario.model)};
    }
    const std::string& format = answer_.scenario.format->id;
    if (run.bytes > 0 && !weighs(kBytesTolerance)) {
      return {0, LeftOut::format, join(format_bytes(run.bytes, language())),
              format + ", " + join(format_bytes(bytes, language()))};
    }
    const std::string mix = paste::mix_in(run.model);
    if (!mix.empty() && !paste::may_be_mix(mix, format, run.bytes > 0)) return {0, LeftOut::format, mix, format};
    return {};
  }

  // Whether a name is that of another model: by the family, and by the size it tells where the run tells none.
  // llama.cpp names sizes by the number of layers: "llama 13B" is any with 40.
  template <class IsOfParams>
  [[nodiscard]] bool other_name(const PastedRun& run, const IsOfParams& is) {
    if (run.model.empty()) return false;
    const double named = paste::billions_in(run.model);
    const double asked = paste::billions_in(name_of_model(front_.catalog(), answer_.scenario.model));
    if (named > 0 && run.params <= 0) {
      if (asked > 0 && !near(named, asked, kSameName) && !is(named * kBillion, kSameName)) return true;
      if (!is(named * kBillion, kNameTolerance)) return true;
    }
    const auto [known, is_new] = other_families_.try_emplace(run.model, false);
    if (is_new) known->second = run.model_alone ? other_architecture(run.model) : other_family(run.model);
    return known->second;
  }

  // llama-bench begins with the name of the architecture.
  [[nodiscard]] bool other_architecture(std::string_view name) const {
    const std::string first = paste::lower(name.substr(0, name.find(' ')));
    const std::span<const ModelEntry> models = front_.catalog().models();
    const auto is_first = [&first](const ModelEntry& model) { return model.gguf_arch == first; };
    return first != answer_.model->arch.gguf_arch && std::any_of(models.begin(), models.end(), is_first);
  }

  // Elsewhere a model is called anything; what says "qwen" is no Llama.
  [[nodiscard]] bool other_family(std::string_view name) const {
    const Catalog& catalog = front_.catalog();
    std::string own = std::string(name_of_model(catalog, answer_.scenario.model)) + " " + answer_.model->arch.gguf_arch;
    if (const auto index = answer_.scenario.model.index) {
      const ModelEntry& entry = catalog.models()[*index];
      for (const std::string_view more : {entry.id, entry.hf_id, entry.family}) own.append(" ").append(more);
    }
    const std::vector<std::string> words = paste::letters_in(name), own_words = paste::letters_in(own);
    const auto among = [](const std::vector<std::string>& list, const std::string& word) {
      return std::find(list.begin(), list.end(), word) != list.end();
    };
    constexpr std::size_t kFewestLetters = 3;
    bool names_another = false;
    for (const ModelEntry& model : catalog.models()) {
      const std::vector<std::string> of = paste::letters_in(model.gguf_arch);
      if (of.empty() || of.front().size() < kFewestLetters || !among(words, of.front())) continue;
      if (among(own_words, of.front())) return false;
      names_another = true;
    }
    return names_another;
  }

  // The figures of a paste are of few devices, and what a name stands for takes long to find out.
  [[nodiscard]] bool other_device(const std::string& printed) {
    if (printed.empty()) return false;
    const auto [known, is_new] = other_devices_.try_emplace(printed, false);
    if (is_new) known->second = is_other_device(printed);
    return known->second;
  }

  [[nodiscard]] bool is_other_device(const std::string& printed) const {
    const System& system = answer_.scenario.system;
    return std::none_of(system.devices.begin(), system.devices.end(),
                        [&](const Device* device) { return may_be(front_.catalog(), printed, device->id); });
  }

  [[nodiscard]] Held held() const {
    const Placement& placement = answer_.estimate.placement;
    if (!placement.host.computes_layers()) return Held::all;
    return placement.gpu_layers == 0 ? Held::none : Held::part;
  }

  [[nodiscard]] FigureComparison other_layers(const PastedRun& run) const {
    const Placement& placement = answer_.estimate.placement;
    const bool placed = placement.status != FitStatus::does_not_fit && answer_.scenario.system.backend != Backend::cpu;
    if (!run.gpu_layers || !placed) return {};
    const std::uint32_t all = layers_to_place(answer_);
    const std::uint32_t given = std::min(*run.gpu_layers, all);
    const std::uint32_t experts = run.cpu_moe_layers.value_or(0);
    const Held measured = given == 0 ? Held::none : given == all && experts == 0 ? Held::all : Held::part;
    if (measured == held()) return {};
    const auto layers = [all](std::uint32_t on_device, std::uint32_t experts_off) {
      return std::to_string(on_device) + "/" + std::to_string(all) +
             (experts_off > 0 ? " -ncmoe " + std::to_string(experts_off) : std::string());
    };
    return {0, LeftOut::layers, layers(given, experts), layers(placement.gpu_layers, placement.cpu_moe_layers)};
  }

  // The scenario, run as the figure was.
  [[nodiscard]] ScenarioSpec as_run(const PastedRun& run) const {
    ScenarioSpec spec = spec_;
    const auto take = [](auto& slot, const auto& told) {
      if (told) slot = *told;
    };
    if (run.batch > 0) spec.batch = run.batch;
    if (run.ubatch > 0) spec.ubatch = run.ubatch;
    if (!run.kv_k.empty()) spec.kv_k = run.kv_k;
    if (!run.kv_v.empty()) spec.kv_v = run.kv_v;
    if (run.model_alone) {
      spec.forget_drafts();
      spec.adapters.clear();
    }
    take(spec.flash_attention, run.flash_attention);
    take(spec.kv_on_host, run.kv_on_host);
    if (run.gpu_layers && held() == Held::part) {
      spec.gpu_layers = static_cast<std::int32_t>(std::min(*run.gpu_layers, limits::kMostLayers));
      spec.cpu_moe_layers = static_cast<std::int32_t>(std::min(run.cpu_moe_layers.value_or(0), limits::kMostLayers));
    }
    return spec;
  }

  [[nodiscard]] double memory(const PastedFigure& figure) const {
    const PastedRun& run = figure.run;
    if (run.context == 0) return estimated_memory(figure, answer_);
    ScenarioSpec spec = as_run(run);
    spec.parallel = std::max(run.parallel, 1U);
    spec.context = std::max(run.context / *spec.parallel, 1U);
    if (run.kv_unified) spec.kv_unified = run.kv_unified;
    const Result<Answer> answer = front_.estimate_quickly(spec);
    return answer ? estimated_memory(figure, *answer) : 0;
  }

  void estimate_speed(const PastedFigure& figure, const Workload& workload, FigureComparison& comparison) const {
    ScenarioSpec spec = as_run(figure.run);
    spec.workload = WorkloadSpec{"", workload.prompt, workload.output, workload.cached_prefix};
    spec.context.reset();
    spec.parallel = figure.sequences;
    const Result<Answer> answer = front_.estimate_quickly(spec);
    if (!answer || !answer->estimate.speed.known) return;
    const Speed& speed = answer->estimate.speed;
    const Settings& settings = answer->scenario.settings;
    comparison.estimated = figure.kind == PastedKind::prefill ? speed.prefill_tok_s.p50 : speed.decode_total_tok_s.p50;
    comparison.cache_bits = bits_of_cache(settings.cache);
    comparison.host = share_of_host(answer->estimate.placement, settings);
  }

  static constexpr double kBillion = 1e9;
  Front& front_;
  const ScenarioSpec& spec_;
  const Answer& answer_;
  std::map<std::string, bool> other_devices_, other_families_;  // by the name printed
};

// Where there are longer prompts, short ones say nothing more.
void leave_out_short_prompts(OwnMeasurement& own) {
  const auto each_prompt = [&own](const auto& visit) {
    for (std::size_t i = 0; i < own.comparisons.size(); ++i) {
      const PastedFigure& figure = own.paste.figures[i];
      FigureComparison& comparison = own.comparisons[i];
      if (figure.kind == PastedKind::prefill && comparison.left_out == LeftOut::no) visit(figure, comparison);
    }
  };
  bool enough = false;
  each_prompt([&](const PastedFigure& figure, const FigureComparison& comparison) {
    enough |= figure.prompt >= kEnoughTokens && comparison.estimated > 0;
  });
  each_prompt([&](const PastedFigure& figure, FigureComparison& comparison) {
    if (enough && figure.prompt < kEnoughTokens) comparison.left_out = LeftOut::prompt_short;
  });
}

void find_factors(OwnMeasurement& own, const Answer& answer) {
  std::vector<PasteComparison> speeds;
  for (std::size_t i = 0; i < own.comparisons.size(); ++i) {
    const PastedFigure& figure = own.paste.figures[i];
    const FigureComparison& comparison = own.comparisons[i];
    const bool counts = comparison.left_out == LeftOut::no && comparison.estimated > 0 && figure.value > 0;
    if (counts && is_speed(figure.kind)) {
      const Workload workload = workload_of(figure).value_or(Workload{});
      const double depth = figure.kind == PastedKind::decode ? workload.mean_depth() : workload.context_needed();
      speeds.push_back({figure.kind, figure.value, comparison.estimated, figure.spread, figure.sequences, depth,
                        comparison.cache_bits, comparison.host});
    }
  }
  if (speeds.empty()) return;
  const ResolvedScenario& scenario = answer.scenario;
  const auto devices = static_cast<std::uint32_t>(scenario.system.devices.size());
  own.personal = PersonalFactors{personal_factors(speeds, devices),     scenario.engine->id,
                                 backend_name(scenario.system.backend), measured_id(*scenario.system.devices[0]),
                                 answer.model->measured_id(),           scenario.format->id};
}

}  // namespace

Result<OwnMeasurement> compare_measurement(Front& front, const ScenarioSpec& spec, std::string_view text) {
  ScenarioSpec plain = spec;
  plain.personal.reset();
  OwnMeasurement own;
  own.paste = parse_paste(text);
  // A server that computes the last logits only has a row for each slot and drafted token; otherwise there is one for
  // each token of a batch.
  constexpr std::uint32_t kFewLogits = 64;
  const std::uint32_t rows = own.paste.logit_rows;
  if (rows > 0 && rows <= kFewLogits && !plain.logits) plain.logits = LogitRows::last;
  const Result<Answer> answer = front.estimate_quickly(plain);
  if (!answer) return answer.error();
  Comparer comparer(front, plain, *answer);
  for (const PastedFigure& figure : own.paste.figures) own.comparisons.push_back(comparer.compare(figure));
  leave_out_short_prompts(own);
  find_factors(own, *answer);
  return own;
}

std::string why_left_out(const FigureComparison& comparison, const Texts& texts) {
  const LeftOut why = comparison.left_out;
  if (why == LeftOut::no) return {};
  const std::string name(name_of(kLeftOutNames, why));
  if (why >= LeftOut::prompt_unknown) return std::string(texts.get("left_out." + name));
  return texts.fill(
      "left_out.other",
      {{"what", texts.get("left_out." + name)}, {"measured", comparison.measured}, {"asked", comparison.asked}});
}

}  // namespace headroom
