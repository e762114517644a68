// Pseudonyms that name the copy, not the person. One AES-256 block as 26 Crockford base32 characters: patient 40 bits,
// recipient and epoch 24 bits, 64 zero bits as the check, so a stray string matches with probability 2^-64.
// Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace zhimi::mark {

struct TokenParts {
  uint64_t patient = 0;    // 40 bits, the vault's number of the patient
  uint32_t recipient = 0;  // 24 bits: recipient and epoch
};

inline constexpr size_t kTokenChars = 26;

class TokenCipher {
 public:
  explicit TokenCipher(ByteView key32);
  ~TokenCipher();
  TokenCipher(TokenCipher&&) noexcept;
  TokenCipher& operator=(TokenCipher&&) noexcept;
  std::string token(const TokenParts& parts) const;
  std::optional<TokenParts> read(std::string_view token) const;  // nullopt: not one of ours under this key
  // A pseudonym for any other reference ("Observation/1"), of the same look, not readable back; differs per recipient.
  std::string pseudonym(uint32_t recipient, std::string_view reference) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zhimi::mark
