// Decodes an LZMA file of known size: browsers bring only deflate, which leaves the module a quarter larger, and
// JavaScript takes several times as long as this does. The format: LZMA specification by Igor Pavlov, LZMA SDK, public
// domain. A module of its own without a library: the loader (web/unpack.mjs) lays out its memory.
#include <cstddef>
#include <cstdint>

namespace {

constexpr std::uint32_t kStates = 12, kLiteralStates = 7, kPositionStates = 16, kMatchMin = 2;
constexpr std::uint32_t kProbabilityBits = 11, kAdaptation = 5, kTop = 1U << 24U;
constexpr std::uint32_t kHeaderSize = 13;  // properties, dictionary size, size of the content
constexpr std::uint32_t kLiteralTable = 0x300, kMaxLiteralBits = 4;

struct LengthTables {
  std::uint16_t choice[2];
  std::uint16_t low[kPositionStates][8];
  std::uint16_t middle[kPositionStates][8];
  std::uint16_t high[256];
};

struct Tables {
  std::uint16_t is_match[kStates][kPositionStates];
  std::uint16_t is_repeat[kStates];
  std::uint16_t is_repeat0[kStates];
  std::uint16_t is_repeat1[kStates];
  std::uint16_t is_repeat2[kStates];
  std::uint16_t is_long_repeat0[kStates][kPositionStates];
  std::uint16_t slot[4][64];
  std::uint16_t special[128];
  std::uint16_t align[16];
  LengthTables match_length;
  LengthTables repeat_length;
  std::uint16_t literal[kLiteralTable << kMaxLiteralBits];
};

Tables tables;

class RangeDecoder {
 public:
  RangeDecoder(const std::uint8_t* next, const std::uint8_t* end) : next_(next), end_(end) {
    for (int i = 0; i < 5; ++i) code_ = (code_ << 8U) | byte();  // the first is always zero
  }

  [[nodiscard]] bool exhausted() const { return exhausted_; }

  std::uint32_t bit(std::uint16_t& probability) {
    const std::uint32_t p = probability;
    const std::uint32_t bound = (range_ >> kProbabilityBits) * p;
    std::uint32_t value = 0;
    if (code_ < bound) {
      range_ = bound;
      probability = static_cast<std::uint16_t>(p + (((1U << kProbabilityBits) - p) >> kAdaptation));
    } else {
      range_ -= bound;
      code_ -= bound;
      probability = static_cast<std::uint16_t>(p - (p >> kAdaptation));
      value = 1;
    }
    normalize();
    return value;
  }

  std::uint32_t direct(std::uint32_t count) {
    std::uint32_t value = 0;
    for (; count > 0; --count) {
      range_ >>= 1U;
      const std::uint32_t one = code_ >= range_ ? 1 : 0;
      if (one != 0) code_ -= range_;
      normalize();
      value = (value << 1U) | one;
    }
    return value;
  }

  std::uint32_t tree(std::uint16_t* probabilities, std::uint32_t bits) {
    std::uint32_t node = 1;
    for (std::uint32_t i = 0; i < bits; ++i) node = (node << 1U) | bit(probabilities[node]);
    return node - (1U << bits);
  }

  std::uint32_t reverse_tree(std::uint16_t* probabilities, std::uint32_t bits) {
    std::uint32_t node = 1, value = 0;
    for (std::uint32_t i = 0; i < bits; ++i) {
      const std::uint32_t one = bit(probabilities[node]);
      node = (node << 1U) | one;
      value |= one << i;
    }
    return value;
  }

 private:
  std::uint32_t byte() {
    if (next_ != end_) return *next_++;
    exhausted_ = true;
    return 0;
  }

  void normalize() {
    if (range_ >= kTop) return;
    range_ <<= 8U;
    code_ = (code_ << 8U) | byte();
  }

