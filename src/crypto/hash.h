// SHA-256 (FIPS 180-4), HMAC (RFC 2104), HKDF (RFC 5869). Thread-safe: no shared state.
#pragma once

#include <initializer_list>
#include <memory>

#include "base/bytes.h"

namespace zhimi::crypto {

Digest sha256(ByteView data);
Digest sha256(std::initializer_list<ByteView> parts);  // of the concatenation

// Incremental. One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(ByteView data);
  Digest finish();  // once; only the destructor may follow

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// HMAC-SHA256 with the key schedule done once; the key is wiped when it goes. `mac` is const and thread-safe.
class Hmac {
 public:
  explicit Hmac(ByteView key);
  ~Hmac();
  Hmac(Hmac&&) noexcept;
  Hmac& operator=(Hmac&&) noexcept;
  Digest mac(ByteView data) const;
  Digest mac(std::initializer_list<ByteView> parts) const;  // of the concatenation

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest hmac_sha256(ByteView key, ByteView data);
Digest hmac_sha256(ByteView key, std::initializer_list<ByteView> parts);  // of the concatenation
// HKDF-SHA256, extract then expand. At most 255 × 32 bytes (RFC 5869 section 2.3); asking for more ends the process.
SecretBytes hkdf_sha256(ByteView secret, ByteView salt, ByteView info, size_t size_bytes);
SecretBytes hkdf_sha256(ByteView secret, ByteView salt, std::initializer_list<ByteView> info, size_t size_bytes);
// Time depends on the sizes alone. Different sizes are unequal.
bool equal_constant_time(ByteView a, ByteView b);

}  // namespace zhimi::crypto
