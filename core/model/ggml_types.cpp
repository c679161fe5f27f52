// Block sizes of ggml's tensor types (ggml-common.h of llama.cpp build 11669).
#include <array>
#include <cstddef>

#include "core/model/format.h"

namespace headroom {
namespace {

struct TypeTraits {
  GgmlType type;
  const char* name;
  BlockType block;
};

constexpr std::size_t kTypeCount = static_cast<std::size_t>(GgmlType::count);

constexpr std::array<TypeTraits, kTypeCount> kTypes{{
    {GgmlType::f32, "f32", {1, 4}},
    {GgmlType::f16, "f16", {1, 2}},
    {GgmlType::bf16, "bf16", {1, 2}},
    {GgmlType::q8_0, "q8_0", {32, 34}},
    {GgmlType::q4_0, "q4_0", {32, 18}},
    {GgmlType::q4_1, "q4_1", {32, 20}},
    {GgmlType::q5_0, "q5_0", {32, 22}},
    {GgmlType::q5_1, "q5_1", {32, 24}},
    {GgmlType::iq4_nl, "iq4_nl", {32, 18}},
    {GgmlType::mxfp4, "mxfp4", {32, 17}},
    {GgmlType::nvfp4, "nvfp4", {64, 36}},
    {GgmlType::q1_0, "q1_0", {128, 18}},
    {GgmlType::q2_0, "q2_0", {64, 18}},
    {GgmlType::q2_k, "q2_K", {256, 84}},
    {GgmlType::q3_k, "q3_K", {256, 110}},
    {GgmlType::q4_k, "q4_K", {256, 144}},
    {GgmlType::q5_k, "q5_K", {256, 176}},
    {GgmlType::q6_k, "q6_K", {256, 210}},
    {GgmlType::iq1_s, "iq1_s", {256, 50}},
    {GgmlType::iq1_m, "iq1_m", {256, 56}},
    {GgmlType::iq2_xxs, "iq2_xxs", {256, 66}},
    {GgmlType::iq2_xs, "iq2_xs", {256, 74}},
    {GgmlType::iq2_s, "iq2_s", {256, 82}},
    {GgmlType::iq3_xxs, "iq3_xxs", {256, 98}},
    {GgmlType::iq3_s, "iq3_s", {256, 110}},
    {GgmlType::iq4_xs, "iq4_xs", {256, 136}},
    {GgmlType::tq1_0, "tq1_0", {256, 54}},
    {GgmlType::tq2_0, "tq2_0", {256, 66}},
    {GgmlType::i32, "i32", {1, 4}},
}};

constexpr bool table_is_complete() {
  for (std::size_t i = 0; i < kTypeCount; ++i) {
    if (kTypes[i].type != static_cast<GgmlType>(i) || kTypes[i].block.elements == 0) return false;
  }
  return true;
}
static_assert(table_is_complete(), "one row per type, in the order of the enumeration");

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

const TypeTraits& traits(GgmlType type) {
  const auto i = static_cast<std::size_t>(type);
  return kTypes[i < kTypeCount ? i : 0];
}

}  // namespace

BlockType ggml_block(GgmlType type) { return traits(type).block; }

const char* ggml_type_name(GgmlType type) { return traits(type).name; }

std::optional<GgmlType> find_ggml_type(std::string_view name) {
  for (const TypeTraits& t : kTypes) {
    if (equal_ignoring_case(t.name, name)) return t.type;
  }
  return std::nullopt;
}

}  // namespace headroom
