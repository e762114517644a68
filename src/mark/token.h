// Pseudonyms that name the copy, not the person. One AES-256 block as 26 Crockford base32 characters: patient 40 bits,
// recipient and epoch 24 bits, 64 zero bits as the check (big-endian, in this order), so a stray string matches with
// probability 2^-64. The block key is HKDF-SHA256(key, no salt, "zhimi token v1", 32 bytes). Thread-safe.
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
  bool operator==(const TokenParts&) const = default;
};

inline constexpr size_t kTokenChars = 26;

class TokenCipher {
 public:
  explicit TokenCipher(ByteView key32);  // a key, not a passphrase
  ~TokenCipher();
  TokenCipher(TokenCipher&&) noexcept;
  TokenCipher& operator=(TokenCipher&&) noexcept;
  // Parts beyond their bits still give a stable token that differs from every other, but reads as nullopt.
  std::string token(const TokenParts& parts) const;
  // nullopt: not one of ours under this key. Reads lower case, and O, I and L as people type them.
  std::optional<TokenParts> read(std::string_view token) const;
  // A pseudonym for any other reference ("Observation/1"), of the same look, not readable back; differs per recipient:
  // the first 16 bytes of HMAC-SHA256(HKDF-SHA256(key, no salt, "zhimi pseudonym v1", 32 bytes), recipient u32 ‖
  // reference).
  std::string pseudonym(uint32_t recipient, std::string_view reference) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zhimi::mark
