#include "formats/object_end.h"

#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace zhimi::formats {

namespace {

// Bit i is the exclusive or of bits 0..i: turns quotes into the stretches between them.
uint64_t prefix_xor(uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

// Bytes that a backslash before them makes literal. `carry` is 1 when the block before ended in such a backslash.
uint64_t escaped_bytes(uint64_t backslash, uint64_t& carry) {
  uint64_t escaped = carry;
  backslash &= ~carry;
  carry = 0;
  while (backslash) {
    uint64_t first = backslash & -backslash;
    uint64_t next = first << 1;
    if (!next) carry = 1;
    escaped |= next;
    backslash &= ~(first | next);
  }
  return escaped;
}

// One bit for each byte of `word` that equals `byte`, in memory order on a little-endian machine.
uint64_t equal_bytes(uint64_t word, uint8_t byte) {
  constexpr uint64_t kLow7 = 0x7f7f7f7f7f7f7f7f;
  uint64_t x = word ^ (0x0101010101010101 * byte);
  uint64_t zero = ~(((x & kLow7) + kLow7) | x | kLow7);  // 0x80 where x has a zero byte, exactly
  return ((zero >> 7) * 0x0102040810204080) >> 56;
}

}  // namespace

BlockMasks block_masks_portable(const uint8_t* block64) {
  BlockMasks m{};
  for (int i = 0; i < 8; ++i) {
    uint64_t word;
    std::memcpy(&word, block64 + i * 8, 8);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    m.quote |= equal_bytes(word, '"') << (i * 8);
    m.backslash |= equal_bytes(word, '\\') << (i * 8);
    m.open |= equal_bytes(word, '{') << (i * 8);
    m.close |= equal_bytes(word, '}') << (i * 8);
  }
  return m;
}

#if defined(__SSE2__)
BlockMasks block_masks(const uint8_t* block64) {
  BlockMasks m{};
  for (int i = 0; i < 4; ++i) {
    __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block64 + i * 16));
    auto equal = [&](char c) {
      return static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(c)))))
             << (i * 16);
    };
    m.quote |= equal('"');
    m.backslash |= equal('\\');
    m.open |= equal('{');
    m.close |= equal('}');
  }
  return m;
}
#else
BlockMasks block_masks(const uint8_t* block64) { return block_masks_portable(block64); }
#endif

int ObjectEnd::scan(const BlockMasks& masks, uint64_t valid, State& state) {
  uint64_t quotes = masks.quote;
  if (masks.backslash | state.escaped) quotes &= ~escaped_bytes(masks.backslash, state.escaped);
  uint64_t inside = prefix_xor(quotes) ^ state.in_string;
  state.in_string = static_cast<uint64_t>(static_cast<int64_t>(inside) >> 63);
  uint64_t open = masks.open & ~inside & valid, close = masks.close & ~inside & valid;
  if (state.depth > std::popcount(close)) {  // cannot end in this block
    state.depth += std::popcount(open) - std::popcount(close);
    return -1;
  }
  for (uint64_t both = open | close; both; both &= both - 1) {
    state.depth += (open & both & -both) ? 1 : -1;
    if (state.depth == 0) return std::countr_zero(both);
  }
  return -1;
}

size_t ObjectEnd::find(const uint8_t* data, size_t size_bytes) {
  for (; done_bytes_ + 64 <= size_bytes; done_bytes_ += 64) {
    int bit = scan(block_masks(data + done_bytes_), ~uint64_t{0}, state_);
    if (bit >= 0) return done_bytes_ + static_cast<size_t>(bit) + 1;
  }
  if (size_bytes == done_bytes_) return 0;
  State ahead = state_;  // the last, partial block is scanned again when it is whole
  int bit = scan(block_masks(data + done_bytes_), (uint64_t{1} << (size_bytes - done_bytes_)) - 1, ahead);
  return bit >= 0 ? done_bytes_ + static_cast<size_t>(bit) + 1 : 0;
}

}  // namespace zhimi::formats
