// The compiled facts, as every screen reads them.
#include "core/catalog/catalog.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "core/catalog/names.h"
#include "tests/catalog/shared.h"

using namespace headroom;

TEST_CASE("every fact is in the pack") {
  const Catalog& catalog = shared_catalog();
  CHECK(catalog.models().size() >= 1250);
  CHECK(catalog.devices().size() >= 515);
  CHECK(std::count_if(catalog.models().begin(), catalog.models().end(),
                      [](const ModelEntry& m) { return m.is_text(); }) >= 1120);
  CHECK(catalog.workloads().size() == 5);
  CHECK(catalog.modes().size() == 4);
  CHECK(catalog.engines().size() >= 9);
  CHECK(catalog.formats().size() >= 50);
  CHECK(catalog.hosts().size() >= 40);
  CHECK(catalog.links().size() >= 73);
  CHECK_FALSE(catalog.data_date().empty());
  for (const char* language : {"en", "es", "zh"}) {
    CHECK_FALSE(catalog.section("texts/" + std::string(language)).empty());
  }
  CHECK(catalog.section("no such section").empty());
}

TEST_CASE("ids are found, and misspelled ones suggested") {
  const Catalog& catalog = shared_catalog();
  for (std::size_t i = 0; i < catalog.models().size(); ++i) CHECK(catalog.find_model(catalog.models()[i].id) == i);
  for (std::size_t i = 0; i < catalog.devices().size(); ++i)
    CHECK(catalog.find_device(catalog.devices()[i].device.id) == i);
  CHECK_FALSE(catalog.find_model("no-such-model"));
  CHECK_FALSE(catalog.find_device(""));
  CHECK(catalog.find_engine("vllm") != nullptr);
  CHECK(catalog.find_engine("vlm") == nullptr);
  CHECK(catalog.find_workload("chat") != nullptr);
  const auto models = catalog.nearest_models("lama-3.1-8b-instruct", 3);
  REQUIRE(models.size() == 3);
  CHECK(models[0] == "llama-3.1-8b-instruct");
  // What people type are words of a name.
  CHECK(catalog.nearest_models("meta-llama/Llama-3.1-8B", 1).at(0) == "llama-3.1-8b");
  CHECK(catalog.nearest_devices("RTX 4090", 1).at(0) == "nvidia-rtx-4090-24gb");
  CHECK(catalog.nearest_devices("rtx4090", 1).at(0) == "nvidia-rtx-4090-24gb");
  CHECK(catalog.nearest_devices("h20", 2).at(0).starts_with("nvidia-h20-"));
  const auto devices = catalog.nearest_devices("nvidia-h2O-96gb", 1);
  REQUIRE(devices.size() == 1);
  CHECK(devices[0] == "nvidia-h20-96gb");
}

TEST_CASE("what is told of a model's checkpoints is told of a model of the catalog") {
  std::size_t told = 0;
  for (const Format& format : shared_catalog().formats()) {
    for (const CheckpointRule& rule : format.checkpoints) {
      if (rule.model.empty()) continue;
      ++told;
      CHECK_MESSAGE(shared_catalog().find_model(rule.model), format.id << ": " << rule.model);
    }
    for (const PublishedSize& size : format.published) {
      CHECK_MESSAGE(shared_catalog().find_model(size.model), format.id << ": " << size.model);
    }
  }
  CHECK(told > 0);
}

TEST_CASE("records carry their sources, confidence and conflicts") {
  const Catalog& catalog = shared_catalog();
  for (std::size_t i = 0; i < catalog.models().size(); ++i) {
    const auto record = nlohmann::json::parse(catalog.model_record(i), nullptr, false);
    CAPTURE(catalog.models()[i].id);
    REQUIRE(record.is_object());
    CHECK(record["id"] == catalog.models()[i].id);
    CHECK_FALSE(record["sources"].empty());
    CHECK(record["confidence"].is_string());
    CHECK((record.contains("attention") || !record["components"].empty()));
    for (const auto& source : record["sources"]) CHECK(source.get<std::string>().find('\x01') == std::string::npos);
  }
  std::size_t with_conflicts = 0;
  for (std::size_t i = 0; i < catalog.devices().size(); ++i) {
    const auto record = nlohmann::json::parse(catalog.device_record(i), nullptr, false);
    CAPTURE(catalog.devices()[i].device.id);
    REQUIRE(record.is_object());
    CHECK_FALSE(record["sources"].empty());
    CHECK(record["confidence"].is_string());
    CHECK(record["dense_tflops"].is_object());
    if (!record.contains("conflicts")) continue;
    ++with_conflicts;
    for (const auto& conflict : record["conflicts"]) {
      CHECK(conflict["claims"].is_string());
      CHECK(conflict["used"].is_string());
    }
  }
  CHECK(with_conflicts > 200);
}

