// One canvas with the application on it: what the host's events become for Dear ImGui, and what a frame does.
#pragma once

#include <emscripten/html5.h>
#include <emscripten/val.h>
#include <imgui.h>

#include <memory>
#include <string>

#include "wasm/inspect/inspector.h"
#include "wasm/platform/browser_platform.h"

namespace headroom {

class Front;

class BrowserPage {
 public:
  // `host` is wasm/platform/dom/host.mjs; `inspect` keeps a list of what is on the screen, for tests.
  BrowserPage(emscripten::val host, Front& front, bool inspect);
  ~BrowserPage();
  BrowserPage(const BrowserPage&) = delete;
  BrowserPage& operator=(const BrowserPage&) = delete;

  // Makes the application, which announces its first answer long before a graphics context stands.
  void answer();
  // Takes the canvas's graphics context; false when there is no WebGL 2.
  bool start(const std::string& canvas_selector);
  void frame();
  // Draws until all input is seen: Dear ImGui spreads a press and its release over frames.
  void settle();

  void resize(float width, float height, float scale_x, float scale_y, emscripten::val insets);
  void set_preferences(emscripten::val preferences);
  void address_changed(const std::string& fragment);
  void files_given(emscripten::val files);
  void finish_read(std::uint32_t read, const std::string& bytes, bool ok);

  void pointer(float x, float y, bool touch);
  void pointer_left();
  void button(int button, bool down, bool touch);
  void scroll(float dx, float dy);  // logical pixels, positive towards the start
  [[nodiscard]] bool scrolls_sideways() const;
  void modifiers(bool ctrl, bool shift, bool alt, bool super);
  void key(const std::string& code, const std::string& key, bool down);
  // Tab or Shift+Tab; true when it would go past the last item, so that the focus should leave the canvas.
  bool tab();
  void release_keys();
  void focus(bool focused);
  void text(const std::string& utf8);
  void edit(int removed, const std::string& added);
  void copy_shortcut(bool cut);
  void paste(const std::string& utf8);

  void context_lost();
  void context_restored();

  [[nodiscard]] double memory_bytes() const;  // of the WebAssembly heap
  // For tests: {items: [...], values: {...}} of the last frame.
  [[nodiscard]] emscripten::val inspection() const;

 private:
  void press_shortcut(ImGuiKey key);
  void report_cursor();
  void report_text_input();

  emscripten::val host_;
  BrowserPlatform platform_;
  Front& front_;
  Inspector inspector_;
  bool inspect_;
  std::unique_ptr<PlatformClient> client_;
  EMSCRIPTEN_WEBGL_CONTEXT_HANDLE context_ = 0;
  bool drawable_ = false;
  double last_frame_ = 0;
  ImGuiMouseCursor cursor_ = ImGuiMouseCursor_COUNT;
  ImGuiPlatformImeData ime_;
  bool text_input_ = false;
  std::string clipboard_;
};

}  // namespace headroom
