#include "wasm/platform/null_platform.h"

#include <doctest/doctest.h>
#include <imgui.h>

#include <algorithm>

#include "wasm/inspect/inspector.h"

namespace headroom {
namespace {

class Label final : public PlatformClient {
 public:
  void answer() override {}
  void frame() override {
    ImGui::Begin("window");
    ImGui::TextUnformatted("text");
    ImGui::Checkbox("box", &checked);
    inspect_value("figure", "42");
    ImGui::End();
    ++frames;
  }
  void address_changed(std::string_view) override {}
  void files_given(std::span<const PickedFile>) override {}
  void preferences_changed() override {}
  void machine_known() override {}
  std::string copied() override { return {}; }
  int frames = 0;
  bool checked = true;
};

TEST_CASE("a client draws without a screen") {
  NullPlatform platform(800, 600);
  Label label;
  for (int i = 0; i < 3; ++i) platform.run_frame(label);
  CHECK(label.frames == 3);
  CHECK(ImGui::GetDrawData()->TotalVtxCount > 0);
}

TEST_CASE("file reads are answered later, in the order asked, and clipped at the end") {
  NullPlatform platform(800, 600);
  platform.add_file({7, "a.gguf", 4}, {1, 2, 3, 4});
  std::vector<std::size_t> lengths;
  const auto note = [&](std::optional<std::span<const std::uint8_t>> bytes) {
    lengths.push_back(bytes ? bytes->size() : 99);
  };
  platform.read_file(7, 0, 3, note);
  platform.read_file(7, 2, 10, note);
  platform.read_file(7, 9, 1, note);
  platform.read_file(8, 0, 1, note);
  CHECK(lengths.empty());
  platform.deliver_reads();
  CHECK(lengths == std::vector<std::size_t>{3, 2, 0, 99});
}

TEST_CASE("an inspector sees labels, boxes, states and named values") {
  NullPlatform platform(800, 600);
  Inspector inspector;
  inspector.attach(*ImGui::GetCurrentContext());
  Label label;
  for (int i = 0; i < 3; ++i) {
    inspector.begin_frame();
    platform.run_frame(label);
  }
  const auto found = std::find_if(inspector.items().begin(), inspector.items().end(),
                                  [](const Inspector::Item& item) { return item.label == "box"; });
  REQUIRE(found != inspector.items().end());
  CHECK(found->checked);
  CHECK(found->visible);
  CHECK(found->right > found->left);
  REQUIRE(inspector.values().size() == 1);
  CHECK(inspector.values()[0].text == "42");
}

}  // namespace
}  // namespace headroom
