#include "core/catalog/first_scenario.h"

#include <doctest/doctest.h>

#include "core/as_text.h"
#include "core/catalog/json_text.h"
#include "tests/catalog/shared.h"

namespace headroom {
namespace {

std::string device_for(const char* renderer, const char* platform = "", double memory_gib = 0) {
  const Catalog& catalog = shared_catalog();
  const auto found = recognize(catalog, {renderer, platform, memory_gib});
  return found ? catalog.devices()[found->device].device.id : std::string();
}

TEST_CASE("a browser's renderer names a device of the catalog") {
  CHECK(device_for("ANGLE (NVIDIA, NVIDIA GeForce RTX 4090 Direct3D11 vs_5_0 ps_5_0, D3D11)") ==
        "nvidia-rtx-4090-24gb");
  CHECK(device_for("ANGLE (NVIDIA, NVIDIA GeForce RTX 4090 (0x00002684) Direct3D11 vs_5_0 ps_5_0, D3D11)") ==
        "nvidia-rtx-4090-24gb");
  CHECK(device_for("NVIDIA GeForce RTX 4090/PCIe/SSE2") == "nvidia-rtx-4090-24gb");
  CHECK(device_for("ANGLE (NVIDIA, NVIDIA GeForce RTX 4090 Laptop GPU Direct3D11 vs_5_0)") ==
        "nvidia-rtx-4090-laptop-16gb");
  CHECK(device_for("NVIDIA GeForce RTX 3060 Ti/PCIe/SSE2") == "nvidia-rtx-3060-ti-8gb");
  CHECK(device_for("NVIDIA GeForce GTX 1060 6GB/PCIe/SSE2") == "nvidia-gtx-1060-6gb");
  CHECK(device_for("AMD Radeon RX 7900 XTX (radeonsi, navi31, LLVM 17.0.6, DRM 3.57, 6.8.0)") ==
        "amd-rx-7900-xtx-24gb");
  CHECK(device_for("ANGLE (AMD, AMD Radeon RX 6800 Direct3D11 vs_5_0 ps_5_0, D3D11)") == "amd-rx-6800-16gb");
  CHECK(device_for("ANGLE (AMD, AMD Radeon(TM) 780M Graphics Direct3D11)") == "amd-radeon-780m-32gb-lpddr5x-7500");
  CHECK(device_for("ANGLE (Intel, Intel(R) Arc(TM) B580 Graphics Direct3D11)") == "intel-arc-b580-12gb");
}

TEST_CASE("of several memory sizes the smallest that the browser allows is taken") {
  CHECK(device_for("ANGLE (Apple, ANGLE Metal Renderer: Apple M3 Max, Unspecified Version)") ==
        "apple-m3-max-30c-36gb");
  CHECK(device_for("ANGLE (Apple, ANGLE Metal Renderer: Apple M3, Unspecified Version)", "MacIntel", 8) ==
        "apple-m3-8c-8gb");
  CHECK(device_for("ANGLE (Apple, ANGLE Metal Renderer: Apple M3, Unspecified Version)", "MacIntel", 16) ==
        "apple-m3-10c-16gb");
  CHECK(device_for("Adreno (TM) 750", "Linux armv81", 8) == "qualcomm-snapdragon-8-gen-3-8gb");
  CHECK(device_for("Adreno (TM) 750", "Linux armv81", 16) == "qualcomm-snapdragon-8-gen-3-16gb");
}

TEST_CASE("what names no device, or hides it, is not recognized") {
  CHECK(device_for("").empty());
  CHECK(device_for("ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)")
            .empty());
  CHECK(device_for("llvmpipe (LLVM 15.0.7, 256 bits)").empty());
  CHECK(device_for("GeForce GTX 980, or similar").empty());
  CHECK(device_for("ANGLE (NVIDIA, NVIDIA GeForce RTX 9990 Direct3D11)").empty());
  CHECK(device_for("ANGLE (NVIDIA, NVIDIA GeForce RTX 4090 Ultra Direct3D11)").empty());
  CHECK(device_for("AMD Radeon Graphics (radeonsi, phoenix, LLVM 17.0.6)").empty());
  CHECK(device_for("Mali-G78").empty());
  CHECK(device_for(std::string(100000, 'x').c_str()).empty());
}

TEST_CASE("where a browser names only a kind of machine, a common one is assumed and said to be") {
  const auto mac = recognize(shared_catalog(), {"Apple GPU", "MacIntel", 0});
  REQUIRE(mac);
  CHECK(mac->assumed);
  CHECK_FALSE(recognize(shared_catalog(), {"NVIDIA GeForce RTX 4090/PCIe/SSE2", "", 0})->assumed);
  CHECK_FALSE(recognize(shared_catalog(), {"Apple GPU", "Linux x86_64", 0}));
}

TEST_CASE("the page opens on a model that runs on the machine") {
  Front front(shared_catalog());
  const auto opens_on = [&](const char* renderer) { return first_scenario(front, {renderer, "", 0}); };
  const FirstScenario common = opens_on("llvmpipe");
  CHECK_FALSE(common.recognized);
  CHECK(common.spec.hardware.device.id == "nvidia-rtx-4090-24gb");
  CHECK(common.spec.model == "qwen3.6-27b");
  const FirstScenario phone = opens_on("Adreno (TM) 750");
  REQUIRE(phone.recognized);
  CHECK(phone.spec.model != common.spec.model);
  for (const FirstScenario& first : {common, phone}) {
    const Result<Answer> answer = front.estimate(first.spec);
    REQUIRE(answer.ok());
    CHECK(answer->estimate.placement.status <= FitStatus::tight);
    CHECK(answer->estimate.verdict.grade <= 'C');
  }
}

TEST_CASE("every id the opening rules name is in the catalog") {
  const Catalog& catalog = shared_catalog();
  const auto bytes = catalog.section("first_scenario");
  const auto rules = parse_or_discard(as_text(bytes));
  REQUIRE(rules.is_object());
  CHECK(catalog.find_device(rules["device"].get<std::string>()));
  CHECK(rules["models"].size() >= 2);
  for (const auto& model : rules["models"]) CHECK_MESSAGE(catalog.find_model(model.get<std::string>()), model);
  for (const auto& entry : rules["fixed_names"]) {
    CHECK_FALSE(entry["devices"].empty());
    for (const auto& id : entry["devices"]) CHECK_MESSAGE(catalog.find_device(id.get<std::string>()), id);
  }
}

}  // namespace
}  // namespace headroom

TEST_CASE("a printed name is of the devices that go by it, and one that nobody knows of any") {
  const auto may = [](const char* printed, const char* device) { return may_be(shared_catalog(), printed, device); };
  CHECK(may("NVIDIA GeForce RTX 4090", "nvidia-rtx-4090-24gb"));
  CHECK_FALSE(may("NVIDIA GeForce RTX 4090 Laptop GPU", "nvidia-rtx-4090-24gb"));
  CHECK_FALSE(may("NVIDIA GeForce RTX 4090", "nvidia-rtx-3090-24gb"));
  CHECK(may("NVIDIA GeForce RTX 3090, NVIDIA GeForce RTX 4090", "nvidia-rtx-3090-24gb"));
  CHECK(may("Apple M3 Max", "apple-m3-max-40c-128gb"));
  CHECK(may("AMD Radeon 8060S Graphics", "amd-ryzen-ai-max-plus-388-64gb"));
  CHECK(may("NVIDIA H100 80GB HBM3", "nvidia-h100-sxm-80gb"));
  CHECK(may("some card", "nvidia-rtx-4090-24gb"));
}
