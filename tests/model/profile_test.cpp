// Weight profiles: bytes of catalog models against the quantizer, and sums that must agree.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "core/model/gguf_mix_table.h"
#include "core/model/profile.h"
#include "tests/model/catalog_rows.h"
#include "tests/truth/llama_cpp_truth.h"

namespace headroom {
namespace {

Format mix_format(std::string_view mix) {
  Format format;
  format.id = format.mix = std::string(mix);
  format.family = FormatFamily::gguf;
  return format;
}

Bytes sum_of_parts(const WeightProfile& w) {
  Bytes sum = w.token_embedding + w.output_head + w.per_layer_embedding + w.position_embedding + w.mtp + w.other;
  for (const GroupWeights& group : w.groups) sum += group.total();
  return sum;
}

TEST_CASE("a model's bytes follow from its catalog fields, row by row as the quantizer says") {
  // Kimi-K3: the file of the dry run lacks the shared experts that the model has.
  constexpr const char* kIncomplete = "Kimi-K3";
  std::map<std::string, ModelProfile> profiles;
  std::size_t rows = 0, exact = 0;
  double worst = 0;
  for (const truth::QuantRow& row : truth::quant_rows()) {
    const truth::Model* truth_model = truth::find_model(row.model);
    REQUIRE(truth_model != nullptr);
    if (profiles.count(row.model) == 0) {
      const CatalogRow* catalog = find_catalog_row(truth_model->id);
      REQUIRE(catalog != nullptr);
      profiles.emplace(row.model, make_model_profile(catalog->id, catalog->arch));
    }
    const ModelProfile& model = profiles.at(row.model);
    const Format format = mix_format(row.mix);
    const WeightProfile weights = make_weight_profile(model, format);
    ++rows;
    INFO(row.model << " " << row.mix);
    if (row.model == kIncomplete) continue;
    CHECK(weights.available == row.ok);
    if (!row.ok) {
      ++exact;
      continue;
    }
    CHECK(weights.file_bytes.value() == row.tensor_bytes);
    CHECK(weights.needs_imatrix == row.needs_imatrix);
    exact += weights.file_bytes.value() == row.tensor_bytes ? 1 : 0;
    worst = std::max(worst, std::abs(weights.file_bytes.as_double() / static_cast<double>(row.tensor_bytes) - 1));
  }
  MESSAGE("rows exact from catalog fields: " << exact << " of " << rows << ", worst " << worst);
}

TEST_CASE("parts sum to the whole for every catalog model") {
  for (const char* mix : {"Q4_K_M", "IQ2_XXS", "BF16"}) {
    const Format format = mix_format(mix);
    for (const CatalogRow& row : catalog_rows()) {
      const ModelProfile model = make_model_profile(row.id, row.arch);
      const WeightProfile w = make_weight_profile(model, format);
      INFO(row.id << " " << mix);
      CHECK(w.available);
      CHECK(sum_of_parts(w) == w.file_bytes);
      CHECK(model.groups.size() <= kMaxGroups);
      CHECK(model.group_of_layer.size() == row.arch.layers.size());
      Bytes layers, experts, groups, group_experts;
      for (const Bytes& b : w.layer_bytes) layers += b;
      for (const Bytes& b : w.layer_expert_bytes) experts += b;
      for (const GroupWeights& g : w.groups) {
        groups += g.total();
        group_experts += g.routed_experts;
      }
      CHECK(layers == groups);
      CHECK(experts == group_experts);
    }
  }
}

TEST_CASE("an imported file keeps the types it has in its own mix, and only there") {
  const CatalogRow* row = find_catalog_row("llama-3.2-1b");
  REQUIRE(row != nullptr);
  const ModelProfile plain = make_model_profile(row->id, row->arch);
  Inventory file = plain.inventory;
  Bytes stored;
  for (Tensor& t : file.tensors) {
    if (t.source == GgmlType::bf16) t.source = GgmlType::q8_0;
    stored += stored_bytes(t.source, t.ne[0], t.elements() / t.ne[0]);
  }
  ModelProfile imported = make_model_profile(row->id, row->arch, file);
  imported.stored_mix = "Q4_K_M";
  CHECK(make_weight_profile(imported, mix_format("Q4_K_M")).file_bytes == stored);
  CHECK(make_weight_profile(imported, mix_format("Q6_K")).file_bytes ==
        make_weight_profile(plain, mix_format("Q6_K")).file_bytes);
}

TEST_CASE("a tied embedding is held twice by decoders and once by encoders") {
  const auto copy = [](const char* id) {
    const CatalogRow* row = find_catalog_row(id);
    REQUIRE(row != nullptr);
    const WeightProfile w = make_weight_profile(make_model_profile(row->id, row->arch), mix_format("Q8_0"));
    return w.tied_head_copy == w.token_embedding;
  };
  CHECK(copy("gemma-3-27b-it"));
  CHECK(copy("llama-3.2-1b"));
  CHECK_FALSE(copy("bge-m3"));
  CHECK_FALSE(copy("llama-3.1-8b"));
}

}  // namespace
}  // namespace headroom
