#include <algorithm>

#include "core/memory/element_sizes.h"
#include "core/memory/memory.h"

namespace headroom {

// llama.cpp's clip.cpp plans one picture when it loads the tower (clip_ctx, warmup) and keeps that buffer. Read off
// logged ones: the picture and what goes in with it; beside that the widest stage of a layer, in rows of its width.
// How near that comes to others: tests/memory/tower_test.cpp.
TowerBuffers tower_buffers(const VisionStep& step, bool flash_attention) {
  constexpr std::uint64_t kColours = 3, kPositionsOfPatch = 4;
  constexpr std::uint64_t kFused = 6;    // the residual; queries, keys and values as they come; both rotated
  constexpr std::uint64_t kUnfused = 7;  // and values turned
  constexpr std::uint64_t kBesideNetwork = 2, kGated = 3;
  const std::uint64_t patches = step.patches;
  const Bytes row(step.hidden);
  const Bytes network = row * kBesideNetwork + Bytes(step.ffn) * (step.gated ? kGated : 1);
  Bytes stage = std::max(row * (flash_attention ? kFused : kUnfused), network);
  if (!flash_attention) stage = std::max(stage, row * kUnfused + Bytes(step.heads) * patches);
  stage += row * step.deep;
  const Bytes pixels = Bytes(patches) * step.patch * step.patch * kColours;
  const Bytes mask = step.masked ? Bytes(patches) * patches : Bytes(0);
  const Bytes given = (pixels + mask) * kFloat + Bytes(patches) * (kPositionsOfPatch * kIndex);
  return {given + stage * (kFloat * patches), given};
}

}  // namespace headroom
