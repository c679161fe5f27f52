// One page of the application. A folder under screens/ defines make_<name>_screen(); the build lists them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "wasm/app/geometry.h"
#include "wasm/app/ui.h"

namespace headroom {

class Session;
class Screen;
struct ScenarioSpec;

// What the shell offers to a screen while it draws.
class Shell {
 public:
  virtual ~Shell() = default;
  virtual void open_screen(std::string_view id) = 0;
  // Shows where a figure comes from: the part of the derivation whose label is `topic`, or all of it.
  virtual void show_derivation(std::string_view topic) = 0;
  // The same for another scenario: a row of a table, which `name` names.
  virtual void show_derivation_of(const ScenarioSpec& scenario, std::string_view topic, std::string_view name) = 0;
  virtual void toast(std::string_view text) = 0;
  virtual void copy(std::string_view text) = 0;       // with a toast
  [[nodiscard]] virtual std::string page_link() = 0;  // this page with the scenario in its address
  // Runs `action` after this frame and draws another one: for changes to the answer that is being shown.
  virtual void after_frame(std::function<void()> action) = 0;
  [[nodiscard]] virtual float view_height() const = 0;  // of the page below the top bar
};

// What a screen shows beside the scenario, as keys and values of the address.
using ViewState = std::vector<std::pair<std::string, std::string>>;

struct ScreenContext {
  Ui& ui;
  Session& session;
  Shell& shell;
};

class Screen {
 public:
  virtual ~Screen() = default;
  [[nodiscard]] virtual std::string_view id() const = 0;  // in the address; its title is the text "screen.<id>"
  [[nodiscard]] virtual int position() const = 0;         // among the tabs
  virtual void draw_inputs(ScreenContext& context, Flow& flow) = 0;
  virtual void draw_content(ScreenContext& context, Flow& flow) = 0;
  // In the address; nothing where all is as it is at first.
  [[nodiscard]] virtual ViewState state() const { return {}; }
  // Shows what an address says, the rest as it is at first. Gives what could not be read.
  virtual std::optional<Error> restore(const ViewState&) { return std::nullopt; }
  // The inputs in short, for a phone: one line each; a click unfolds them.
  [[nodiscard]] virtual std::vector<std::string> summary(ScreenContext& context) = 0;
};

// All screens, unsorted.
[[nodiscard]] std::vector<std::unique_ptr<Screen>> make_screens();

}  // namespace headroom
