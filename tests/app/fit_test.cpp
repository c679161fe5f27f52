// What the Fit screen shows beside the answer itself.
#include <imgui_internal.h>

#include <algorithm>
#include <string>

#include "core/catalog/link.h"
#include "tests/app/fixture.h"

namespace headroom {
namespace {

constexpr const char* kScenario = "v=1&m=llama-3.1-8b&hw=nvidia-rtx-4090-24gb&q=Q4_K_M";

std::string value_of(const Running& running, std::string_view name) {
  for (const Inspector::Value& value : running.inspector.values()) {
    if (value.name == name) return value.text;
  }
  return {};
}

// Draws once in a window so high that nothing is out of sight.
struct Tall : Running {
  explicit Tall(const char* fragment, const char* language = "en") : Running(1440, 3600, true, language, fragment) {
    settle();
  }
};

std::string device_of(Running& running) { return running.app->session().scenario().hardware.device.id; }

TEST_CASE("the page opens on the machine its browser tells of, and says so until another is chosen") {
  Running running(1440, 900, true, "en", "");
  running.platform.settings.machine.renderer = "AMD Radeon RX 7900 XTX (radeonsi, navi31, LLVM 17.0.6)";
  running.app->machine_known();
  running.settle();
  CHECK(device_of(running) == "amd-rx-7900-xtx-24gb");
  REQUIRE(running.app->session().recognized());
  CHECK(running.app->session().answer().ok());
  CHECK(running.find("change") != nullptr);
  CHECK(running.platform.settings.fragment.find("amd-rx-7900-xtx-24gb") != std::string::npos);
  running.click("change");
  running.frame(2);  // the list opens and takes the focus
  running.type("h20 96");
  running.press(ImGuiKey_Enter);
  CHECK(device_of(running) == "nvidia-h20-96gb");
  running.settle();
  CHECK_FALSE(running.app->session().recognized());
  CHECK(running.find("change") == nullptr);
}

TEST_CASE("an address with a scenario, a machine nobody knows, and a person's choice are left alone") {
  {
    Running running(1440, 900, true, "en", kScenario);
    running.platform.settings.machine.renderer = "NVIDIA GeForce RTX 3090/PCIe/SSE2";
    running.app->machine_known();
    CHECK(device_of(running) == "nvidia-rtx-4090-24gb");
  }
  {
    Running running(1440, 900, true, "en", "");
    const std::string before = device_of(running);
    running.platform.settings.machine.renderer = "llvmpipe (LLVM 15.0.7, 256 bits)";
    running.app->machine_known();
    CHECK(device_of(running) == before);
    CHECK_FALSE(running.app->session().recognized());
  }
  {
    Running running(1440, 900, true, "en", "");
    running.app->session().choose_device(*test_catalog().find_device("nvidia-h20-96gb"));
    running.platform.settings.machine.renderer = "NVIDIA GeForce RTX 3090/PCIe/SSE2";
    running.app->machine_known();
    CHECK(device_of(running) == "nvidia-h20-96gb");
  }
}

TEST_CASE("roofline, measurements and questions stand on the screen in each language") {
  for (const char* language : {"en", "es", "zh"}) {
    CAPTURE(language);
    Tall running(kScenario, language);
    CHECK_FALSE(value_of(running, "roofline.decode").empty());
    CHECK_FALSE(value_of(running, "roofline.prefill").empty());
    for (const char* id : {"fits", "context", "speed", "users", "limit", "change", "format", "sure"}) {
      CAPTURE(id);
      CHECK_FALSE(value_of(running, id).empty());
    }
  }
}

TEST_CASE("a speed of a pair that was measured is called so, of others by what it was calibrated on") {
  CHECK(value_of(Tall(kScenario), "certainty").find("measured on this model") != std::string::npos);
  const std::string other =
      value_of(Tall("v=1&m=granite-3.3-8b-instruct&hw=nvidia-rtx-4090-24gb&q=Q4_K_M"), "certainty");
  CHECK(other.find("calibrated ") != std::string::npos);
}

TEST_CASE("the score says what it weighs beside the grade and opens its parts; the price opens nothing") {
  CHECK(value_of(Tall("v=1&m=bge-m3&hw=nvidia-rtx-4090-24gb"), "score").find("is not known") != std::string::npos);
  Tall running(kScenario);
  CHECK(value_of(running, "score").find("how good the model is at the task") != std::string::npos);
  CHECK(running.find("Price") == nullptr);
  REQUIRE(running.click("why?"));
  running.settle();
  CHECK(running.find("Quality of the model in this format") != nullptr);
  CHECK(running.find("Token embedding") == nullptr);
}

TEST_CASE("what a person measured is named where it is told how sure the answer is") {
  const std::string own = std::string(kScenario) + "&mydec=1.25&mypre=1.25";
  Tall running(own.c_str());
  CHECK(value_of(running, "certainty").find("scaled by your own measurement") == 0);
  CHECK(value_of(running, "sure").find("× 1.25") != std::string::npos);
}

TEST_CASE("a pasted figure is told as more or less than was measured, without a sign") {
  const auto shown = [](const char* text) {
    Tall running(kScenario);
    const Inspector::Item* field = nullptr;
    for (const Inspector::Item& item : running.inspector.items()) {
      if (item.label.find("##own") != std::string::npos || item.label == "own") field = &item;
    }
    REQUIRE(field != nullptr);
    running.click((field->left + field->right) / 2, (field->top + field->bottom) / 2);
    running.type(text);
    running.settle();
    return value_of(running, "own_figure");
  };
  const std::string less = shown("eval rate: 300 tokens/s"), more = shown("eval rate: 60 tokens/s");
  CHECK(less.find("less than measured") != std::string::npos);
  CHECK(less.find('-') == std::string::npos);
  CHECK(more.find("more than measured") != std::string::npos);
}

TEST_CASE("the memory that is told is the memory that is drawn") {
  // A server fills its devices with cache, of which only what is needed is told.
  Tall running("v=1&m=deepseek-v3&hw=nvidia-h20-96gb&n=16&q=FP8&e=vllm");
  const Placement& placement = running.app->session().answer()->estimate.placement;
  CHECK(value_of(running, "memory") == join(format_bytes(placement.needed().as_double(), Language::en)));
}

TEST_CASE("what does not apply to a model is not drawn") {
  CHECK(Tall(kScenario).find("RAG") != nullptr);
  Tall whisper("v=1&m=whisper-large-v3&hw=nvidia-rtx-4090-24gb");
  CHECK(whisper.find("RAG") == nullptr);
  CHECK(whisper.app->session().answer()->scenario.settings.workload.context_needed() <= 448);
}

TEST_CASE("the accuracy begins with how far off the estimates are") {
  Tall running("screen=accuracy");
  const std::string headline = value_of(running, "headline");
  CHECK(headline.find("typically") != std::string::npos);
  CHECK(headline.find('%') != std::string::npos);
}

TEST_CASE("the points of the accuracy are found by the names people use") {
  const auto found = [](const char* typed) {
    Tall running("screen=accuracy");
    const auto field =
        std::find_if(running.inspector.items().begin(), running.inspector.items().end(),
                     [](const Inspector::Item& i) { return i.label.find("##search") != std::string::npos; });
    REQUIRE(field != running.inspector.items().end());
    running.click((field->left + field->right) / 2, (field->top + field->bottom) / 2);
    running.type(typed);
    running.settle();
    return value_of(running, "plot");
  };
  for (const char* typed : {"strix halo", "4090", "M2 Ultra", "Llama 3.1"}) {
    CAPTURE(std::string(typed));
    CHECK(found(typed).find(" of the ") != std::string::npos);
    CHECK(found(typed).find(": 0 of") == std::string::npos);
  }
  CHECK(found("abacus").find(": 0 of") != std::string::npos);
}

TEST_CASE("a link between devices that is told by its figures stands as them") {
  ScenarioSpec spec = decode_link(kScenario).value();
  spec.hardware.device.count = 2;
  spec.hardware.interconnect.gbs_per_direction = 123;
  CHECK(value_of(Tall(encode_link(spec).c_str()), "interconnect") == "123\u00A0GB/s");
}

TEST_CASE("a public measurement opens its source") {
  Tall running(kScenario);
  const std::vector<NearMeasurement>& near = running.app->session().measurements();
  REQUIRE_FALSE(near.empty());
  const auto item =
      std::find_if(running.inspector.items().begin(), running.inspector.items().end(),
                   [](const Inspector::Item& i) { return i.label.find("##source") != std::string::npos; });
  REQUIRE(item != running.inspector.items().end());
  running.click((item->left + item->right) / 2, (item->top + item->bottom) / 2);
  CHECK(running.platform.seen.opened_url == near.front().measurement->url);
}

TEST_CASE("a page that the derivation names as a source opens") {
  Tall running(kScenario);
  REQUIRE(running.click("Memory"));
  running.settle();
  const auto item = std::find_if(running.inspector.items().begin(), running.inspector.items().end(),
                                 [](const Inspector::Item& i) { return i.label.starts_with("github.com/"); });
  REQUIRE(item != running.inspector.items().end());
  const std::string shown = item->label.substr(0, item->label.find("##"));
  running.click((item->left + item->right) / 2, (item->top + item->bottom) / 2);
  CHECK(running.platform.seen.opened_url == "https://" + shown);
}

TEST_CASE("going back to the defaults gives an answer, also where the model has none") {
  for (const char* fragment : {"v=1&m=flux.1-dev&hw=nvidia-rtx-4090-24gb", "v=1&m=no-such-model&hw=no-such-card"}) {
    CAPTURE(fragment);
    Running running(1440, 900, true, "en", fragment);
    running.settle();
    CHECK_FALSE(running.app->session().answer().ok());
    REQUIRE(running.click("Back to the defaults"));
    running.settle();
    CHECK(running.app->session().answer().ok());
  }
}

TEST_CASE("the same card more often is told as it would be answered, and a click takes it") {
  Tall running(kScenario);
  Session& session = running.app->session();
  const std::vector<ScaledAnswer> rows = session.scaling(true);
  REQUIRE(rows.size() == 4);
  CHECK(rows.front().estimate.speed.decode_tok_s.p50 == session.answer()->estimate.speed.decode_tok_s.p50);
  REQUIRE(running.click("4×"));
  running.settle();
  CHECK(session.scenario().hardware.device.count == 4);
  CHECK(session.answer()->estimate.speed.decode_tok_s.p50 == rows[2].estimate.speed.decode_tok_s.p50);
}

TEST_CASE("what stands alone is not offered more often") {
  Tall running("v=1&m=llama-3.1-8b&hw=apple-m4-max-40c-128gb");
  CHECK(running.app->session().scaling(true).empty());
}

TEST_CASE("the answer is copied as JSON, CSV, Markdown and as an embed") {
  Tall running(kScenario);
  const auto copied = [&](const char* label) {
    running.platform.seen.copied.clear();
    REQUIRE(running.click(label));
    return running.platform.seen.copied;
  };
  CHECK(copied("Copy the answer as JSON").find("\"safe_context\"") != std::string::npos);
  CHECK(copied("Copy as CSV").find("Format,Bits per weight (bits)") != std::string::npos);
  const std::string markdown = copied("Copy as Markdown");
  CHECK(markdown.find("| Format | Bits per weight |") != std::string::npos);
  CHECK(markdown.find("https://example.org/headroom/#") != std::string::npos);
  const std::string embed = copied("Copy as an embed");
  CHECK(embed.find("src=\"https://example.org/headroom/embed.html#") != std::string::npos);
  CHECK(embed.find("&amp;") != std::string::npos);
  CHECK(embed.find("&m=") == std::string::npos);
}

TEST_CASE("a number of a table opens the derivation of its row, the rest of the row chooses it") {
  Tall running(kScenario);
  const auto row_of = [&](std::string_view name) {
    const auto& items = running.inspector.items();
    return std::find_if(items.begin(), items.end(),
                        [&](const Inspector::Item& item) { return item.label == std::string(name) + "##row"; });
  };
  auto row = row_of("Q8_0");
  REQUIRE(row != running.inspector.items().end());
  // The last column is the safe context.
  running.click(row->right - 8, (row->top + row->bottom) / 2);
  running.frame(2);
  CHECK(running.find("Close") != nullptr);
  CHECK(running.app->session().scenario().quantization == "Q4_K_M");
  running.press(ImGuiKey_Escape);
  CHECK(running.find("Close") == nullptr);
  row = row_of("Q8_0");
  REQUIRE(row != running.inspector.items().end());
  running.click(row->left + 8, (row->top + row->bottom) / 2);
  CHECK(running.app->session().scenario().quantization == "Q8_0");
  CHECK(running.find("Close") == nullptr);
}

TEST_CASE("the keyboard reaches a number of a table and opens its derivation") {
  Tall running(kScenario);
  const auto focus_on = [&](std::string_view label) {
    constexpr int kMost = 400;
    for (int i = 0; i < kMost; ++i) {
      running.press(ImGuiKey_Tab);
      const ImGuiID focused = ImGui::GetCurrentContext()->NavId;
      for (const Inspector::Item& item : running.inspector.items()) {
        if (item.id == focused && item.label == label) return true;
      }
    }
    return false;
  };
  // The slider of the context, which moves sideways itself, lets the focus go on.
  struct Row {
    const char* label;
    int figures;
  };
  for (const auto [label, figures] : {Row{"Q8_0##row", 3}, Row{"RAG##row", 2}}) {
    REQUIRE(focus_on(label));
    for (int figure = 0; figure < figures; ++figure) {
      running.press(ImGuiKey_RightArrow);
      running.press(ImGuiKey_Enter);
      running.frame(2);
      CHECK(running.find("Close") != nullptr);
      running.press(ImGuiKey_Escape);
      CHECK(running.find("Close") == nullptr);
      CHECK(running.app->session().scenario().quantization == "Q4_K_M");
    }
    for (int figure = 0; figure < figures; ++figure) running.press(ImGuiKey_LeftArrow);
  }
  running.press(ImGuiKey_Enter);
  REQUIRE(running.app->session().scenario().workload);
  CHECK(running.app->session().scenario().workload->id == "rag");
}

TEST_CASE("Enter opens a picker that Tab reached, and chooses only when pressed again") {
  Running running(1000, 700, true, "en", "");
  running.settle();
  constexpr int kTabs = 7;  // language, theme, link, three screens, then the hardware
  for (int i = 0; i < kTabs; ++i) running.press(ImGuiKey_Tab);
  const std::string before = device_of(running);
  running.press(ImGuiKey_Enter);
  running.settle();
  CHECK(device_of(running) == before);
  running.type("h20 96");
  running.press(ImGuiKey_Enter);
  CHECK(device_of(running) == "nvidia-h20-96gb");
}

TEST_CASE("on a phone too the recognized machine can be changed at once") {
  Running running(390, 844, true, "en", "");
  running.platform.settings.machine.renderer = "NVIDIA GeForce RTX 3090/PCIe/SSE2";
  running.app->machine_known();
  running.settle();
  REQUIRE(running.app->session().recognized());
  REQUIRE(running.click("change"));
  running.settle();
  REQUIRE(running.click("GeForce RTX 4060"));  // in the list, which opens around the present one
  running.settle();
  CHECK(device_of(running) == "nvidia-rtx-4060-8gb");
  CHECK(running.find("change") == nullptr);
}

}  // namespace
}  // namespace headroom
