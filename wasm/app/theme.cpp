#include "wasm/app/theme.h"

#include <cmath>

namespace headroom {
namespace {

constexpr ImU32 rgb(std::uint32_t value) {
  return IM_COL32((value >> 16) & 0xFF, (value >> 8) & 0xFF, value & 0xFF, 0xFF);
}

constexpr Theme kDark{
    .dark = true,
    .page_rgb = 0x0f1216,
    .background = rgb(0x0f1216),
    .card = rgb(0x161b21),
    .raised = rgb(0x1d242c),
    .line = rgb(0x2a333d),
    .text = rgb(0xe8edf2),
    .muted = rgb(0x8d9aa8),
    .accent = rgb(0x5bb0ff),
    .on_accent = rgb(0x08131f),
    .good = rgb(0x4cc38a),
    .warning = rgb(0xf0b429),
    .bad = rgb(0xf2706b),
    .on_status = rgb(0x0b1210),
    .weights = rgb(0x5bb0ff),
    .kv = rgb(0xa78bfa),
    .compute = rgb(0xf0b429),
    .engine = rgb(0x64748b),
    .shade = IM_COL32(4, 6, 9, 150),
};

constexpr Theme kLight{
    .dark = false,
    .page_rgb = 0xf5f7f9,
    .background = rgb(0xf5f7f9),
    .card = rgb(0xffffff),
    .raised = rgb(0xeef2f6),
    .line = rgb(0xd9e0e7),
    .text = rgb(0x17202a),
    .muted = rgb(0x5d6b7a),
    .accent = rgb(0x0b6bcb),
    .on_accent = rgb(0xffffff),
    .good = rgb(0x177a4c),
    .warning = rgb(0x9a6a00),
    .bad = rgb(0xc0362c),
    .on_status = rgb(0xffffff),
    .weights = rgb(0x0b6bcb),
    .kv = rgb(0x7c5cd6),
    .compute = rgb(0xc58a00),
    .engine = rgb(0x8a97a5),
    .shade = IM_COL32(23, 32, 42, 90),
};

}  // namespace

const Theme& theme_for(bool dark) { return dark ? kDark : kLight; }

ImU32 with_alpha(ImU32 color, float alpha) {
  const ImU32 opacity = (color >> IM_COL32_A_SHIFT) & 0xFF;
  const auto scaled = static_cast<ImU32>(std::lround(static_cast<float>(opacity) * alpha));
  return (color & ~IM_COL32_A_MASK) | (scaled << IM_COL32_A_SHIFT);
}

void apply_style(const Theme& theme) {
  ImGuiStyle& style = ImGui::GetStyle();
  style = ImGuiStyle();
  style.WindowPadding = ImVec2(0, 0);
  style.WindowBorderSize = 0;
  style.WindowRounding = 0;
  style.WindowMinSize = ImVec2(1, 1);
  style.ChildBorderSize = 0;
  style.ChildRounding = 0;
  style.PopupBorderSize = 1;
  style.PopupRounding = 10;
  style.FrameBorderSize = 0;
  style.FrameRounding = 8;
  style.FramePadding = ImVec2(0, 0);
  style.ItemSpacing = ImVec2(0, 0);
  style.ItemInnerSpacing = ImVec2(0, 0);
  style.ScrollbarSize = 8;
  style.ScrollbarRounding = 4;
  style.GrabMinSize = 24;
  style.DisabledAlpha = 0.5F;
  style.MouseCursorScale = 1;
  style.CircleTessellationMaxError = 0.1F;
  style.CurveTessellationTol = 0.5F;

  const auto set = [&style](ImGuiCol slot, ImU32 color) { style.Colors[slot] = ImGui::ColorConvertU32ToFloat4(color); };
  const ImU32 none = with_alpha(theme.card, 0);
  for (int slot = 0; slot < ImGuiCol_COUNT; ++slot) set(slot, none);
  set(ImGuiCol_Text, theme.text);
  set(ImGuiCol_TextDisabled, theme.muted);
  set(ImGuiCol_TextSelectedBg, with_alpha(theme.accent, 0.35F));
  set(ImGuiCol_InputTextCursor, theme.accent);
  set(ImGuiCol_PopupBg, theme.card);
  set(ImGuiCol_Border, theme.line);
  set(ImGuiCol_ScrollbarGrab, with_alpha(theme.muted, 0.30F));
  set(ImGuiCol_ScrollbarGrabHovered, with_alpha(theme.muted, 0.55F));
  set(ImGuiCol_ScrollbarGrabActive, with_alpha(theme.muted, 0.75F));
}

}  // namespace headroom
