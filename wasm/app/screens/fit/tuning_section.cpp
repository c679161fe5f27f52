#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "wasm/app/screens/fit/sections.h"
#include "wasm/app/session.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/app/widgets/memory_bar.h"
#include "wasm/inspect/inspector.h"

namespace headroom::fit {
namespace {

constexpr float kBar = 22;
constexpr TuneMethod kMethods[] = {TuneMethod::lora, TuneMethod::qlora, TuneMethod::full};
constexpr Optimizer kOptimizers[] = {Optimizer::adamw, Optimizer::adamw_8bit, Optimizer::sgd};

std::vector<MemoryPart> parts_of(const Ui& ui, const TuneFootprint& share) {
  const Theme& theme = ui.theme();
  return {
      {ui.text("memory.weights"), share.weights.as_double(), theme.weights},
      {ui.text("trace.master"), share.master.as_double(), with_alpha(theme.weights, 0.6F)},
      {ui.text("trace.adapters"), share.adapters.as_double(), theme.good},
      {ui.text("trace.gradients"), share.gradients.as_double(), theme.kv},
      {ui.text("trace.optimizer"), share.optimizer.as_double(), with_alpha(theme.kv, 0.6F)},
      {ui.text("trace.activations"), share.activations.as_double(), theme.compute},
      {ui.text("trace.logits"), share.logits.as_double(), with_alpha(theme.compute, 0.6F)},
      {ui.text("trace.tuning_overhead"), share.overhead.as_double(), theme.engine},
  };
}

// What training is asked for, as chips; an edit of it where one was clicked.
class Choices {
 public:
  Choices(Ui& ui, const std::optional<TuneSettings>& now) : ui_(ui), now_(now) {}

  void method(Flow& body) {
    std::vector<Chip> items = {{ui_.text("plain.off"), !now_, false}};
    constexpr std::array<std::string_view, 3> kKeys = {"tune.lora", "tune.qlora", "tune.full"};
    for (std::size_t i = 0; i < kKeys.size(); ++i) {
      items.push_back({ui_.text(kKeys[i]), now_ && now_->method == kMethods[i], false});
    }
    const auto clicked = chips(ui_, body, "tune-method", items);
    if (!clicked) return;
    if (*clicked == 0) {
      edit = [](ScenarioSpec& spec) { spec.finetune.reset(); };
    } else {
      set([method = kMethods[*clicked - 1]](TuneSettings& settings) { settings.method = method; });
    }
  }

  void details(Flow& body) {
    constexpr float kTwoColumnsFrom = 640;
    if (body.width < kTwoColumnsFrom) {
      lengths(body);
      how(body);
      return;
    }
    const float half = body.width / 2;
    Flow left{body.x, body.y, half - space::kGap}, right{body.x + half, body.y, half};
    lengths(left);
    how(right);
    body.y = std::max(left.y, right.y);
  }

  Session::Edit edit;

 private:
  void lengths(Flow& body) {
    constexpr std::uint64_t kSequences[] = {512, 1024, 2048, 4096, 8192, 16384};
    constexpr std::uint64_t kBatches[] = {1, 2, 4, 8, 16, 32};
    number(body, "tune.sequence", kSequences, &TuneSettings::sequence);
    number(body, "tune.batch", kBatches, &TuneSettings::batch);
  }

  void how(Flow& body) {
    constexpr std::uint64_t kRanks[] = {8, 16, 32, 64, 128};
    head(body, "tune.optimizer");
    std::vector<Chip> items;
    constexpr std::array<std::string_view, 3> kNames = {"AdamW", "AdamW 8 bit", "SGD"};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      items.push_back({kNames[i], now_->optimizer == kOptimizers[i], false});
    }
    if (const auto clicked = chips(ui_, body, "tune-optimizer", items)) {
      set([optimizer = kOptimizers[*clicked]](TuneSettings& settings) { settings.optimizer = optimizer; });
    }
    head(body, "tune.precision");
    const bool mixed = now_->precision == TunePrecision::mixed;
    const std::array<Chip, 2> precisions{
        {{ui_.text("tune.mixed"), mixed, false}, {ui_.text("tune.bf16"), !mixed, false}}};
    if (const auto clicked = chips(ui_, body, "tune-precision", precisions)) {
      set([precision = *clicked == 0 ? TunePrecision::mixed : TunePrecision::bf16](TuneSettings& settings) {
        settings.precision = precision;
      });
    }
    if (now_->method != TuneMethod::full) number(body, "input.adapter_rank", kRanks, &TuneSettings::rank);
    head(body, "tune.checkpointing");
    if (const auto on = on_off_chips(ui_, body, "tune-checkpointing", now_->checkpointing)) {
      set([on = *on](TuneSettings& settings) { settings.checkpointing = on; });
    }
  }

