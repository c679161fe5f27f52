// The tensors of a file whatever its format, and their compact form in JSON: tensors that differ only in the layer
// number share one entry.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/result.h"

namespace headroom {

struct FileTensor {
  std::string name;
  std::string type;                             // as its format names it: "q4_K", "BF16"
  std::array<std::uint64_t, 4> ne{1, 1, 1, 1};  // ne[0] is the row length
  std::uint8_t dims = 1;
  std::uint64_t bytes = 0;
  [[nodiscard]] std::uint64_t elements() const { return ne[0] * ne[1] * ne[2] * ne[3]; }
};

// [["blk.#.attn_q.weight", [4096, 4096], "q4_K", bytes, [[0, 31]]], ...]; without ranges outside the layers.
[[nodiscard]] nlohmann::json tensors_to_json(const std::vector<FileTensor>& tensors);
// Errors (bad_value): anything that tensors_to_json() does not write, and sizes beyond belief.
[[nodiscard]] Result<std::vector<FileTensor>> tensors_from_json(const nlohmann::json& value);

// The number of the layer in "model.layers.7.mlp.up_proj.weight" or "blk.7.ffn_up.weight"; -1 outside the layers.
// `begin` and `length` say where its digits stand.
struct LayerNumber {
  std::int32_t layer = -1;
  std::size_t begin = 0, length = 0;
};
[[nodiscard]] LayerNumber layer_number(const std::string& name);

}  // namespace headroom
