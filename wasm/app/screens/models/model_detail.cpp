#include "wasm/app/screens/models/model_detail.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/app/widgets/table.h"
#include "wasm/app/words.h"

namespace headroom::models {
namespace {

// What a layer keeps per sequence, which is what its colour in the strip says.
enum class Keeps : std::uint8_t { growing, windowed, shared, fixed, nothing };
constexpr std::array<const char*, 5> kKeepsKeys{"strip.growing", "strip.windowed", "strip.shared", "strip.fixed",
                                                "strip.nothing"};

Keeps keeps(const Mixer& mixer, bool shares_kv) {
  if (shares_kv) return Keeps::shared;
  switch (mixer.kind) {
    case MixerKind::none: return Keeps::nothing;
    case MixerKind::gqa:
    case MixerKind::custom:
    case MixerKind::mla:
    case MixerKind::compressed_csa:
    case MixerKind::attention_mamba2: return mixer.window > 0 ? Keeps::windowed : Keeps::growing;
    case MixerKind::gqa_shared_kv: return Keeps::shared;
    case MixerKind::rglru:
    case MixerKind::gated_delta:
    case MixerKind::kda:
    case MixerKind::mamba1:
    case MixerKind::mamba2:
    case MixerKind::short_conv:
    case MixerKind::lightning:
    case MixerKind::rwkv:
    case MixerKind::cross: return Keeps::fixed;
  }
  return Keeps::growing;
}

const char* mixer_key(const Mixer& mixer) {
  switch (mixer.kind) {
    case MixerKind::none: return "mixer.none";
    case MixerKind::gqa: return mixer.window > 0 ? (mixer.chunked ? "mixer.chunked" : "mixer.sliding") : "mixer.full";
    case MixerKind::gqa_shared_kv: return "mixer.shared_kv";
    case MixerKind::mla: return "mixer.mla";
    case MixerKind::gated_delta: return "mixer.gated_delta";
    case MixerKind::kda: return "mixer.kda";
    case MixerKind::mamba1: return "mixer.mamba1";
    case MixerKind::mamba2: return "mixer.mamba2";
    case MixerKind::attention_mamba2: return "mixer.attention_mamba2";
    case MixerKind::short_conv: return "mixer.short_conv";
    case MixerKind::lightning: return "mixer.lightning";
    case MixerKind::rglru: return "mixer.rglru";
    case MixerKind::rwkv: return "mixer.rwkv";
    case MixerKind::cross: return "mixer.cross";
    case MixerKind::compressed_csa: return "mixer.compressed";
    case MixerKind::custom: return "mixer.custom";
  }
  return "mixer.custom";
}

ImU32 strip_color(const Theme& theme, Keeps kind) {
  switch (kind) {
    case Keeps::growing: return theme.kv;
    case Keeps::windowed: return with_alpha(theme.kv, 0.5F);
    case Keeps::shared: return with_alpha(theme.kv, 0.25F);
    case Keeps::fixed: return theme.raised;
    case Keeps::nothing: return theme.line;
  }
  return theme.raised;
}

}  // namespace

void ModelDetail::look_up(Session& session, std::size_t model, const Format* format) {
  if (revision_ == session.revision() && model_ == model && format_ == format) return;
  revision_ = session.revision();
  model_ = model;
  format_ = format;
  formats_.clear();
  contexts_.clear();
  profile_.reset();
  error_.reset();
  ScenarioSpec spec = session.scenario();
  spec.custom_model.reset();
  spec.model = session.catalog().models()[model].id;
  spec.quantization = format != nullptr ? std::optional(format->id) : std::nullopt;
  spec.context.reset();
  const Result<Answer> answer = session.front().estimate_quickly(spec);
  if (!answer) {
    error_ = answer.error();
    return;
  }
  profile_ = answer->model;
  if (Result<std::vector<FormatRow>> rows = session.front().quantizations(spec)) formats_ = std::move(rows).value();
  const std::uint32_t longest = profile_->arch.max_context;
  for (std::uint32_t tokens = 4096; tokens <= (1U << 20U) && (longest == 0 || tokens <= longest); tokens *= 4) {
    spec.context = tokens;
    if (const Result<Answer> at = session.front().estimate_quickly(spec)) contexts_.push_back({tokens, at->estimate});
  }
}

// "64 layers: 48 × gated delta net, 16 × full attention (GQA 24/4)."
std::string ModelDetail::sentence(const Ui& ui) const {
  const Language language = ui.language();
  std::string kinds;
  std::vector<std::pair<std::string, std::uint32_t>> counted;
  for (const LayerGroup& group : profile_->groups) {
    std::string name(ui.text(mixer_key(group.mixer)));
    if (group.mixer.kind == MixerKind::gqa && group.mixer.heads > 0) {
      name += " (" + format_number(group.mixer.heads, 0, language) + "/" +
              format_number(group.mixer.kv_heads, 0, language) + ")";
    }
    const auto same =
        std::find_if(counted.begin(), counted.end(), [&](const auto& entry) { return entry.first == name; });
    if (same == counted.end()) {
      counted.emplace_back(std::move(name), group.count);
    } else {
      same->second += group.count;
    }
  }
  for (const auto& [name, count] : counted) {
    if (!kinds.empty()) kinds += ui.text("list.separator");
    kinds += format_number(count, 0, language) + " × " + name;
  }
  std::string out =
      ui.fill("detail.layers", {{"count", format_number(profile_->layer_count(), 0, language)}, {"kinds", kinds}});
  for (const LayerGroup& group : profile_->groups) {
    if (group.ffn.experts == 0) continue;
    const std::string experts =
        ui.fill("detail.experts", {{"experts", format_number(group.ffn.experts, 0, language)},
                                   {"used", format_number(group.ffn.experts_used, 0, language)}});
    out = ui.texts().sentences(out, experts);
    break;
  }
  return out;
}

void ModelDetail::draw_strip(ScreenContext& context, Flow& body) const {
  Ui& ui = context.ui;
  constexpr float kHeight = 20;
  const Architecture& arch = profile_->arch;
  const auto count = static_cast<float>(arch.layers.size());
  const Rect strip = body.take(kHeight);
  const float pitch = strip.width / std::max(1.0F, count);
  const float gap = pitch > 6 ? 2 : pitch > 3 ? 1 : 0;
  std::array<bool, 5> seen{};
  for (std::size_t i = 0; i < arch.layers.size(); ++i) {
    const Layer& layer = arch.layers[i];
    const Mixer& mixer = arch.mixers[layer.mixer];
    const Keeps kind = keeps(mixer, layer.shares_kv);
    seen[static_cast<std::size_t>(kind)] = true;
    const float x = strip.x + pitch * static_cast<float>(i);
    const Rect cell{x, strip.y, std::max(1.0F, pitch - gap), strip.height};
    Ui::fill_rect(cell, strip_color(ui.theme(), kind), std::min(3.0F, cell.width / 3));
    ui.hint({x, strip.y, pitch, strip.height},
            ui.fill("strip.layer", {{"number", format_number(static_cast<double>(i + 1), 0, ui.language())},
                                    {"kind", ui.text(mixer_key(mixer))}}));
  }
  body.gap(6);
  float x = body.x;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (!seen[i]) continue;
    const std::string_view name = ui.text(kKeepsKeys[i]);
    const float width = ui.width_of(type::kLabel, name) + 32;
    if (x > body.x && x + width > body.x + body.width) {
      x = body.x;
      body.gap(18);
    }
    const Rect square{x, body.y + 4, 9, 9};
    Ui::fill_rect(square, strip_color(ui.theme(), static_cast<Keeps>(i)), 2);
    Ui::stroke_rect(square, ui.theme().line, 2);
    ui.put({x + 15, body.y}, type::kLabel, ui.theme().muted, name);
    x += width;
  }
  body.gap(18);
}

