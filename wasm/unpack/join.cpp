// Puts the code of a WebAssembly module together from what web/split.mjs took apart. Without a library, like
// unpack.cpp, and as careful with damaged content.
#include <cstdint>

#include "wasm/unpack/streams.h"

namespace headroom {
namespace {

// Operations of WebAssembly that matter here, by their number.
enum Operation : std::uint8_t {
  kBlock = 0x02,
  kIf = 0x04,
  kEnd = 0x0B,
  kBranch = 0x0C,
  kBranchIf = 0x0D,
  kBranchTable = 0x0E,
  kCall = 0x10,
  kCallIndirect = 0x11,
  kLocalGet = 0x20,
  kLocalTee = 0x22,
  kGlobalGet = 0x23,
  kGlobalSet = 0x24,
  kFirstMemory = 0x28,
  kLastMemory = 0x3E,
  kMemorySize = 0x3F,
  kMemoryGrow = 0x40,
  kInt32 = 0x41,
  kInt64 = 0x42,
  kFloat = 0x43,
  kDouble = 0x44,
  kAdd = 0x6A,
  kPrefix = 0xFC,
  kUnaligned = 0xFF,  // ours: the next operation has another alignment than its natural one
};
constexpr std::uint32_t kSaturating = 8, kMemoryCopy = 10, kMemoryFill = 11;  // behind the prefix: all below the first

// log2 of what the memory operations access, which is how they usually align it.
constexpr std::uint8_t kNaturalAlignment[] = {2, 3, 2, 3, 0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 2, 3, 2, 3, 0, 1, 0, 1, 2};
static_assert(sizeof kNaturalAlignment == kLastMemory - kFirstMemory + 1);

constexpr std::uint32_t kMaxLeb = 10, kMaxSizeLeb = 5;  // bytes

bool is_memory(std::uint32_t operation) { return operation >= kFirstMemory && operation <= kLastMemory; }

Stream constant_stream(std::uint32_t next) {
  if (next == kAdd) return kAddedConstants;
  if (is_memory(next) || next == kUnaligned) return kStoredConstants;
  if (next == kCall) return kPassedConstants;
  if (next >= kLocalGet && next <= kLocalTee) return kConstantsBeforeLocals;
  return next == kInt32 ? kConstantsBeforeConstants : kOtherConstants;
}

struct Cursor {
  const std::uint8_t* at = nullptr;
  const std::uint8_t* end = nullptr;
};

class Joiner {
 public:
  Joiner(const std::uint8_t* parts, std::uint32_t size, std::uint8_t* out, std::uint32_t out_size)
      : out_(out), end_(out + out_size) {
    Cursor all{parts, parts + size};
    std::uint32_t sizes[kStreams] = {};
    for (std::uint32_t& each : sizes) each = size_from(all);
    for (std::uint32_t i = 0; i < kStreams; ++i) {
      if (sizes[i] > static_cast<std::uint32_t>(all.end - all.at)) fail();
      if (!sound_) return;
      streams_[i] = {all.at, all.at + sizes[i]};
      all.at += sizes[i];
    }
    if (all.at != all.end) fail();
  }

  bool join() {
    while (sound_ && out_ != end_) function();
    for (const Cursor& stream : streams_) sound_ = sound_ && stream.at == stream.end;
    return sound_;
  }

 private:
  std::uint8_t fail() {
    sound_ = false;
    return 0;
  }

  std::uint8_t byte_from(Cursor& from) { return from.at == from.end ? fail() : *from.at++; }

  std::uint32_t size_from(Cursor& from) {
    std::uint32_t value = 0;
    for (std::uint32_t i = 0; i < kMaxSizeLeb; ++i) {
      const std::uint8_t byte = byte_from(from);
      value |= (byte & 0x7FU) << (7 * i);
      if (byte < 0x80U) return value;
    }
    return fail();
  }

  void put(std::uint8_t byte) {
    if (out_ == end_) {
      fail();
    } else {
      *out_++ = byte;
    }
  }

  std::uint8_t copy(Stream stream) {
    const std::uint8_t byte = byte_from(streams_[stream]);
    put(byte);
    return byte;
  }

  void copy_bytes(Stream stream, std::uint32_t count) {
    for (; count > 0; --count) copy(stream);
  }

