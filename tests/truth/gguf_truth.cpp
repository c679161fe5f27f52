#include "tests/truth/gguf_truth.h"

#include <cmath>

#include "core/catalog/import/gguf_types.h"
#include "core/units.h"

namespace headroom::truth {
namespace {

GgufValue gguf_value(const MetaValue& value) {
  GgufValue out;
  out.is_array = value.is_array;
  if (!value.text.empty() || value.numbers.empty()) {
    out.type = GgufType::string;
    out.count = value.text.size();
    out.data = value.text;
    return out;
  }
  out.count = value.numbers.size();
  bool whole = true;
  for (const double n : value.numbers) whole = whole && std::floor(n) == n;
  if (!whole) {
    out.type = GgufType::f64;
    out.data = value.numbers;
    return out;
  }
  out.type = GgufType::i32;
  std::vector<std::int64_t> integers;
  for (const double n : value.numbers) integers.push_back(static_cast<std::int64_t>(n));
  out.data = integers;
  return out;
}

}  // namespace

GgufHeader gguf_header(const Model& model) {
  GgufHeader header;
  const auto text = [&](const std::string& value) {
    GgufValue out;
    out.type = GgufType::string;
    out.count = value.size();
    out.data = value;
    return out;
  };
  header.metadata["general.architecture"] = text(model.arch);
  header.metadata["general.name"] = text(model.name);
  for (const auto& [key, value] : model.meta) {
    if (key.rfind("general.", 0) != 0) header.metadata[model.arch + "." + key] = gguf_value(value);
  }
  std::uint64_t offset = 0;
  for (const Tensor& t : model.inventory.tensors) {
    GgufTensor out;
    out.name = t.name;
    out.ne = t.ne;
    out.dims = t.dims;
    out.type = gguf_type_id(t.source);
    const BlockType block = ggml_block(t.source);
    out.bytes = t.elements() / block.elements * block.bytes;
    out.offset = offset;
    offset = round_up(offset + out.bytes, header.alignment);
    header.tensor_bytes += out.bytes;
    header.tensors.push_back(out);
  }
  return header;
}

}  // namespace headroom::truth
