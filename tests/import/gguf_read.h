// Feeds a GgufReader from memory in slices, as the page does from a file.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "core/catalog/import/gguf.h"

namespace headroom::testing {

// `file_bytes`: the size the reader is told, which may exceed what `bytes` holds (the data is never asked for).
inline Result<GgufHeader> read_gguf(std::span<const std::uint8_t> bytes, std::optional<std::uint64_t> file_bytes = {},
                                    std::uint64_t slice = 1U << 20U) {
  GgufReader reader(file_bytes);
  while (!reader.done()) {
    const ByteRange range = reader.wanted();
    const std::uint64_t start = std::min<std::uint64_t>(range.offset, bytes.size());
    const std::uint64_t length = std::min({range.length, slice, bytes.size() - start});
    const auto part = bytes.subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(length));
    if (Status problem = reader.feed(part)) return *problem;
  }
  return reader.take();
}

}  // namespace headroom::testing
