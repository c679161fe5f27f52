// What stands on the screen, for tests: the label, box and state of every item, and values the screens name. Off unless
// attached, and then a branch per item.
#pragma once

#include <string>
#include <string_view>
#include <vector>

struct ImGuiContext;

namespace headroom {

class Inspector {
 public:
  struct Item {
    unsigned id = 0;
    std::string label;  // as given to Dear ImGui, "Text##id"; empty for items without one
    std::string window;
    float left = 0, top = 0, right = 0, bottom = 0;  // logical pixels of the canvas
    bool visible = false, checkable = false, checked = false, opened = false, text_input = false, disabled = false;
  };
  struct Value {
    std::string name, text;
  };

  Inspector() = default;
  ~Inspector();
  Inspector(const Inspector&) = delete;
  Inspector& operator=(const Inspector&) = delete;

  void attach(ImGuiContext& context);
  void begin_frame();
  [[nodiscard]] const std::vector<Item>& items() const { return items_; }
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  friend struct InspectorHooks;
  friend void inspect_value(std::string_view name, std::string_view text);
  ImGuiContext* context_ = nullptr;
  std::vector<Item> items_;
  std::vector<Value> values_;
};

// Lets a screen name a figure it shows ("decode", "41.2 tok/s"), so that tests can read it. Nothing happens when no
// inspector is attached to the current context.
void inspect_value(std::string_view name, std::string_view text);

}  // namespace headroom
