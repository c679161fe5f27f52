// The tensors of one block of a GGUF file, and what they say about the block's mixer and feed-forward part.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "core/catalog/import/gguf.h"
#include "core/model/architecture.h"

namespace headroom {

class GgufBlock {
 public:
  // `part` must outlive the block (it points into the header).
  void add(std::string_view part, const GgufTensor& tensor) { tensors_.emplace(part, &tensor); }
  [[nodiscard]] bool empty() const { return tensors_.empty(); }
  [[nodiscard]] bool has(std::string_view part) const { return tensors_.contains(part); }
  [[nodiscard]] bool has_prefix(std::string_view prefix) const;
  // Length of dimension `d`, 0 when the block has no such tensor; saturates at 2^32 - 1.
  [[nodiscard]] std::uint32_t ne(std::string_view part, std::size_t d) const;
  // Weights of the tensors whose part starts with `prefix`.
  [[nodiscard]] std::uint64_t elements(std::string_view prefix) const;
  [[nodiscard]] const std::map<std::string_view, const GgufTensor*>& tensors() const { return tensors_; }

 private:
  std::map<std::string_view, const GgufTensor*> tensors_;
};

// What the metadata state for one layer, already resolved from lists and defaults.
struct GgufLayerFacts {
  std::uint32_t hidden = 0;
  std::uint32_t heads = 0;
  std::uint32_t kv_heads = 0;
  std::uint32_t key_length = 0;
  std::uint32_t value_length = 0;
  std::uint32_t window = 0;  // 0: whole context
  bool chunked = false;
  bool shares_kv = false;
  std::uint32_t key_length_mla = 0;  // per head, before compression
  std::uint32_t value_length_mla = 0;
  Indexer indexer;
  std::uint32_t indexer_block = 1;  // tokens per selected block
  std::uint32_t compress_ratio = 0;
  std::uint32_t ssm_inner = 0, ssm_state = 0, ssm_rank = 0, ssm_groups = 0, ssm_conv = 0;
  std::uint32_t kda_head_dim = 0;
  std::uint32_t short_conv = 0;
  std::uint32_t wkv_head_size = 0;
  std::uint32_t experts = 0;
  std::uint32_t experts_used = 0;
  std::uint32_t shared_experts = 0;
};

// MixerKind::none when the block has no token mixer; MixerKind::custom when it has one that is not known.
[[nodiscard]] Mixer gguf_mixer(const GgufBlock& block, const GgufLayerFacts& facts);
[[nodiscard]] Ffn gguf_ffn(const GgufBlock& block, const GgufLayerFacts& facts);

}  // namespace headroom
