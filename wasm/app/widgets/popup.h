// A panel over the page that closes on a click beside it or Escape: under its anchor on a wide screen, across the
// screen on a narrow one.
#pragma once

#include <string_view>

#include "wasm/app/ui.h"

namespace headroom {

void open_popup(std::string_view id);

// Begins the panel when it is open. `body` is where its content goes; call end() when the constructor says open.
class Popup {
 public:
  Popup(Ui& ui, std::string_view id, const Rect& anchor, float width, float height);
  ~Popup();
  Popup(const Popup&) = delete;
  Popup& operator=(const Popup&) = delete;
  [[nodiscard]] explicit operator bool() const { return open_; }
  static void close();
  Flow body;
  float height = 0;  // of the whole panel
  bool appearing = false;

 private:
  bool open_ = false;
};

}  // namespace headroom