void ModelDetail::draw_sizes(ScreenContext& context, Flow& body) const {
  Ui& ui = context.ui;
  std::string sizes;
  for (const FormatRow& row : formats_) {
    if (!row.format->short_listed) continue;
    if (!sizes.empty()) sizes += " · ";
    sizes += std::string(ui.texts().term(row.format->name)) + " " +
             join(format_bytes(row.weights.as_double(), ui.language()));
  }
  if (sizes.empty()) return;
  label(ui, body, ui.text("detail.sizes"));
  body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kTable, ui.theme().text, sizes));
}

void ModelDetail::draw_contexts(ScreenContext& context, Flow& body) const {
  Ui& ui = context.ui;
  if (contexts_.empty()) return;
  if (format_ != nullptr) label(ui, body, ui.fill("detail.contexts", {{"format", format_->name}}));
  const std::array<Column, 5> columns{{
      {.heading = ui.text("column.context"), .width = 70, .align = Align::left, .share = 1},
      {.heading = ui.text("memory.kv"), .width = 80, .share = 1},
      {.heading = ui.text("column.total"), .width = 80, .share = 1},
      {.heading = ui.text("column.fit"), .width = 90, .share = 1},
      {.heading = ui.text("column.rate"), .width = 64, .share = 1},
  }};
  const auto cell = [&](std::size_t index, std::size_t column, const Rect& box) {
    const ContextRow& row = contexts_[index];
    const Placement& placement = row.estimate.placement;
    const Language language = ui.language();
    std::string text;
    ImU32 color = ui.theme().text;
    switch (column) {
      case 0: text = format_short_tokens(row.tokens, language); break;
      case 1: text = join(format_bytes((placement.kv + placement.state).as_double(), language)); break;
      case 2: text = join(format_bytes(placement.total().as_double(), language)); break;
      case 3:
        text = ui.text(fit_key(placement.status));
        color = fit_color(ui.theme(), placement.status);
        break;
      case 4: text = rate_or_dash(has_speed(row.estimate), row.estimate.speed.decode_tok_s.p50, language); break;
      default: break;
    }
    ui.put_in(box, type::kTable, color, text, column == 0 ? Align::left : Align::right);
  };
  TableLook look;
  look.rows_clickable = false;
  look.row_height = 26;
  table(ui, body, "contexts", columns, contexts_.size(), look, cell, [](std::size_t) { return std::string_view(); });
}

