#include "wasm/app/derivation_panel.h"

#include <algorithm>

#include "wasm/app/widgets/controls.h"

namespace headroom {
namespace {

constexpr float kPanelWidth = 460, kIndent = 16, kHeader = 52;

const TraceNode* find_label(const TraceNode& node, std::string_view label) {
  if (node.label == label) return &node;
  for (const TraceNode& input : node.inputs) {
    if (const TraceNode* found = find_label(input, label)) return found;
  }
  return nullptr;
}

Figure figure_of(const TraceNode& node, Language language) {
  if (node.unit == "bytes") return format_bytes(node.value, language);
  if (node.unit == "s") return format_seconds(node.value, language);
  if (node.unit == "tok/s") return format_rate(node.value, language);
  return {is_whole(node.value) ? format_number(node.value, 0, language) : format_significant(node.value, language),
          node.unit};
}

// One after another, apart by ";": a page that a click opens, or the name of a file or a measurement.
void draw_sources(Ui& ui, Flow& flow, ImVec2 left_and_width, std::string_view sources) {
  constexpr std::string_view kScheme = "https://";
  const float left = left_and_width.x, width = left_and_width.y;
  for (int index = 0; !sources.empty(); ++index) {
    const std::size_t end = std::min(sources.find(';'), sources.size());
    std::string_view source = sources.substr(0, end);
    sources.remove_prefix(std::min(end + 1, sources.size()));
    while (source.starts_with(' ')) source.remove_prefix(1);
    const bool is_page = source.starts_with(kScheme) && source.find(' ') == std::string_view::npos;
    if (!is_page) {
      flow.gap(ui.put_wrapped({left, flow.y}, width, type::kLabel, ui.theme().muted, ui.text_or_itself(source)));
      continue;
    }
    const std::string_view shown = source.substr(kScheme.size());
    const Rect box{left, flow.y, width, ui.height_wrapped(width, type::kLabel, shown)};
    ImGui::PushID(index);
    const Interaction state = ui.interact("source", box, shown);
    ImGui::PopID();
    if (state.clicked) ui.platform().open_url(source);
    if (state.hovered) Ui::fill_rect(box.inset(-4, 0), ui.theme().raised, 4);
    if (state.focused) ui.focus_ring(box, 2);
    flow.gap(ui.put_wrapped(box.min(), width, type::kLabel, ui.theme().accent, shown));
  }
}

}  // namespace

void DerivationPanel::open(std::string_view topic, std::string_view name) {
  open_ = true;
  opening_ = true;
  topic_ = topic;
  name_ = name;
}

void DerivationPanel::draw(Ui& ui, const TraceNode& root) {
  if (!open_) return;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const float width = ui.narrow() ? screen.x : std::min(kPanelWidth, screen.x);
  const Rect panel{screen.x - width, 0, width, screen.y};

  // The page behind dims; a click on it closes the panel.
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(screen);
  if (opening_) ImGui::SetNextWindowFocus();
  constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                      ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBackground;
  ImGui::Begin("##derivation", nullptr, kFlags);
  Ui::fill_rect({0, 0, screen.x, screen.y}, ui.theme().shade);
  Ui::fill_rect(panel, ui.theme().card);
  Ui::draw().AddLine({panel.x + 0.5F, 0}, {panel.x + 0.5F, panel.bottom()}, ui.theme().line);

  const Rect header{panel.x + space::kLarge, panel.y, panel.width - 2 * space::kLarge, kHeader};
  ui.put_in(header, type::kBrand, ui.theme().text, ui.text("derivation.title"));
  const Rect close{header.right() - 28, header.y + 12, 28, 28};
  const bool beside =
      panel.x > 0 && ui.interact("shade", {0, 0, panel.x, panel.height}, ui.text("action.close")).clicked;
  if (icon_button(ui, "close", close, Icon::close, ui.text("action.close")) || beside ||
      ImGui::IsKeyPressed(ImGuiKey_Escape)) {
    open_ = false;
  }

  ImGui::SetCursorScreenPos({panel.x, panel.y + kHeader});
  ImGui::BeginChild("tree", {panel.width, panel.height - kHeader});
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  Flow flow{origin.x + space::kLarge, origin.y, panel.width - 2 * space::kLarge};
  flow.gap(ui.put_wrapped({flow.x, flow.y}, flow.width, type::kLabel, ui.theme().muted, ui.text("derivation.hint")));
  if (!name_.empty()) {
    flow.gap(space::kTiny);
    flow.gap(ui.put_wrapped({flow.x, flow.y}, flow.width, type::kTableStrong, ui.theme().text,
                            ui.fill("derivation.of", {{"row", name_}})));
  }
  flow.gap(space::kMedium);
  const TraceNode* start = topic_.empty() ? nullptr : find_label(root, topic_);
  if (start != nullptr) {
    draw_node(ui, flow, *start, 0, true);
  } else {
    draw_nodes(ui, flow, root.inputs, 0);
  }
  flow.gap(space::kLarge);
  ImGui::SetCursorScreenPos({origin.x, flow.y});
  ImGui::Dummy({0, 0});
  ImGui::EndChild();
  ImGui::End();
  opening_ = false;
}

void DerivationPanel::draw_nodes(Ui& ui, Flow& flow, const std::vector<TraceNode>& nodes, int depth) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    // Facts in a row that come from one place cite it once, behind the last.
    const TraceNode* next = i + 1 < nodes.size() ? &nodes[i + 1] : nullptr;
    const bool again = next != nullptr && nodes[i].inputs.empty() && next->inputs.empty() && nodes[i].formula.empty() &&
                       next->formula.empty() && next->source == nodes[i].source;
    ImGui::PushID(static_cast<int>(i));
    draw_node(ui, flow, nodes[i], depth, !again);
    ImGui::PopID();
  }
}

