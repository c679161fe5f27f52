// How web/split.mjs takes the code of a WebAssembly module apart: like stands beside like, which compresses a tenth
// better. A piece of code holds whole functions, without their sizes. It begins with the size of each stream in LEB128,
// then come the streams, in this order, which is that of web/split.mjs. Numbers stand in them as in the module; a
// constant goes by the instruction that takes it.
#pragma once

#include <cstdint>

namespace headroom {

enum Stream : std::uint8_t {
  kOperations,
  kLocals,
  kCalls,
  kOffsets,
  kAddedConstants,
  kStoredConstants,
  kPassedConstants,
  kConstantsBeforeLocals,
  kConstantsBeforeConstants,
  kOtherConstants,
  kLongConstants,
  kReals,
  kBlocks,
  kLabels,
  kGlobals,
  kAlignments,
  kDeclarations,
  kRest,
  kStreams
};

}  // namespace headroom