TEST_CASE("devices are what their drivers report") {
  struct Expected {
    const char* id;
    double gib;
    double bandwidth_gbs, fp16_tflops, peer_gbs;
    Backend backend;
  };
  // Figures of the makers' documents and of nvidia-smi.
  constexpr Expected kExpected[] = {
      {"nvidia-h20-96gb", 95.58, 4000, 148, 450, Backend::cuda},
      {"nvidia-h100-sxm-80gb", 79.65, 3350, 989.4, 450, Backend::cuda},
      {"nvidia-rtx-4090-24gb", 23.99, 1008, 165.2, 31.5, Backend::cuda},
      {"amd-mi300x-192gb", 192, 5300, 1307.4, 448, Backend::rocm},
      {"apple-m4-max-40c-128gb", 128, 546, 0, 0, Backend::metal},
  };
  const Catalog& catalog = shared_catalog();
  for (const Expected& expected : kExpected) {
    CAPTURE(expected.id);
    const auto index = catalog.find_device(expected.id);
    REQUIRE(index);
    const Device& device = catalog.devices()[*index].device;
    CHECK(device.memory.as_double() / (1 << 30) == doctest::Approx(expected.gib).epsilon(0.001));
    CHECK(device.bandwidth.value() / 1e9 == doctest::Approx(expected.bandwidth_gbs).epsilon(0.005));
    if (expected.fp16_tflops > 0) CHECK(device.tflops.fp16.value() / 1e12 == doctest::Approx(expected.fp16_tflops));
    CHECK(device.peer.per_direction.value() / 1e9 == doctest::Approx(expected.peer_gbs));
    CHECK(device.default_backend == expected.backend);
    CHECK(device.backends[static_cast<std::size_t>(device.default_backend)]);
  }
  for (const DeviceEntry& entry : catalog.devices()) {
    CAPTURE(entry.device.id);
    CHECK(entry.device.memory.value() > 0);
    CHECK(entry.device.backends[static_cast<std::size_t>(entry.device.default_backend)]);
    CHECK(entry.device.usable_fraction > 0);
    CHECK(entry.device.usable_fraction <= 1);
  }
  const Device& mac = catalog.devices()[*catalog.find_device("apple-m4-max-40c-128gb")].device;
  CHECK(mac.unified_memory);
  CHECK(mac.usable_fraction == doctest::Approx(0.84));
  const Device& card = catalog.devices()[*catalog.find_device("nvidia-rtx-4090-24gb")].device;
  CHECK(card.drives_display);
  CHECK(card.tflops.fp4.value() == 0);  // no such unit
}

TEST_CASE("quality is a rank within one source, and unknown stays unknown") {
  const Catalog& catalog = shared_catalog();
  std::vector<std::size_t> ranked(catalog.workloads().size());
  for (const ModelEntry& model : catalog.models()) {
    for (const QualityRank& rank : model.quality) {
      REQUIRE(rank.workload < ranked.size());
      ++ranked[rank.workload];
      CHECK(rank.rank >= 0);
      CHECK(rank.rank <= 1);
      CHECK_FALSE(rank.benchmark.empty());
      CHECK_FALSE(rank.source.empty());
      CHECK_FALSE(rank.date.empty());
    }
  }
  for (const std::size_t models : ranked) CHECK(models > 100);
  const auto rank_of = [&](const char* id, std::size_t workload) {
    for (const QualityRank& rank : catalog.models()[*catalog.find_model(id)].quality) {
      if (rank.workload == workload) return rank.rank;
    }
    return -1.0F;
  };
  CHECK(rank_of("deepseek-v3", 0) > rank_of("llama-3.1-8b-instruct", 0));
  CHECK(rank_of("llama-3.1-70b-instruct", 3) > rank_of("llama-3.2-1b-instruct", 3));
  CHECK(catalog.models()[*catalog.find_model("whisper-tiny")].quality.empty());
}

TEST_CASE("prices carry their date") {
  std::size_t bought = 0, rented = 0;
  for (const DeviceEntry& entry : shared_catalog().devices()) {
    CAPTURE(entry.device.id);
    if (entry.price_usd >= 0) {
      ++bought;
      CHECK(entry.price_usd > 0);
      CHECK_FALSE(entry.price_date.empty());
      CHECK_FALSE(entry.price_basis.empty());
    }
    if (entry.rent_usd_hour >= 0) {
      ++rented;
      CHECK(entry.rent_usd_hour > 0);
      CHECK(entry.rent_usd_hour < 200);
      CHECK_FALSE(entry.rent_date.empty());
    }
  }
  CHECK(bought > 250);
  CHECK(rented > 25);
}

TEST_CASE("load time, printed and not judged") {
  const auto start = std::chrono::steady_clock::now();
  const auto catalog = Catalog::load(shared_pack());
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  REQUIRE(catalog.ok());
  std::printf("catalog: %zu bytes, loaded in %.2f ms\n", shared_pack().size(), took.count());
}

TEST_CASE("a score of the second source does not lift a small model above those the first source lists") {
  const Catalog& catalog = shared_catalog();
  const auto rank = [&](std::string_view id) -> double {
    const auto index = catalog.find_model(id);
    REQUIRE_MESSAGE(index.has_value(), id);
    for (const QualityRank& quality : catalog.models()[*index].quality) {
      if (catalog.workloads()[quality.workload].workload.id == "chat") return static_cast<double>(quality.rank);
    }
    return -1;
  };
  // By the instructions they follow alone, both would stand among models a hundred times their size.
  CHECK(rank("lfm2.5-1.2b-thinking") > 0);
  CHECK(rank("lfm2.5-1.2b-thinking") < rank("gpt-oss-20b"));
  CHECK(rank("nemotron-3-nano-4b") < rank("gpt-oss-20b"));
  CHECK(rank("deepseek-v4-pro") > 0.9);
}
