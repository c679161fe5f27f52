// The system's own typeface for characters that the page's fonts lack: each glyph is drawn by the page's 2D canvas when
// it is first needed, so other scripts cost no bytes. No shaping: scripts that need it (Arabic, Devanagari) come out
// unjoined.
#pragma once

#include <emscripten/val.h>
#include <imgui.h>

#include <optional>

namespace headroom {

class SystemFont {
 public:
  // `host` draws the glyphs (wasm/platform/dom/glyphs.mjs). Must outlive the font atlas.
  explicit SystemFont(emscripten::val host);
  void merge_into_last_font(bool semibold);
  // False where the browser falsifies what it draws. Asked only when a character is missing: the answer costs a canvas.
  [[nodiscard]] bool available();
  [[nodiscard]] const emscripten::val& host() const { return host_; }

 private:
  emscripten::val host_;
  std::optional<bool> available_;
};

}  // namespace headroom
