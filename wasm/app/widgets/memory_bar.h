// What fills a memory: coloured parts, what is free, and a legend that says both in words.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "wasm/app/ui.h"

namespace headroom {

struct MemoryPart {
  std::string_view name;
  double bytes = 0;
  ImU32 color = 0;
};

// One bar; parts beyond `capacity` are cut off by a mark. Hovering a part names it.
void memory_bar(Ui& ui, const Rect& rect, std::span<const MemoryPart> parts, double capacity);
// Squares, names and sizes, wrapping; `capacity` minus the parts is listed as free when positive.
void memory_legend(Ui& ui, Flow& flow, std::span<const MemoryPart> parts, double capacity);

}  // namespace headroom