void ModelDetail::draw(ScreenContext& context, Flow& flow, std::size_t model, const Format* format, bool& open_in_fit) {
  Ui& ui = context.ui;
  look_up(context.session, model, format);
  const ModelEntry& entry = context.session.catalog().models()[model];
  Card card(ui, flow, {.emphasized = true});
  Flow& body = card.body;
  const std::string_view open = ui.text("action.open_in_fit");
  const float width = button_width(ui, open);
  const float room = body.width - width - space::kMedium;
  const bool below = ui.width_of(type::kBrand, entry.name) > room;  // of a name that leaves no room beside it
  if (below) {
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kBrand, ui.theme().text, entry.name));
    body.gap(space::kTiny);
  }
  const Rect title = body.take(32);
  if (!below) ui.put_in({title.x, title.y, room, title.height}, type::kBrand, ui.theme().text, entry.name);
  if (button(ui, "open", {below ? title.x : title.right() - width, title.y, width, 32}, open)) open_in_fit = true;
  body.gap(6);
  if (error_) {
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kTable, ui.theme().muted, ui.texts().explain(*error_)));
    return;
  }
  std::string facts =
      std::string(entry.developer) + " · " + std::string(entry.release) + " · " + std::string(entry.license) + " · " +
      ui.fill("model.parameters", {{"count", format_params(static_cast<double>(entry.total_params), ui.language())}});
  body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, ui.theme().muted, facts));
  body.gap(space::kTiny);
  body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kTable, ui.theme().text, sentence(ui)));
  body.gap(10);
  draw_strip(context, body);
  body.gap(space::kSmall);
  draw_sizes(context, body);
  body.gap(space::kSmall);
  draw_contexts(context, body);
}

}  // namespace headroom::models
