// Messages that leave by themselves: read in time, by ear too, and saying what is wrong.
#include "wasm/app/toast.h"

#include <string>

#include "tests/app/fixture.h"

namespace headroom {
namespace {

constexpr const char* kAnyScenario = "v=1&m=llama-3.1-8b&hw=nvidia-h20-96gb";

std::string shown(const Running& running) {
  for (const Inspector::Value& value : running.inspector.values()) {
    if (value.name == "toast") return value.text;
  }
  return {};
}

void wait(Running& running, double seconds) {
  running.inspector.begin_frame();
  running.platform.run_frame(*running.app, seconds);
}

TEST_CASE("a message stays as long as it takes to read") {
  CHECK(toast_seconds("Copied") == 4);
  const std::string sentence(150, 'x');
  CHECK(toast_seconds(sentence) > 10);

  Running running(1440, 900, true, "en", kAnyScenario);
  running.settle();
  REQUIRE(running.click("Copy link"));
  CHECK(shown(running) == "Copied");
  wait(running, 3.5);
  CHECK(shown(running) == "Copied");
  wait(running, 1);
  CHECK(shown(running).empty());
}

TEST_CASE("a message under the mouse stays") {
  Running running(1440, 900, true, "en", kAnyScenario);
  running.settle();
  REQUIRE(running.click("Copy link"));
  ImGui::GetIO().AddMousePosEvent(720, 900 - 50);
  running.frame(2);
  for (int second = 0; second < 12; ++second) wait(running, 0.5);
  CHECK(shown(running) == "Copied");
  ImGui::GetIO().AddMousePosEvent(300, 300);
  running.frame(2);
  wait(running, 1.5);
  CHECK(shown(running).empty());
}

TEST_CASE("a message is read out, and so is the same message again") {
  Running running(1440, 900, true, "en", kAnyScenario);
  running.settle();
  for (int time = 0; time < 2; ++time) {
    running.platform.seen.announced.clear();
    REQUIRE(running.click("Copy link"));
    CHECK(running.platform.seen.announced == "Copied");
  }
}

TEST_CASE("a link that cannot be read says what is wrong with it") {
  for (const char* language : {"en", "es", "zh"}) {
    Running running(390, 844, true, language, kAnyScenario);
    running.settle();
    running.app->address_changed("v=1&m=llama-3.1-8b&hw=nvidia-h20-96gb&c=-7");
    running.frame(2);
    CHECK(shown(running).find("-7") != std::string::npos);
    CHECK(running.platform.seen.announced == shown(running));
  }
}

}  // namespace
}  // namespace headroom
