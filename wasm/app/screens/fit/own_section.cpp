#include "wasm/app/screens/fit/own_section.h"

#include <string>

#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"

namespace headroom::fit {
namespace {

constexpr float kField = 72, kRow = 28;

const char* kind_key(PastedKind kind) {
  switch (kind) {
    case PastedKind::decode: return "paste.decode";
    case PastedKind::prefill: return "paste.prefill";
    case PastedKind::weights: return "paste.weights";
    case PastedKind::kv_cache: return "paste.kv_cache";
    case PastedKind::compute_buffer: return "paste.compute_buffer";
    case PastedKind::device_used: return "paste.device_used";
    case PastedKind::device_total: return "paste.device_total";
    case PastedKind::kv_tokens: return "paste.kv_tokens";
    case PastedKind::max_concurrency: return "paste.max_concurrency";
  }
  return "paste.decode";
}

bool is_speed(PastedKind kind) { return kind == PastedKind::decode || kind == PastedKind::prefill; }

std::string written(PastedKind kind, double value, Language language) {
  if (is_speed(kind)) return join(format_rate(value, language));
  if (kind == PastedKind::kv_tokens || kind == PastedKind::max_concurrency) return format_number(value, 0, language);
  return join(format_bytes(value, language));
}

// What a device of the present answer holds of that kind.
double estimated_memory(PastedKind kind, const Answer& answer) {
  const Placement& placement = answer.estimate.placement;
  if (kind == PastedKind::kv_tokens) return static_cast<double>(placement.kv_tokens);
  if (kind == PastedKind::max_concurrency) return placement.max_parallel;
  if (placement.devices.empty()) return 0;
  const DeviceShare& share = placement.devices[0];
  switch (kind) {
    case PastedKind::weights: return share.weights.as_double();
    case PastedKind::kv_cache: return share.kv.as_double();
    case PastedKind::compute_buffer: return share.compute.as_double();
    case PastedKind::device_used: return share.total().as_double();
    case PastedKind::device_total: return answer.scenario.system.devices[0]->memory.as_double();
    default: return 0;
  }
}

double estimated_speed(const PastedFigure& figure, Session& session) {
  const std::optional<Workload> workload = workload_of(figure);
  if (!workload) return 0;
  ScenarioSpec spec = session.scenario();
  spec.workload = WorkloadSpec{"", workload->prompt, workload->output, workload->cached_prefix};
  spec.context.reset();
  spec.parallel = figure.sequences;
  const Result<Answer> answer = session.front().estimate_quickly(spec);
  if (!answer || !answer->estimate.speed.known) return 0;
  const Speed& speed = answer->estimate.speed;
  return figure.kind == PastedKind::prefill ? speed.prefill_tok_s.p50 : speed.decode_total_tok_s.p50;
}

}  // namespace

void OwnSection::read(Session& session) {
  if (read_text_ == text_ && read_revision_ == session.revision()) return;
  read_text_ = text_;
  read_revision_ = session.revision();
  paste_ = parse_paste(text_);
  estimates_.clear();
  for (const PastedFigure& figure : paste_.figures) {
    const bool answered = session.answer().ok();
    estimates_.push_back(!answered               ? 0
                         : is_speed(figure.kind) ? estimated_speed(figure, session)
                                                 : estimated_memory(figure.kind, *session.answer()));
  }
}

void OwnSection::draw_figure(const Ui& ui, Flow& body, const PastedFigure& figure, double estimated) const {
  const Language language = ui.language();
  std::string name(ui.text(kind_key(figure.kind)));
  if (const std::optional<Workload> workload = workload_of(figure)) {
    const std::uint32_t tokens = figure.kind == PastedKind::prefill ? workload->prompt : workload->output;
    name += " · " + format_number(tokens, 0, language);
    if (workload->cached_prefix > 0) name += " @ " + format_short_tokens(workload->cached_prefix, language);
  }
  const std::string measured = written(figure.kind, figure.value, language);
  const std::string compared =
      estimated > 0 && figure.value > 0
          ? ui.fill("own.compared", {{"measured", measured},
                                     {"estimated", written(figure.kind, estimated, language)},
                                     {"share", format_percent(estimated / figure.value - 1, language)}})
          : measured;
  const Rect row = body.take(kRow);
  constexpr float kNameShare = 0.36F;
  ui.put_in({row.x, row.y, row.width * kNameShare, row.height}, type::kTable, ui.theme().text, name);
  ui.put_in({row.x + row.width * kNameShare, row.y, row.width * (1 - kNameShare), row.height}, type::kTable,
            ui.theme().muted, compared, Align::right);
}

void OwnSection::draw(ScreenContext& context, Flow& flow) {
  Ui& ui = context.ui;
  Card card(ui, flow);
  Flow& body = card.body;
  card_title(ui, body, ui.text("own.title"));
  const Rect field = body.take(kField);
  Ui::fill_rect(field, ui.theme().raised, space::kRadiusSmall);
  ui.edit_lines("own", field.inset(10, 8), type::kTable, text_, ui.text("own.hint"));
  if (text_.empty()) return;
  read(context.session);
  body.gap(space::kSmall);
  for (std::size_t i = 0; i < paste_.figures.size(); ++i) draw_figure(ui, body, paste_.figures[i], estimates_[i]);
  if (paste_.figures.empty() && paste_.not_understood.empty()) {
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, ui.theme().muted, ui.text("own.nothing")));
  }
  for (const Paste::Line& line : paste_.not_understood) {
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, ui.theme().warning,
                            ui.fill("own.not_understood", {{"line", line.text}})));
  }
}

}  // namespace headroom::fit
