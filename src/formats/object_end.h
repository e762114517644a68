// Finds where a JSON object ends, at memory speed: 64 bytes at a time, knowing strings and nothing else. It does not
// validate; on text that is not JSON the answer is some position, and whoever reads the object refuses it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zhimi::formats {

// Bit i of each mask tells about byte i of a block of 64.
struct BlockMasks {
  uint64_t quote, backslash, open, close;  // " \ { }
};
BlockMasks block_masks(const uint8_t* block64);           // SSE2 or, elsewhere, portable
BlockMasks block_masks_portable(const uint8_t* block64);  // eight bytes in a word at a time

// Scans an object that begins at its first byte and grows at its end; bytes already scanned are not looked at again.
class ObjectEnd {
 public:
  // `data` begins with the object's `{`; 64 bytes behind `size_bytes` must be readable. Returns the object's size, or 0
  // when it does not end here: call again with more.
  size_t find(const uint8_t* data, size_t size_bytes);

 private:
  struct State {
    uint64_t in_string = 0;  // all ones inside a string
    uint64_t escaped = 0;    // 1: the next byte is escaped
    int64_t depth = 0;
  };
  // Returns the bit of the closing brace, or -1.
  static int scan(const BlockMasks& masks, uint64_t valid, State& state);

  State state_;
  size_t done_bytes_ = 0;  // whole blocks
};

}  // namespace zhimi::formats
