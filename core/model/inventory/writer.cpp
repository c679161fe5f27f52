#include "core/model/inventory/writer.h"

namespace headroom::gguf {

void Writer::add(std::string_view name, Shape shape, GgmlType source, std::string_view ending) {
  Tensor t;
  std::size_t i = 0;
  for (const std::uint64_t extent : shape) {
    if (extent == 0 || i == t.ne.size()) return;
    t.ne[i++] = extent;
  }
  t.name.reserve(prefix_.size() + name.size() + ending.size());
  t.name.append(prefix_).append(name).append(ending);
  t.dims = static_cast<std::uint8_t>(shape.size());
  t.layer = layer_;
  t.source = source;
  inventory_.tensors.push_back(std::move(t));
}

void Writer::linear(std::string_view name, std::uint64_t in, std::uint64_t out, bool with_bias) {
  add(name, {in, out}, GgmlType::bf16, ".weight");
  if (with_bias) add(name, {out}, GgmlType::f32, ".bias");
}

void Writer::norm(std::string_view name, std::uint64_t width, NormKind kind) {
  if (kind == NormKind::none) return;
  add(name, {width}, GgmlType::f32, ".weight");
  if (kind == NormKind::layer) add(name, {width}, GgmlType::f32, ".bias");
}

}  // namespace headroom::gguf
