// Where the tokens of a JSON text stand: simdjson's first stage, the only part of simdjson that Zhimi relies on. What
// it promises is little and fast; every walk over the index is strict by itself.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace zhimi::shape {

// The offset of every token: { } [ ] : , the opening quote of each string, the first byte of each other scalar.
// A token ends before the next one, less white space; a string token so trimmed ends with its closing quote.
struct Tokens {
  const uint32_t* at = nullptr;  // at[count] is the length of the text
  uint32_t count = 0;
};

// Reuses its memory; one per thread.
class Indexer {
 public:
  Indexer();
  ~Indexer();
  // True when the text is valid UTF-8, every string is closed and holds no raw control character, and there is at least
  // one token. `tokens` is valid until the next call. `padded` has kPaddingBytes readable behind it.
  bool run(ByteView padded, Tokens& tokens);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace zhimi::shape
