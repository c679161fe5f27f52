#include "core/model/inventory/writer.h"

#include "core/model/inventory.h"

namespace headroom::gguf {

void Writer::add(std::string_view name, Shape shape, GgmlType source) {
  Tensor t;
  std::size_t i = 0;
  bool matrix = false;
  for (const std::uint64_t extent : shape) {
    if (extent == 0 || i == t.ne.size()) return;
    t.ne[i] = extent;
    matrix = matrix || (i > 0 && extent > 1);
    ++i;
  }
  t.name.reserve(prefix_.size() + name.size());
  t.name.append(prefix_).append(name);
  t.dims = static_cast<std::uint8_t>(shape.size());
  t.cls = tensor_class(t.name, matrix);
  t.layer = layer_;
  t.source = source;
  inventory_.tensors.push_back(std::move(t));
}

void Writer::linear(std::string_view name, std::uint64_t in, std::uint64_t out, bool with_bias) {
  const std::string base(name);
  add(base + ".weight", {in, out});
  if (with_bias) add(base + ".bias", {out});
}

void Writer::norm(std::string_view name, std::uint64_t width, NormKind kind) {
  if (kind == NormKind::none) return;
  const std::string base(name);
  add(base + ".weight", {width});
  if (kind == NormKind::layer) add(base + ".bias", {width});
}

}  // namespace headroom::gguf