void DerivationPanel::draw_node(Ui& ui, Flow& flow, const TraceNode& node, int depth, bool cites) {
  constexpr float kRow = 28, kChevron = 14;
  const std::string name = ui.text_or_itself(node.label);
  const float indent = kIndent * static_cast<float>(std::min(depth, 6));
  const Rect row{flow.x, flow.y, flow.width, kRow};
  flow.gap(kRow);
  // The first two levels stand open; what a click changed is remembered.
  float& toggled = Ui::remembered("toggled");
  const bool open_at_first = depth < 2;
  bool unfolded = open_at_first != (toggled > 0);
  const bool has_more = !node.inputs.empty();
  if (has_more) {
    const Interaction state = ui.interact("node", row, name);
    if (state.clicked) {
      toggled = toggled > 0 ? 0.0F : 1.0F;
      unfolded = !unfolded;
    }
    if (state.hovered) Ui::fill_rect(row.inset(-6, 0), ui.theme().raised, 6);
    if (state.focused) ui.focus_ring(row, 4);
    draw_icon({row.x + indent - 2, row.center_y() - kChevron / 2, kChevron, kChevron},
              unfolded ? Icon::chevron_down : Icon::chevron_right, ui.theme().muted);
  }
  const Figure figure = figure_of(node, ui.language());
  const std::string value = join(figure);
  const float value_width = ui.width_of(type::kTableStrong, value);
  ui.put_in(row, type::kTableStrong, ui.theme().text, value, Align::right);
  const float left = row.x + indent + kChevron + 2;
  ui.put_in({left, row.y, row.right() - value_width - space::kMedium - left, row.height}, type::kTable, ui.theme().text,
            name);

  const float text_width = flow.x + flow.width - left;
  if (unfolded || !has_more) {
    if (const std::string formula = ui.text_or_itself(node.formula); !formula.empty()) {
      flow.gap(ui.put_wrapped({left, flow.y}, text_width, type::kLabel, ui.theme().muted, formula));
    }
    if (cites) draw_sources(ui, flow, {left, text_width}, node.source);
    if (!node.formula.empty() || (cites && !node.source.empty())) flow.gap(space::kTiny);
  }
  if (unfolded) draw_nodes(ui, flow, node.inputs, depth + 1);
}

}  // namespace headroom
