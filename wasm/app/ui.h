// What every widget needs while a frame is drawn: the theme, the fonts, the words, and the ways to draw and to be
// clicked. Nothing here knows a screen.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "core/catalog/texts.h"
#include "wasm/app/fonts.h"
#include "wasm/app/geometry.h"
#include "wasm/app/theme.h"
#include "wasm/platform/platform.h"

namespace headroom {

enum class Weight : std::uint8_t { regular, semibold };
enum class Align : std::uint8_t { left, center, right };

struct TextStyle {
  float px = 14;
  float line = 20;  // height of a line box
  Weight weight = Weight::regular;
};

namespace type {
inline constexpr TextStyle kLabel{12, 16, Weight::regular};
inline constexpr TextStyle kLabelStrong{12, 16, Weight::semibold};
inline constexpr TextStyle kTable{13, 20, Weight::regular};
inline constexpr TextStyle kTableStrong{13, 20, Weight::semibold};
inline constexpr TextStyle kBody{14, 20, Weight::regular};
inline constexpr TextStyle kStrong{14, 20, Weight::semibold};
inline constexpr TextStyle kBrand{16, 24, Weight::semibold};
inline constexpr TextStyle kVerdict{20, 28, Weight::semibold};
inline constexpr TextStyle kMetric{24, 32, Weight::semibold};
inline constexpr TextStyle kGrade{32, 40, Weight::semibold};
}  // namespace type

struct Interaction {
  bool hovered = false, held = false, clicked = false, focused = false;
};

class Ui {
 public:
  Ui(Platform& platform, Fonts fonts) : platform_(platform), fonts_(fonts) {}

  // Once per frame, before anything is drawn.
  void begin_frame(const Theme& theme, const Texts& texts, bool narrow);
  void end_frame();

  [[nodiscard]] Platform& platform() { return platform_; }
  [[nodiscard]] const Theme& theme() const { return *theme_; }
  [[nodiscard]] const Texts& texts() const { return *texts_; }
  [[nodiscard]] Language language() const { return texts_->language(); }
  [[nodiscard]] bool narrow() const { return narrow_; }  // one column, as on a phone
  [[nodiscard]] bool touch() const { return platform_.preferences().coarse_pointer; }

  // --- words ---
  // The text of a key; a visible mark where it is missing.
  [[nodiscard]] std::string_view text(std::string_view key) const {
    return texts_->has(key) ? texts_->get(key) : "[?]";
  }
  // The text of a key, or the argument itself where there is no such key: it may be plain words already.
  [[nodiscard]] std::string text_or_itself(std::string_view key) const { return std::string(texts_->get(key)); }
  [[nodiscard]] std::string fill(std::string_view key, std::initializer_list<Texts::Fill> values) const {
    return texts_->fill(key, values);
  }

  // --- drawing; positions are the top left of the line box ---
  [[nodiscard]] static ImDrawList& draw() { return *ImGui::GetWindowDrawList(); }
  [[nodiscard]] float width_of(TextStyle style, std::string_view text) const;
  void put(ImVec2 position, TextStyle style, ImU32 color, std::string_view text) const {
    put_on(draw(), position, style, color, text);
  }
  // On one line of `rect`, vertically centred, cut with an ellipsis where it is too long.
  void put_in(const Rect& rect, TextStyle style, ImU32 color, std::string_view text, Align align = Align::left) const;
  [[nodiscard]] std::string ellipsized(TextStyle style, std::string_view text, float width) const;
  // Over as many lines as needed; the height taken. Chinese breaks between characters, the rest at spaces.
  float put_wrapped(ImVec2 position, float width, TextStyle style, ImU32 color, std::string_view text) const;
  // The same on a list of its own, over everything.
  float put_wrapped_on(ImDrawList& list, ImVec2 position, float width, TextStyle style, ImU32 color,
                       std::string_view text) const;
  [[nodiscard]] float height_wrapped(float width, TextStyle style, std::string_view text) const;
  static void fill_rect(const Rect& rect, ImU32 color, float radius = 0);
  static void stroke_rect(const Rect& rect, ImU32 color, float radius = 0);
  [[nodiscard]] static bool visible(const Rect& rect) { return ImGui::IsRectVisible(rect.min(), rect.max()); }

  // --- being clicked ---
  // Makes a box that reacts to mouse, touch and keyboard. `id` is unique within the id stack; `label` says what it is
  // to people who do not see it and to tests.
  Interaction interact(std::string_view id, const Rect& rect, std::string_view label);
  void focus_ring(const Rect& rect, float radius) const;
  // -1 or 1 when the left or right arrow key was pressed while this item has the focus, which then stays there.
  [[nodiscard]] static int take_sideways();
  // A note beside the pointer, drawn above everything, while `rect` is hovered.
  void hint(const Rect& rect, std::string_view text);

  // --- remembering between frames ---
  // A number kept under the current id stack; 0 at first.
  [[nodiscard]] static float& remembered(std::string_view id);
  // Draws the next frame at once: what was measured in this one changes the layout.
  void settle() { platform_.request_frame(0); }

  // Puts a keyboard-editable text field into `rect` (no frame of its own). True when the text changed.
  bool edit_text(std::string_view id, const Rect& rect, TextStyle style, std::string& value, std::string_view hint,
                 bool take_focus);

  // The same over several lines, for pasted text.
  bool edit_lines(std::string_view id, const Rect& rect, TextStyle style, std::string& value, std::string_view hint);

  [[nodiscard]] ImFont* font(Weight weight) const {
    return weight == Weight::semibold ? fonts_.semibold : fonts_.regular;
  }

 private:
  void put_on(ImDrawList& list, ImVec2 position, TextStyle style, ImU32 color, std::string_view text) const;

  Platform& platform_;
  Fonts fonts_;
  const Theme* theme_ = nullptr;
  const Texts* texts_ = nullptr;
  bool narrow_ = false;
  std::string hint_;
};

}  // namespace headroom
