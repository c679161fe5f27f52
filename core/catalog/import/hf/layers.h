// What kind each layer of a config.json is, from the many ways in which families list it.
#pragma once

#include <cstdint>
#include <vector>

#include "core/catalog/import/hf/family.h"
#include "core/catalog/import/hf/fields.h"

namespace headroom::hf {

enum class LayerKind : std::uint8_t {
  full,
  sliding,
  chunked,
  linear,      // linear attention of the family's kind
  ssm,         // Mamba or another recurrent mixer of the family
  conv,        // short convolution
  mlp,         // feed-forward only (Nemotron-H)
  moe,         // experts only
  compressed,  // DeepSeek-V4
  cross,       // to the tokens of an image
  absent,      // no mixer, but a feed-forward part
};

struct LayerPlan {
  std::vector<LayerKind> kinds;
  std::uint32_t window = 0;          // tokens, of the sliding and chunked layers
  bool alone = false;                // a layer is a mixer or a feed-forward part, not both (Nemotron-H)
  std::vector<std::string> unknown;  // words of the lists that were not understood, read as full attention
};

[[nodiscard]] LayerPlan plan_layers(const Family& family, std::uint32_t layers, Fields& config);

}  // namespace headroom::hf
