#include "core/catalog/import/gguf_types.h"

#include <array>
#include <cstddef>

namespace headroom {
namespace {

// Numbers: enum ggml_type of ggml (include/ggml.h, ggml 0.27).
struct TypeNumber {
  std::uint32_t id;
  GgmlType type;
};
constexpr std::array<TypeNumber, static_cast<std::size_t>(GgmlType::count)> kNumbers{{
    {0, GgmlType::f32},      {1, GgmlType::f16},     {2, GgmlType::q4_0},     {3, GgmlType::q4_1},
    {6, GgmlType::q5_0},     {7, GgmlType::q5_1},    {8, GgmlType::q8_0},     {10, GgmlType::q2_k},
    {11, GgmlType::q3_k},    {12, GgmlType::q4_k},   {13, GgmlType::q5_k},    {14, GgmlType::q6_k},
    {16, GgmlType::iq2_xxs}, {17, GgmlType::iq2_xs}, {18, GgmlType::iq3_xxs}, {19, GgmlType::iq1_s},
    {20, GgmlType::iq4_nl},  {21, GgmlType::iq3_s},  {22, GgmlType::iq2_s},   {23, GgmlType::iq4_xs},
    {29, GgmlType::iq1_m},   {30, GgmlType::bf16},   {34, GgmlType::tq1_0},   {35, GgmlType::tq2_0},
    {39, GgmlType::mxfp4},   {40, GgmlType::nvfp4},  {41, GgmlType::q1_0},    {42, GgmlType::q2_0},
    {26, GgmlType::i32},
}};

struct OtherType {
  std::uint32_t id;
  const char* name;
  BlockType block;
};
// Sizes: the block structures of ggml (ggml-common.h): q8_1 = 2 halves + 32 bytes, q8_K = float + 256 + 16 int16.
constexpr std::array<OtherType, 6> kOthers{{
    {9, "q8_1", {32, 36}},
    {15, "q8_K", {256, 292}},
    {24, "i8", {1, 1}},
    {25, "i16", {1, 2}},
    {27, "i64", {1, 8}},
    {28, "f64", {1, 8}},
}};

constexpr std::uint32_t kTypeLimit = 43;
constexpr std::array<std::uint32_t, 8> kRemoved{4, 5, 31, 32, 33, 36, 37, 38};

std::array<std::optional<GgufTensorType>, kTypeLimit> make_table() {
  std::array<std::optional<GgufTensorType>, kTypeLimit> table;
  for (const TypeNumber& n : kNumbers) {
    table[n.id] = GgufTensorType{ggml_type_name(n.type), ggml_block(n.type), n.type};
  }
  for (const OtherType& o : kOthers) table[o.id] = GgufTensorType{o.name, o.block, std::nullopt};
  return table;
}

}  // namespace

const GgufTensorType* gguf_tensor_type(std::uint32_t id) {
  static const auto table = make_table();
  return id < kTypeLimit && table[id] ? &*table[id] : nullptr;
}

const char* gguf_type_problem(std::uint32_t id) {
  for (const std::uint32_t removed : kRemoved) {
    if (id == removed) return "a format that was removed from GGUF; make the file again with a current converter";
  }
  return "not a known tensor type (0 to 42)";
}

std::optional<std::uint32_t> gguf_type_by_name(std::string_view name) {
  for (std::uint32_t id = 0; id < kTypeLimit; ++id) {
    const GgufTensorType* type = gguf_tensor_type(id);
    if (type != nullptr && name == type->name) return id;
  }
  return std::nullopt;
}

std::uint32_t gguf_type_id(GgmlType type) {
  for (const TypeNumber& n : kNumbers) {
    if (n.type == type) return n.id;
  }
  return kTypeLimit;
}

}  // namespace headroom