  // A number as it was written, also when in more bytes than it needs. Its low 32 bits.
  std::uint32_t copy_number(Stream stream) {
    std::uint32_t value = 0;
    for (std::uint32_t i = 0; i < kMaxLeb; ++i) {
      const std::uint8_t byte = copy(stream);
      if (i < kMaxSizeLeb) value |= (byte & 0x7FU) << (7 * i);
      if (byte < 0x80U) return value;
    }
    return fail();
  }

  void function() {
    // The size stands before the code, and how many bytes it takes is known after it: mostly one or two.
    std::uint8_t* const begin = out_;
    put(0);
    for (std::uint32_t groups = copy_number(kDeclarations); sound_ && groups > 0; --groups) {
      copy_number(kDeclarations);
      copy(kDeclarations);
    }
    for (std::uint32_t depth = 1; sound_ && depth > 0;) {
      const std::uint8_t operation = byte_from(streams_[kOperations]);
      if (operation >= kBlock && operation <= kIf) ++depth;
      if (operation == kEnd) --depth;
      instruction(operation);
    }
    if (sound_) insert_size(begin);
  }

  void insert_size(std::uint8_t* begin) {
    const auto size = static_cast<std::uint32_t>(out_ - begin - 1);
    std::uint32_t more = 0;
    for (std::uint32_t rest = size >> 7U; rest > 0; rest >>= 7U) ++more;
    if (static_cast<std::uint32_t>(end_ - out_) < more) {
      fail();
      return;
    }
    out_ += more;
    for (std::uint32_t i = size; more > 0 && i > 0; --i) begin[i + more] = begin[i];
    for (std::uint32_t i = 0; i <= more; ++i) {
      const std::uint32_t seven = (size >> (7 * i)) & 0x7FU;
      begin[i] = static_cast<std::uint8_t>(i < more ? seven | 0x80U : seven);
    }
  }

  void instruction(std::uint8_t operation) {
    if (operation == kUnaligned) {
      const std::uint8_t unaligned = copy(kOperations);
      if (!is_memory(unaligned)) fail();
      copy_number(kAlignments);
      copy_number(kOffsets);
      return;
    }
    put(operation);
    if (operation >= kLocalGet && operation <= kLocalTee) {
      copy_number(kLocals);
    } else if (is_memory(operation)) {
      put(kNaturalAlignment[operation - kFirstMemory]);
      copy_number(kOffsets);
    } else if (operation == kInt32) {
      const Cursor& next = streams_[kOperations];
      copy_number(constant_stream(next.at == next.end ? std::uint32_t{kEnd} : *next.at));
    } else {
      rare(operation);
    }
  }

  void rare(std::uint8_t operation) {
    switch (operation) {
      case kBlock:
      case kBlock + 1:
      case kIf: copy_number(kBlocks); break;
      case kBranch:
      case kBranchIf: copy_number(kLabels); break;
      case kBranchTable: {
        std::uint32_t labels = copy_number(kRest);
        do copy_number(kRest);
        while (sound_ && labels-- > 0);
        break;
      }
      case kCall: copy_number(kCalls); break;
      case kCallIndirect:
        copy_number(kRest);
        copy_number(kRest);
        break;
      case kGlobalGet:
      case kGlobalSet: copy_number(kGlobals); break;
      case kMemorySize:
      case kMemoryGrow: copy(kRest); break;
      case kInt64: copy_number(kLongConstants); break;
      case kFloat: copy_bytes(kReals, sizeof(float)); break;
      case kDouble: copy_bytes(kReals, sizeof(double)); break;
      case kPrefix: {
        const std::uint32_t extended = copy_number(kRest);
        if (extended == kMemoryCopy) {
          copy_bytes(kRest, 2);
        } else if (extended == kMemoryFill) {
          copy(kRest);
        } else if (extended >= kSaturating) {
          fail();
        }
        break;
      }
      default: break;
    }
  }

  Cursor streams_[kStreams];
  std::uint8_t* out_;
  std::uint8_t* end_;
  bool sound_ = true;
};

}  // namespace
}  // namespace headroom

// Makes exactly `out_size` bytes in `out`, of functions that lie apart in `parts`. False when the content is damaged.
extern "C" bool join_code(const std::uint8_t* parts, std::uint32_t size, std::uint8_t* out, std::uint32_t out_size) {
  return headroom::Joiner(parts, size, out, out_size).join();
}
