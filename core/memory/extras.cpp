#include "core/memory/memory.h"

namespace headroom {

Bytes adapter_bytes(const ModelProfile& model, const Adapter& adapter) {
  constexpr std::uint64_t kHalf = 2;
  Bytes sum;
  for (const Tensor& tensor : model.inventory.tensors) {
    if (tensor.layer < 0 || tensor.dims != 2) continue;
    if (tensor.cls != TensorClass::attention && tensor.cls != TensorClass::ffn &&
        tensor.cls != TensorClass::shared_experts) {
      continue;
    }
    sum += (Bytes(tensor.ne[0]) + Bytes(tensor.ne[1])) * adapter.rank * kHalf;
  }
  return sum * adapter.count;
}

}  // namespace headroom
