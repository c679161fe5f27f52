// Recomputes every row of llama.cpp's quantizer dry run from the real tensor lists.
#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>

#include "core/model/gguf_mix.h"
#include "core/model/gguf_mix_table.h"
#include "tests/truth/llama_cpp_truth.h"

namespace headroom {
namespace {

struct Outcome {
  bool ok = true;
  std::uint64_t bytes = 0;
  bool imatrix = false;
  std::map<std::string, std::uint64_t> count;
};

// The facts as the file's metadata states them, so that the rules are tested apart from the inventory builder.
MixFacts facts_from_metadata(const truth::Model& model) {
  MixFacts facts;
  const double heads = model.number("attention.head_count");
  const double kv_heads = model.number("attention.head_count_kv", heads);
  const double blocks = model.number("block_count");
  const double main_blocks = blocks - model.number("nextn_predict_layers");
  facts.falcon = model.arch == "falcon";
  facts.mxfp4_only_ffn = model.arch == "bailingmoe3";
  facts.experts = static_cast<std::uint32_t>(model.number("expert_count"));
  facts.heads_per_kv = kv_heads > 0 ? static_cast<std::uint32_t>(heads / kv_heads) : 0;
  facts.blocks = static_cast<std::uint32_t>(blocks);
  facts.class_70b = main_blocks == 80 &&
                    ((model.arch == "llama" && heads != kv_heads) || model.arch == "qwen2" || model.arch == "deci");
  facts.tied = true;
  for (const Tensor& t : model.inventory.tensors) facts.tied = facts.tied && t.name != "output.weight";
  return facts;
}

Outcome quantize(const truth::Model& model, const GgufMix& mix) {
  Outcome out;
  const MixFacts facts = facts_from_metadata(model);
  const std::vector<MixSlot> slots = mix_slots(model.inventory, facts);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const Tensor& t = model.inventory.tensors[i];
    const std::optional<GgmlType> type = mix_type(mix, facts, slots[i], t.ne[0], t.source);
    if (!type) {
      out.ok = false;
      return out;
    }
    out.bytes += stored_bytes(*type, t.ne[0], t.elements() / t.ne[0]).value();
    ++out.count[ggml_type_name(*type)];
    if (slots[i].role != MixRole::kept) out.imatrix = out.imatrix || mix_needs_imatrix(mix, slots[i].role, *type);
  }
  return out;
}

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

TEST_CASE("every row of the quantizer's dry run is recomputed to the byte") {
  std::size_t rows = 0;
  for (const truth::QuantRow& row : truth::quant_rows()) {
    const truth::Model* model = truth::find_model(row.model);
    const GgufMix* mix = find_mix(row.mix);
    REQUIRE_MESSAGE(model != nullptr, row.model);
    REQUIRE_MESSAGE(mix != nullptr, row.mix);
    const Outcome out = quantize(*model, *mix);
    ++rows;
    INFO(row.model << " " << row.mix);
    CHECK(out.ok == row.ok);
    if (!row.ok) continue;
    CHECK(out.bytes == row.tensor_bytes);
    CHECK(out.imatrix == row.needs_imatrix);
    std::map<std::string, std::uint64_t> expected;
    for (const auto& [type, count] : row.count_by_type) expected[lower_case(type)] += count;
    std::map<std::string, std::uint64_t> got;
    for (const auto& [type, count] : out.count) got[lower_case(type)] += count;
    CHECK(got == expected);
  }
  CHECK(rows == 102 * 35);
}

TEST_CASE("every mix has a name of its own and finds itself") {
  for (const GgufMix& mix : gguf_mixes()) CHECK(find_mix(mix.name) == &mix);
  CHECK(find_mix("Q4_K") == nullptr);
}

TEST_CASE("type names are found in any case and block sizes are those of ggml") {
  CHECK(find_ggml_type("Q4_K") == GgmlType::q4_k);
  CHECK(find_ggml_type("q4_K") == GgmlType::q4_k);
  CHECK_FALSE(find_ggml_type("q4"));
  CHECK(stored_bytes(GgmlType::q4_k, 4096, 2).value() == 2 * 16 * 144);
  CHECK(stored_bytes(GgmlType::f32, 7, 1).value() == 28);
}

}  // namespace
}  // namespace headroom
