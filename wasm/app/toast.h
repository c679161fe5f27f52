// A message at the bottom of the page that disappears by itself after the time it takes to read it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "wasm/app/ui.h"

namespace headroom {

// How long a message stays, in seconds.
[[nodiscard]] double toast_seconds(std::string_view text);

class Toast {
 public:
  // Shown from `now`, in seconds, in place of what is shown.
  void show(std::string_view text, double now);
  // Asks for the frame in which it leaves. Stays while a mouse is on it.
  void draw(Ui& ui, double now);
  // What no screen reader has been told yet; empty when there is nothing.
  [[nodiscard]] std::string take_unsaid() { return std::exchange(unsaid_, {}); }

 private:
  std::string text_, unsaid_;
  double until_ = 0;
};

}  // namespace headroom
