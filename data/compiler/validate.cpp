#include "data/compiler/validate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "data/compiler/device_checks.h"

namespace headroom::facts {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 39> kDeviceFields{"id",
                                                         "name",
                                                         "vendor",
                                                         "class",
                                                         "architecture",
                                                         "launch",
                                                         "memory_gb",
                                                         "memory_gib_reported",
                                                         "memory_type",
                                                         "mem_bandwidth_gbs",
                                                         "mem_bw_achievable_gbs",
                                                         "dense_tflops",
                                                         "measured_gemm_tflops",
                                                         "native_formats",
                                                         "interconnect",
                                                         "pcie",
                                                         "host_link",
                                                         "tdp_w",
                                                         "compute_capability",
                                                         "gfx_target",
                                                         "mig_instances",
                                                         "gpus_per_board",
                                                         "logical_gpus",
                                                         "gpu_usable_fraction_default",
                                                         "gpu_usable_fraction_legacy",
                                                         "gpu_usable_gb_raised",
                                                         "l2_mb",
                                                         "cache_mb",
                                                         "price",
                                                         "cloud_usd_hour",
                                                         "form",
                                                         "market",
                                                         "also_called",
                                                         "notes",
                                                         "sources",
                                                         "confidence",
                                                         "verification",
                                                         "conflicts",
                                                         "exceptions"};
constexpr std::array<std::string_view, 59> kModelFields{"id",
                                                        "name",
                                                        "hf_id",
                                                        "family",
                                                        "developer",
                                                        "license",
                                                        "release",
                                                        "kind",
                                                        "capabilities",
                                                        "languages",
                                                        "published_params",
                                                        "published_source",
                                                        "published_basis",
                                                        "published_counts",
                                                        "published_adjust",
                                                        "published_crosscheck",
                                                        "published_active_params",
                                                        "layers",
                                                        "hidden",
                                                        "heads",
                                                        "kv_heads",
                                                        "head_dim",
                                                        "ffn",
                                                        "vocab",
                                                        "tied_embeddings",
                                                        "fp8_blocks",
                                                        "max_context",
                                                        "rope_theta",
                                                        "rope_scaling",
                                                        "attention",
                                                        "moe",
                                                        "ffn_layout",
                                                        "ffn_per_layer",
                                                        "mtp",
                                                        "vision",
                                                        "audio",
                                                        "encdec",
                                                        "arch",
                                                        "stated_parts",
                                                        "native_precision",
                                                        "remote_code",
                                                        "gguf_arch",
                                                        "gguf_arch_status",
                                                        "ollama",
                                                        "distribution",
                                                        "gguf_repos",
                                                        "sources",
                                                        "confidence",
                                                        "arch_from",
                                                        "notes",
                                                        "components",
                                                        "latent_shape_rule",
                                                        "tokens_per_image_1024",
                                                        "video",
                                                        "default_steps",
                                                        "guidance",
                                                        "native_resolution",
                                                        "flops_per_step",
                                                        "conflicts"};

std::string text_of(const json& row, const char* name) {
  const auto value = row.find(name);
  return value != row.end() && value->is_string() ? value->get<std::string>() : std::string();
}

std::set<std::string> check_ids(const std::vector<Row>& rows, Problems& problems) {
  std::set<std::string> ids;
  for (const Row& row : rows) {
    const std::string id = text_of(row.json, "id");
    if (id.empty())
      problems.add(row.where, "has no id");
    else if (!ids.insert(id).second)
      problems.add(row.where, "the id \"" + id + "\" stands twice");
  }
  return ids;
}

void check_fields(const Row& row, std::span<const std::string_view> known, Problems& problems) {
  for (const auto& item : row.json.items()) {
    if (std::find(known.begin(), known.end(), item.key()) == known.end())
      problems.add(row.where, "unknown field \"" + item.key() + "\"");
  }
}

void check_sources(const Row& row, Problems& problems) {
  const auto sources = row.json.find("sources");
  bool found = sources != row.json.end() && sources->is_array() && !sources->empty();
  for (std::size_t i = 0; found && i < sources->size(); ++i) {
    found = (*sources)[i].is_string() && !(*sources)[i].get<std::string>().empty();
  }
  if (!found) problems.add(row.where, "names no source");
}

void check_confidence(const Row& row, Problems& problems) {
  const std::string confidence = text_of(row.json, "confidence");
  if (confidence != "low" && confidence != "medium" && confidence != "high") {
    problems.add(row.where, "confidence is not low, medium or high");
  }
}

// Both claims and the verdict, each in words.
void check_conflicts(const Row& row, Problems& problems) {
  const auto conflicts = row.json.find("conflicts");
  if (conflicts == row.json.end()) return;
  if (!conflicts->is_array()) {
    problems.add(row.where, "conflicts is not a list");
    return;
  }
  for (const json& conflict : *conflicts) {
    for (const char* part : {"about", "claims", "used"}) {
      if (!conflict.is_object() || text_of(conflict, part).empty()) {
        problems.add(row.where, std::string("a conflict does not say ") + part);
      }
    }
  }
}

void check_models(const Facts& facts, Problems& problems) {
  const std::set<std::string> ids = check_ids(facts.models, problems);
  for (const Row& row : facts.models) {
    check_fields(row, kModelFields, problems);
    check_sources(row, problems);
    check_confidence(row, problems);
    check_conflicts(row, problems);
    const auto own_code = row.json.find("remote_code");
    if (own_code != row.json.end() && *own_code != json(true)) problems.add(row.where, "remote_code is not true");
    const std::string from = text_of(row.json, "arch_from");
    if (!from.empty() && !ids.contains(from))
      problems.add(row.where, "arch_from names the unknown model \"" + from + "\"");
    if (row.json.contains("published_params") && text_of(row.json, "published_source").empty()) {
      problems.add(row.where, "published_params has no published_source");
    }
  }
  for (const CsvRow& score : facts.scores) {
    if (!ids.contains(std::string(score.get("model_id")))) {
      problems.add(score.where, "score of the unknown model \"" + std::string(score.get("model_id")) + "\"");
    }
    if (score.get("source_url").empty() || score.get("date").empty())
      problems.add(score.where, "names no source or date");
  }
}

// Models of a type that an engine encodes items of have towers for items of that size.
void check_towers(const Facts& facts, Problems& problems) {
  for (const Row& engine : facts.engines) {
    const auto items = engine.json.find("encoded_items");
    if (items == engine.json.end() || !items->is_array()) continue;
    for (const Row& model : facts.models) {
      const auto tower = model.json.find("vision");
      if (tower == model.json.end() || !tower->is_object()) continue;
      const std::string type = text_of(*tower, "type");
      for (const json& item : *items) {
        if (!item.is_object() || type.empty() || text_of(item, "tower") != type) continue;
        // An item without an image edge is for towers that take pictures of any size, which state none.
        const json none;
        const json image = item.value("image", none);
        bool agrees = tower->value("patch", none) == item.value("patch", none);
        for (const char* edge : {"image", "max_image"}) agrees = agrees && tower->value(edge, image) == image;
        if (!agrees) problems.add(model.where, "image or patch is not that of " + type + " in " + engine.where);
      }
    }
  }
}

void check_devices(const Facts& facts, Problems& problems) {
  const std::set<std::string> ids = check_ids(facts.devices, problems);
  for (const Row& row : facts.devices) {
    check_fields(row, kDeviceFields, problems);
    check_sources(row, problems);
    check_confidence(row, problems);
    check_conflicts(row, problems);
    check_figures(row, problems);
  }
  for (const CsvRow& price : facts.hardware_prices) {
    const std::string id(price.get("device_id"));
    if (!ids.contains(id)) problems.add(price.where, "price of the unknown device \"" + id + "\"");
    if (price.get("source_url").empty() || price.get("date").empty())
      problems.add(price.where, "names no source or date");
  }
}

void check_hosts(const Facts& facts, Problems& problems) {
  for (const Row& row : facts.hosts) {
    check_sources(row, problems);
    check_host_bandwidth(row, problems);
  }
}

}  // namespace

void validate(const Facts& facts, Problems& problems) {
  check_models(facts, problems);
  check_towers(facts, problems);
  check_devices(facts, problems);
  check_hosts(facts, problems);
  for (const auto* rows : {&facts.engines, &facts.links}) {
    for (const Row& row : *rows) {
      check_sources(row, problems);
      check_confidence(row, problems);
    }
  }
  for (const auto* rows :
       {&facts.engines, &facts.workloads, &facts.modes, &facts.hosts, &facts.links, &facts.formats}) {
    check_ids(*rows, problems);
  }
}

}  // namespace headroom::facts
