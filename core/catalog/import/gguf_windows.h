// Which layers of a GGUF model attend to a window only. Some architectures list it in the file, for others the loader
// knows the pattern. Whether an engine then saves cache memory is the engine's affair (core/engine/gguf_rules.h).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/catalog/import/gguf_keys.h"

namespace headroom {

struct LayerWindows {
  std::vector<std::uint32_t> window;  // tokens per layer, 0 = whole context
  bool chunked = false;
};

[[nodiscard]] LayerWindows gguf_windows(std::string_view architecture, std::uint32_t layers, GgufKeys& keys);

}  // namespace headroom
