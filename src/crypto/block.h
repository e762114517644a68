// AES-256 of a single block (FIPS 197), for tokens that are one block. Never for data. Thread-safe.
#pragma once

#include <array>
#include <memory>

#include "base/bytes.h"

namespace zhimi::crypto {

using Block = std::array<uint8_t, 16>;

// The key schedule is done once, and wiped when the cipher goes.
class BlockCipher {
 public:
  explicit BlockCipher(ByteView key32);  // another size ends the process
  ~BlockCipher();
  BlockCipher(BlockCipher&&) noexcept;
  BlockCipher& operator=(BlockCipher&&) noexcept;
  Block encrypt(const Block& block) const;
  Block decrypt(const Block& block) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zhimi::crypto
