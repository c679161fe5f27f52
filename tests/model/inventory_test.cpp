// The inventory built from catalog fields against the tensor lists of real GGUF files.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "core/model/inventory.h"
#include "tests/model/catalog_rows.h"
#include "tests/truth/llama_cpp_truth.h"

namespace headroom {
namespace {

std::string shape_of(const Tensor& t) {
  std::ostringstream out;
  out << "[" << t.ne[0] << "," << t.ne[1] << "," << t.ne[2] << "," << t.ne[3] << "] " << ggml_type_name(t.source);
  return out.str();
}

using Signature = std::map<std::string, std::string>;

Signature signature(const Inventory& inventory) {
  Signature out;
  for (const Tensor& t : inventory.tensors) out[t.name] = shape_of(t);
  return out;
}

// The first few differences, for the message.
std::string difference(const Signature& real, const Signature& built) {
  constexpr int kMost = 6;
  std::ostringstream out;
  int shown = 0;
  for (const auto& [name, shape] : real) {
    const auto found = built.find(name);
    if (found != built.end() && found->second == shape) continue;
    if (shown++ >= kMost) break;
    out << "\n  real " << name << " " << shape << ", built " << (found == built.end() ? "nothing" : found->second);
  }
  for (const auto& [name, shape] : built) {
    if (real.count(name) != 0) continue;
    if (shown++ >= 2 * kMost) break;
    out << "\n  built " << name << " " << shape << ", not in the file";
  }
  return out.str();
}

// Files whose shapes cannot follow from the catalog, with the reason.
const std::map<std::string, std::string> kDifferent{
    {"Kimi-K3", "the catalog names no GGUF architecture: support was not merged when the facts were collected"},
};

TEST_CASE("names, shapes and types equal those of the real files") {
  std::size_t equal = 0;
  for (const truth::Model& model : truth::models()) {
    const CatalogRow* row = find_catalog_row(model.id);
    REQUIRE_MESSAGE(row != nullptr, model.id);
    const Inventory built = make_inventory(row->arch);
    const std::string diff = difference(signature(model.inventory), signature(built));
    if (kDifferent.count(model.name) != 0) {
      CHECK_MESSAGE(!diff.empty(), model.name << " is listed as different, but equals the file");
      continue;
    }
    CHECK_MESSAGE(diff.empty(), model.name << " (" << model.arch << ")" << diff);
    CHECK_MESSAGE(built.blocks == model.inventory.blocks, model.name);
    CHECK_MESSAGE(built.exact_shapes, model.name);
    equal += diff.empty() ? 1 : 0;
  }
  MESSAGE("tensor lists equal to the file's: " << equal << " of " << truth::models().size());
}

// Architectures whose file holds other weights than the model's parameter count, and why.
const std::map<std::string, std::string> kOtherCount{
    {"bert", "the pooler and RoBERTa's two unused positions are not in the file"},
    {"jina-bert-v3", "task adapters and pooler are not in the file"},
    {"gemma-embedding", "the dense layers behind the pooling are not in the file"},
    {"falcon", "the tied head is written to the file"},
    {"gemma3n", "the converter pads the per-layer table to the whole vocabulary"},
    {"minimax-m3", "the catalog's count leaves out the indexer"},
    {"rwkv6", "the 7B model's low-rank parts are twice as wide as the catalog counts"},
    {"rwkv7", "the first block's value residual"},
};

TEST_CASE("the elements of every catalog model's tensors are its parameters") {
  constexpr double kTolerance = 1e-4, kMostListed = 0.05;
  std::size_t equal = 0;
  for (const CatalogRow& row : catalog_rows()) {
    const Inventory built = make_inventory(row.arch);
    const auto blocks = static_cast<std::int32_t>(row.arch.layers.size());
    std::uint64_t count = 0;
    for (const Tensor& t : built.tensors) {
      const bool rope_table = t.name.rfind("rope_", 0) == 0;
      if (t.layer < blocks && !rope_table) count += t.elements();
    }
    const double off = static_cast<double>(count) / static_cast<double>(row.arch.text_params) - 1;
    const bool listed = kOtherCount.count(row.arch.gguf_arch) != 0;
    INFO(row.id << " (" << row.arch.gguf_arch << "): off by " << off);
    CHECK(std::abs(off) <= (listed ? kMostListed : kTolerance));
    equal += std::abs(off) <= kTolerance ? 1 : 0;
  }
  MESSAGE("models whose tensors sum to their parameters: " << equal << " of " << catalog_rows().size());
}

}  // namespace
}  // namespace headroom