  const std::uint8_t* next_;
  const std::uint8_t* end_;
  std::uint32_t range_ = 0xFFFFFFFFU;
  std::uint32_t code_ = 0;
  bool exhausted_ = false;
};

std::uint32_t read_length(RangeDecoder& coder, LengthTables& length, std::uint32_t position_state) {
  if (coder.bit(length.choice[0]) == 0) return coder.tree(length.low[position_state], 3);
  if (coder.bit(length.choice[1]) == 0) return 8 + coder.tree(length.middle[position_state], 3);
  return 16 + coder.tree(length.high, 8);
}

std::uint32_t read_distance(RangeDecoder& coder, std::uint32_t length) {
  const std::uint32_t slot = coder.tree(tables.slot[length < 3 ? length : 3], 6);
  if (slot < 4) return slot;
  const std::uint32_t bits = (slot >> 1U) - 1;
  const std::uint32_t begin = (2 | (slot & 1U)) << bits;
  if (slot < 14) return begin + coder.reverse_tree(tables.special + (begin - slot), bits);
  const std::uint32_t middle = coder.direct(bits - 4) << 4U;
  return begin + middle + coder.reverse_tree(tables.align, 4);
}

}  // namespace

// True when exactly `size` bytes were decoded.
extern "C" bool unpack(const std::uint8_t* packed, std::uint32_t packed_size, std::uint8_t* out, std::uint32_t size) {
  if (packed_size < kHeaderSize) return false;
  const std::uint32_t literal_bits = packed[0] % 9U;
  const std::uint32_t literal_positions = packed[0] / 9U % 5U;
  const std::uint32_t position_bits = packed[0] / 45U;
  if (literal_bits + literal_positions > kMaxLiteralBits || position_bits > 4) return false;
  auto* const all = reinterpret_cast<std::uint16_t*>(&tables);
  for (std::size_t i = 0; i < sizeof(Tables) / sizeof(std::uint16_t); ++i) all[i] = 1U << (kProbabilityBits - 1);

  RangeDecoder coder(packed + kHeaderSize, packed + packed_size);
  std::uint32_t state = 0, rep0 = 0, rep1 = 0, rep2 = 0, rep3 = 0;
  std::uint32_t position = 0;
  while (position < size) {
    const std::uint32_t position_state = position & ((1U << position_bits) - 1);
    if (coder.bit(tables.is_match[state][position_state]) == 0) {
      const std::uint32_t before = position > 0 ? out[position - 1] : 0;
      const std::uint32_t context =
          ((position & ((1U << literal_positions) - 1)) << literal_bits) + (before >> (8 - literal_bits));
      std::uint16_t* const literal = tables.literal + kLiteralTable * context;
      std::uint32_t symbol = 1;
      if (state >= kLiteralStates) {
        std::uint32_t match = out[position - rep0 - 1];
        while (symbol < 0x100) {
          const std::uint32_t expected = (match >> 7U) & 1U;
          match <<= 1U;
          const std::uint32_t actual = coder.bit(literal[((1 + expected) << 8U) + symbol]);
          symbol = (symbol << 1U) | actual;
          if (expected != actual) break;
        }
      }
      while (symbol < 0x100) symbol = (symbol << 1U) | coder.bit(literal[symbol]);
      out[position++] = static_cast<std::uint8_t>(symbol);
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }
    std::uint32_t length = 0;
    if (coder.bit(tables.is_repeat[state]) == 0) {
      rep3 = rep2;
      rep2 = rep1;
      rep1 = rep0;
      length = read_length(coder, tables.match_length, position_state);
      state = state < kLiteralStates ? 7 : 10;
      rep0 = read_distance(coder, length);
    } else {
      if (coder.bit(tables.is_repeat0[state]) == 0) {
        if (coder.bit(tables.is_long_repeat0[state][position_state]) == 0) {
          if (rep0 >= position) return false;
          state = state < kLiteralStates ? 9 : 11;
          out[position] = out[position - rep0 - 1];
          ++position;
          continue;
        }
      } else {
        std::uint32_t distance = rep1;
        if (coder.bit(tables.is_repeat1[state]) != 0) {
          distance = rep2;
          if (coder.bit(tables.is_repeat2[state]) != 0) {
            distance = rep3;
            rep3 = rep2;
          }
          rep2 = rep1;
        }
        rep1 = rep0;
        rep0 = distance;
      }
      length = read_length(coder, tables.repeat_length, position_state);
      state = state < kLiteralStates ? 8 : 11;
    }
    length += kMatchMin;
    if (rep0 >= position || length > size - position || coder.exhausted()) return false;
    for (; length > 0; --length, ++position) out[position] = out[position - rep0 - 1];
  }
  return !coder.exhausted();
}