  void head(Flow& body, std::string_view key) {
    body.gap(space::kMedium);
    label(ui_, body, ui_.text(key));
  }
  void number(Flow& body, std::string_view key, std::span<const std::uint64_t> choices,
              std::uint32_t TuneSettings::*field) {
    head(body, key);
    if (const auto clicked = number_chips(ui_, body, key, choices, *now_.*field)) {
      set([field, value = static_cast<std::uint32_t>(choices[*clicked])](TuneSettings& settings) {
        settings.*field = value;
      });
    }
  }
  template <class Change>
  void set(Change change) {
    edit = [settings = now_.value_or(TuneSettings()), change](ScenarioSpec& spec) mutable {
      change(settings);
      spec.finetune = settings;
    };
  }

  Ui& ui_;
  const std::optional<TuneSettings>& now_;
};

void draw_footprint(ScreenContext& context, Flow& body, const Tuning& tuning, std::size_t devices) {
  Ui& ui = context.ui;
  const bool fits = tuning.fits();
  const std::string needed = join(format_bytes(tuning.share.total().as_double(), ui.language()));
  const std::string usable = join(format_bytes(tuning.usable.as_double(), ui.language()));
  inspect_value("tuning", join(format_bytes(tuning.share.total().as_double(), Language::en)));
  body.gap(space::kSmall);
  body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kBody, fits ? ui.theme().text : ui.theme().bad,
                          ui.fill(fits ? "tune.fits" : "tune.too_large", {{"needed", needed}, {"usable", usable}})));
  body.gap(space::kSmall);
  const std::vector<MemoryPart> parts = parts_of(ui, tuning.share);
  memory_bar(ui, body.take(kBar), parts, tuning.usable.as_double());
  body.gap(space::kSmall);
  memory_legend(ui, body, parts, tuning.usable.as_double());
  body.gap(space::kSmall);
  const std::string held = tuning.base != nullptr ? ui.fill("tune.base", {{"format", tuning.base->name}})
                                                  : std::string(ui.text("tune.base_16"));
  const std::string_view shared = devices > 1 ? ui.text("tune.shared") : std::string_view();
  body.gap(
      ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, ui.theme().muted, ui.texts().sentences(held, shared)));
}

}  // namespace

void draw_tuning(ScreenContext& context, Flow& flow, const Answer& answer) {
  Ui& ui = context.ui;
  Card card(ui, flow);
  Flow& body = card.body;
  const Rect title = body.take(type::kStrong.line);
  ui.put_in(title, type::kStrong, ui.theme().text, ui.text("tune.title"));
  if (answer.tuning) {
    const float width = ui.width_of(type::kLabel, ui.text("action.why"));
    if (text_link(ui, "tune-why", {title.x + title.width - width, title.y}, type::kLabel, ui.text("action.why"))) {
      context.shell.show_derivation("trace.tuning");
    }
  }
  body.gap(space::kSmall);
  if (!answer.tuning) {
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, ui.theme().muted, ui.text("tune.intro")));
    body.gap(space::kSmall);
  }
  Choices choices(ui, context.session.scenario().finetune);
  choices.method(body);
  if (answer.tuning) {
    draw_footprint(context, body, *answer.tuning, answer.scenario.system.devices.size());
    choices.details(body);
  }
  if (choices.edit) context.session.change(choices.edit);
}

}  // namespace headroom::fit
