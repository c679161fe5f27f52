// Every screen at every size, in both themes and all languages: drawn without an assertion, inside the window, with
// unique ids, and unchanged when nothing happens.
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/catalog/link.h"
#include "tests/app/fixture.h"

namespace headroom {
namespace {

struct Size {
  float width, height;
};
constexpr Size kSizes[] = {{390, 844}, {1440, 900}, {1920, 1080}};
constexpr const char* kScreens[] = {"screen=fit", "screen=models", "screen=accuracy"};
// Tables wider than their card scroll inside it, so an item may begin beyond the window's edge there.
bool scrolls_sideways(const std::string& window) { return window.find("body") != std::string::npos; }

void check_items(const Running& running, float width) {
  std::map<unsigned, std::string> seen;
  std::size_t labelled = 0;
  for (const Inspector::Item& item : running.inspector.items()) {
    // Dear ImGui's own fallback window is never shown.
    if (item.label.empty() || item.label.rfind("Debug##", 0) == 0) continue;
    ++labelled;
    const auto added = seen.emplace(item.id, item.label);
    CHECK_MESSAGE(added.second, "one id for \"", added.first->second, "\" and \"", item.label, "\"");
    if (!item.visible || scrolls_sideways(item.window)) continue;
    CHECK_MESSAGE(item.left >= -0.5F, item.label, " begins left of the window");
    CHECK_MESSAGE(item.right <= width + 0.5F, item.label, " ends right of the window");
  }
  CHECK(labelled >= 5);
}

std::vector<char> drawn() {
  std::vector<char> bytes;
  for (const ImDrawList* list : ImGui::GetDrawData()->CmdLists) {
    const auto* begin = reinterpret_cast<const char*>(list->VtxBuffer.Data);
    bytes.insert(bytes.end(), begin, begin + list->VtxBuffer.size_in_bytes());
  }
  return bytes;
}

TEST_CASE("every screen is drawn in every size, theme and language") {
  for (const char* screen : kScreens) {
    for (const Size size : kSizes) {
      Running running(size.width, size.height, true, "en", screen);
      running.settle();
      // Changed while it runs, as a person does: what a screen has prepared for an answer serves all of them.
      for (const Language language : kLanguages) {
        for (const bool dark : {true, false}) {
          CAPTURE(screen);
          CAPTURE(size.width);
          CAPTURE(dark);
          CAPTURE(language_code(language));
          running.app->set_language(language);
          running.app->set_dark(dark);
          running.settle();
          check_items(running, size.width);
          const std::vector<char> before = drawn();
          CHECK(before.size() > 10000);
          running.frame(2);
          const bool unchanged = drawn() == before;
          CHECK(unchanged);
        }
      }
    }
  }
}

TEST_CASE("a scenario without an answer says why and can be left") {
  Running running(1440, 900, true, "en", "v=1&m=no-such-model&hw=nvidia-h20-96gb");
  running.settle();
  REQUIRE_FALSE(running.app->session().answer().ok());
  CHECK(running.find("Back to the defaults") != nullptr);
}

TEST_CASE("random input never breaks the scenario") {
  for (const Size size : kSizes) {
    std::mt19937 random(static_cast<unsigned>(size.width));
    const auto chance = [&](double share) { return std::uniform_real_distribution<>(0, 1)(random) < share; };
    const auto up_to = [&](float limit) { return std::uniform_real_distribution<float>(0, limit)(random); };
    Running running(size.width, size.height, true, "en", "");
    running.settle();
    constexpr int kSteps = 120;
    for (int step = 0; step < kSteps; ++step) {
      ImGuiIO& io = ImGui::GetIO();
      if (chance(0.6) && !running.inspector.items().empty()) {
        // Mostly at something, since most of the page is nothing.
        const auto& items = running.inspector.items();
        const Inspector::Item& item = items[std::uniform_int_distribution<std::size_t>(0, items.size() - 1)(random)];
        running.click((item.left + item.right) / 2, (item.top + item.bottom) / 2);
      } else if (chance(0.3)) {
        running.click(up_to(size.width), up_to(size.height));
      } else if (chance(0.4)) {
        io.AddMouseWheelEvent(up_to(2) - 1, up_to(10) - 5);
      } else if (chance(0.5)) {
        constexpr ImGuiKey kKeys[] = {ImGuiKey_Tab,      ImGuiKey_Enter,     ImGuiKey_Escape,     ImGuiKey_LeftArrow,
                                      ImGuiKey_UpArrow,  ImGuiKey_DownArrow, ImGuiKey_RightArrow, ImGuiKey_Space,
                                      ImGuiKey_PageDown, ImGuiKey_Backspace, ImGuiKey_End};
        running.press(kKeys[std::uniform_int_distribution<std::size_t>(0, std::size(kKeys) - 1)(random)]);
      } else {
        const char* const kWords[] = {"qwen", "4090", "8192", "é模型", "\x01", "llama 70b"};
        running.type(kWords[std::uniform_int_distribution<std::size_t>(0, std::size(kWords) - 1)(random)]);
      }
      running.frame();
      const ScenarioSpec& scenario = running.app->session().scenario();
      REQUIRE(decode_link(encode_link(scenario)).ok());
      REQUIRE(scenario.hardware.device.count >= 1);
    }
  }
}

}  // namespace
}  // namespace headroom
