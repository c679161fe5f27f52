// Decodes an LZMA file as xz writes it, of known size: browsers bring only deflate, which leaves the module a quarter
// larger, and JavaScript takes several times as long as this does. The format: LZMA specification by Igor Pavlov, LZMA
// SDK, public domain. A module of its own without a library: the loader (web/unpack.mjs) lays out its memory. It is
// called for a piece at a time, which lets the browser compile what is there while the rest is decoded, and replace
// this code by a faster compilation of it between two calls.
#include <cstddef>
#include <cstdint>

namespace {

constexpr std::uint32_t kStates = 12, kLiteralStates = 7, kPositionStates = 16, kMatchMin = 2;
constexpr std::uint32_t kProbabilityBits = 11, kAdaptation = 5, kTop = 1U << 24U;
constexpr std::uint32_t kHeaderSize = 13;  // properties, dictionary size, size of the content
constexpr std::uint32_t kLiteralTable = 0x300, kMaxLiteralBits = 4, kMaxPositionBits = 4;
constexpr std::uint32_t kEndMarker = 0xFFFFFFFFU;  // as a distance

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
  RangeDecoder() = default;
  RangeDecoder(const std::uint8_t* next, const std::uint8_t* end) : next_(next), end_(end) {
    for (int i = 0; i < 5; ++i) code_ = (code_ << 8U) | byte();  // the first is always zero
  }

  [[nodiscard]] bool exhausted() const { return exhausted_; }
  // Nothing is left over, and what is left of the number is what a whole stream leaves.
  [[nodiscard]] bool finished() const { return !exhausted_ && next_ == end_ && code_ == 0; }

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

  const std::uint8_t* next_ = nullptr;
  const std::uint8_t* end_ = nullptr;
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

// What was decoded so far, and the last four distances back into it.
class Decoder {
 public:
  Decoder() = default;
  Decoder(const RangeDecoder& coder, std::uint8_t* out, std::uint32_t size, std::uint32_t properties)
      : coder_(coder),
        out_(out),
        size_(size),
        literal_bits_(properties % 9U),
        literal_positions_(properties / 9U % 5U),
        position_bits_(properties / 45U) {}

  // Goes on until `until` bytes are there, or a few more. False when the content is damaged: it must decode to exactly
  // the size asked for, then end with the marker that xz writes, and leave nothing over.
  bool decode(std::uint32_t until) {
    if (literal_bits_ + literal_positions_ > kMaxLiteralBits || position_bits_ > kMaxPositionBits) return false;
    if (until > size_) return false;
    while (position_ < until) {
      if (coder_.exhausted()) return false;
      if (is_literal()) {
        literal();
      } else if (!match()) {
        return false;
      }
    }
    if (position_ < size_) return true;
    return !is_literal() && coder_.bit(tables.is_repeat[state_]) == 0 && is_end_marker() && coder_.finished();
  }

 private:
  [[nodiscard]] std::uint32_t position_state() const { return position_ & ((1U << position_bits_) - 1); }

  bool is_literal() { return coder_.bit(tables.is_match[state_][position_state()]) == 0; }

  void literal() {
    const std::uint32_t before = position_ > 0 ? out_[position_ - 1] : 0;
    const std::uint32_t context =
        ((position_ & ((1U << literal_positions_) - 1)) << literal_bits_) + (before >> (8 - literal_bits_));
    std::uint16_t* const literal = tables.literal + std::size_t{kLiteralTable} * context;
    std::uint32_t symbol = 1;
    if (state_ >= kLiteralStates) {
      std::uint32_t match = out_[position_ - rep0_ - 1];
      while (symbol < 0x100) {
        const std::uint32_t expected = (match >> 7U) & 1U;
        match <<= 1U;
        const std::uint32_t actual = coder_.bit(literal[((1 + expected) << 8U) + symbol]);
        symbol = (symbol << 1U) | actual;
        if (expected != actual) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1U) | coder_.bit(literal[symbol]);
    out_[position_++] = static_cast<std::uint8_t>(symbol);
    state_ = state_ < 4 ? 0 : state_ < 10 ? state_ - 3 : state_ - 6;
  }

  bool match() {
    std::uint32_t length = 0;
    if (coder_.bit(tables.is_repeat[state_]) == 0) {
      rep3_ = rep2_;
      rep2_ = rep1_;
      rep1_ = rep0_;
      length = read_length(coder_, tables.match_length, position_state());
      rep0_ = read_distance(coder_, length);
      state_ = state_ < kLiteralStates ? 7 : 10;
    } else if (coder_.bit(tables.is_repeat0[state_]) == 0) {
      if (coder_.bit(tables.is_long_repeat0[state_][position_state()]) == 0) {
        state_ = state_ < kLiteralStates ? 9 : 11;
        return copy(1);
      }
      length = read_length(coder_, tables.repeat_length, position_state());
      state_ = state_ < kLiteralStates ? 8 : 11;
    } else {
      std::uint32_t distance = rep1_;
      if (coder_.bit(tables.is_repeat1[state_]) != 0) {
        distance = rep2_;
        if (coder_.bit(tables.is_repeat2[state_]) != 0) {
          distance = rep3_;
          rep3_ = rep2_;
        }
        rep2_ = rep1_;
      }
      rep1_ = rep0_;
      rep0_ = distance;
      length = read_length(coder_, tables.repeat_length, position_state());
      state_ = state_ < kLiteralStates ? 8 : 11;
    }
    return copy(length + kMatchMin);
  }

  bool copy(std::uint32_t length) {
    if (rep0_ >= position_ || length > size_ - position_) return false;
    for (; length > 0; --length, ++position_) out_[position_] = out_[position_ - rep0_ - 1];
    return true;
  }

  bool is_end_marker() {
    const std::uint32_t length = read_length(coder_, tables.match_length, position_state());
    return read_distance(coder_, length) == kEndMarker;
  }

  RangeDecoder coder_;
  std::uint8_t* out_ = nullptr;
  std::uint32_t size_ = 0, literal_bits_ = 0, literal_positions_ = 0, position_bits_ = 0;
  std::uint32_t position_ = 0, state_ = 0;
  std::uint32_t rep0_ = 0, rep1_ = 0, rep2_ = 0, rep3_ = 0;
};

Decoder between_calls;

}  // namespace

// Begins with a file that holds exactly `size` bytes, to stand in `out`. False when it is too short to be one.
extern "C" bool unpack_begin(const std::uint8_t* packed, std::uint32_t packed_size, std::uint8_t* out,
                             std::uint32_t size) {
  if (packed_size < kHeaderSize) return false;
  auto* const all = reinterpret_cast<std::uint16_t*>(&tables);
  for (std::size_t i = 0; i < sizeof(Tables) / sizeof(std::uint16_t); ++i) all[i] = 1U << (kProbabilityBits - 1);
  between_calls = Decoder(RangeDecoder(packed + kHeaderSize, packed + packed_size), out, size, packed[0]);
  return true;
}

// Goes on until the first `until` bytes stand in `out`, at most all, and with the last checks the end. False when the
// content is damaged; nothing may then be asked of it any more.
extern "C" bool unpack_until(std::uint32_t until) {
  Decoder decoder = between_calls;  // a copy that the compiler can keep in registers
  const bool sound = decoder.decode(until);
  between_calls = decoder;
  return sound;
}
