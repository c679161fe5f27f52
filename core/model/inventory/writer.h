// Appends tensors to an inventory under one name prefix ("", "blk.7.", "enc.blk.0.").
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "core/model/architecture.h"
#include "core/model/inventory/layouts.h"
#include "core/model/tensor.h"

namespace headroom::gguf {

class Writer {
 public:
  using Shape = std::initializer_list<std::uint64_t>;  // row length first

  Writer(Inventory& inventory, std::string prefix, std::int32_t layer)
      : inventory_(inventory), prefix_(std::move(prefix)), layer_(layer) {}

  // A matrix keeps the checkpoint's 16 bits, a vector is widened to F32. A shape with a zero adds nothing.
  void add(std::string_view name, Shape shape) { add(name, shape, shape.size() > 1 ? GgmlType::bf16 : GgmlType::f32); }
  // A matrix that the converter keeps in F32 whatever the checkpoint has.
  void add_f32(std::string_view name, Shape shape) { add(name, shape, GgmlType::f32); }
  void add(std::string_view name, Shape shape, GgmlType source, std::string_view ending = {});
  // `name`.weight and, where `with_bias`, `name`.bias over the outputs.
  void linear(std::string_view name, std::uint64_t in, std::uint64_t out, bool with_bias = false);
  // `name`.weight and the bias of a LayerNorm.
  void norm(std::string_view name, std::uint64_t width, NormKind kind);
  [[nodiscard]] std::int32_t layer() const { return layer_; }

 private:
  Inventory& inventory_;
  std::string prefix_;
  std::int32_t layer_;
};

// What every part of a block needs to know.
struct Context {
  const Architecture& arch;
  const Layout& layout;
  [[nodiscard]] NormKind norm_kind() const {
    const bool widen = layout.norm_bias && arch.norm == NormKind::layer_no_bias;
    return widen ? NormKind::layer : arch.norm;
  }
};

void write_mixer(const Context& context, const Mixer& mixer, Writer& out);        // mixers.cpp
void write_recurrent(const Context& context, const Mixer& mixer, Writer& out);    // recurrent.cpp
void write_ffn(const Context& context, const Ffn& ffn, Writer& out);              // ffn.cpp
void write_gemma_block(const Context& context, const Layer& layer, Writer& out);  // gemma.cpp: what Gemma adds
void write_gemma_globals(const Context& context, Inventory& inventory);

// Whole models that share no block with the plain decoder.
void write_bert(const Context& context, Inventory& inventory);
void write_t5(const Context& context, Inventory& inventory);
void write_rwkv6(const Context& context, Inventory& inventory);
void write_rwkv7(const Context& context, Inventory& inventory);
void write_deepseek4(const Context& context, Inventory& inventory);

}  // namespace headroom::gguf
