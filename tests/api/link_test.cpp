#include <doctest/doctest.h>

#include <string>

#include "core/catalog/link.h"
#include "core/catalog/scenario_json.h"
#include "core/catalog/url_text.h"
#include "tests/api/scenarios.h"

namespace headroom {
namespace {

using nlohmann::json;

ScenarioSpec spec_of(const json& scenario) {
  auto spec = parse_scenario(scenario);
  REQUIRE(spec.ok());
  return std::move(spec).value();
}

TEST_CASE("a link is short and can be read by a person") {
  json scenario = test::small_scenario();
  scenario["quantization"] = "Q4_K_M";
  scenario["context"] = 8192;
  CHECK(encode_link(spec_of(scenario)) == "v=1&m=llama-3.1-8b&hw=nvidia-rtx-4090-24gb&q=Q4_K_M&c=8192");
}

TEST_CASE("a link carries the whole scenario") {
  json inline_parts = test::full_scenario();
  inline_parts["hardware"]["device"] = {
      {"name", "My card, 50 % \u00e9 \u4e2d"}, {"memory_bytes", 25769803776}, {"mem_bandwidth_gbs", 1008.1}};
  inline_parts["workload"] = "chat";
  for (const json& scenario : {test::full_scenario(), test::small_scenario(), inline_parts}) {
    const std::string link = encode_link(spec_of(scenario));
    for (const char c : link) CHECK(std::string("#<>\"` \\^{}|").find(c) == std::string::npos);
    const auto back = decode_link("#" + link);
    REQUIRE(back.ok());
    CHECK(to_json(*back) == scenario);
  }
}

TEST_CASE("texts that look like numbers or records stay texts") {
  for (const char* id : {"123", "1e5", "true", "~abc", "-", "a&b=c", "%41", "", "\u4e2d"}) {
    ScenarioSpec spec = spec_of(test::small_scenario());
    spec.mode = id;
    if (spec.mode->empty()) continue;
    const auto back = decode_link(encode_link(spec));
    REQUIRE(back.ok());
    CHECK(back->mode == spec.mode);
  }
}

TEST_CASE("every random scenario comes back from its link") {
  std::mt19937 random(7);
  int checked = 0;
  for (int i = 0; i < 2000; ++i) {
    json scenario = test::full_scenario();
    for (auto changes = random() % 4 + 1; changes > 0; --changes) test::mutate(scenario, random);
    const auto spec = parse_scenario(scenario);
    if (!spec) continue;
    ++checked;
    const auto back = decode_link(encode_link(*spec));
    REQUIRE(back.ok());
    CHECK(to_json(*back) == to_json(*spec));
  }
  CHECK(checked > 80);
}

TEST_CASE("keys of others are passed over, ours are checked") {
  CHECK(decode_link("v=1&m=llama-3.1-8b&hw=nvidia-h20-96gb&view=plain&s=models&new=7").ok());
  CHECK(decode_link("v=1&m=llama-3.1-8b&hw=nvidia-h20-96gb&c=-5").error().message.find("context: -5") == 0);
}

TEST_CASE("of a link with a bad value the rest is read, whatever the order") {
  for (const char* link :
       {"v=1&m=llama-3.1-8b&hw=nvidia-h20-96gb&n=4&c=-5&q=FP8", "q=FP8&c=-5&hw=nvidia-h20-96gb&n=4&m=llama-3.1-8b&v=1",
        "#v=1&c=%zz&m=llama-3.1-8b&n=4&hw=nvidia-h20-96gb&q=FP8&p=0"}) {
    const LinkReading reading = read_link(link);
    CAPTURE(link);
    REQUIRE(reading.problem);
    REQUIRE(reading.scenario);
    CHECK(reading.scenario->model == "llama-3.1-8b");
    CHECK(reading.scenario->hardware.device.count == 4);
    CHECK(reading.scenario->quantization == "FP8");
    CHECK_FALSE(reading.scenario->context);
  }
  CHECK_FALSE(read_link("v=1&m=llama-3.1-8b&hw=nvidia-h20-96gb").problem);
  const LinkReading parts =
      read_link("v=1&c=-5&specn=4&spec=mtp&mye=llama.cpp&mydec=x&m=llama-3.1-8b&hw=nvidia-h20-96gb");
  REQUIRE(parts.scenario);
  CHECK(parts.scenario->speculation->draft_tokens == 4);
  CHECK_FALSE(parts.scenario->personal);
  CHECK_FALSE(read_link("v=1&hw=nvidia-h20-96gb&n=-1").scenario);
  CHECK_FALSE(read_link("m=llama-3.1-8b&hw=nvidia-h20-96gb&c=-5").scenario);
}

TEST_CASE("garbage is refused with a message") {
  for (const char* garbage :
       {"", "#", "v=1", "v=2&m=a&hw=b", "m=llama-3.1-8b", "&&&===", "v=1&m=%zz&hw=b", "v=1&m=%4", "v=1&m=a&hw=~!!!",
        "v=1&m=a&hw=~eyJuYW1l", "v=1&m=a&hw=b&c=~W1td", "%%%%", "v=1&m=a&hw=b&n=99999999999999999999"}) {
    const auto spec = decode_link(garbage);
    CAPTURE(garbage);
    REQUIRE_FALSE(spec.ok());
    CHECK_FALSE(spec.error().message.empty());
  }
  std::mt19937 random(11);
  const std::string link = encode_link(spec_of(test::full_scenario()));
  for (int i = 0; i < 4000; ++i) {  // fuzz_link goes on from here
    std::string damaged = link.substr(0, random() % (link.size() + 1));
    for (auto changes = random() % 4; changes > 0 && !damaged.empty(); --changes) {
      damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
    }
    const auto spec = decode_link(damaged);
    if (!spec) CHECK_FALSE(spec.error().message.empty());
    CHECK(read_link(damaged).problem.has_value() == !spec.ok());
  }
}

TEST_CASE("base64url and percent escapes invert") {
  std::mt19937 random(3);
  for (int i = 0; i < 500; ++i) {
    std::string bytes(random() % 50, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 256);
    CHECK(from_base64url(base64url(bytes)) == bytes);
    CHECK(percent_decoded(percent_encoded(bytes)) == bytes);
  }
  CHECK(base64url("Man") == "TWFu");
  CHECK_FALSE(from_base64url("A").has_value());
  CHECK_FALSE(from_base64url("A+==").has_value());
}

}  // namespace
}  // namespace headroom
