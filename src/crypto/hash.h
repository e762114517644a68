// SHA-256 (FIPS 180-4), HMAC (RFC 2104), HKDF (RFC 5869). Thread-safe: no shared state.
#pragma once

#include <initializer_list>
#include <memory>

#include "base/bytes.h"

namespace zhimi::crypto {

Digest sha256(ByteView data);
Digest sha256(std::initializer_list<ByteView> parts);  // of the concatenation

class Sha256 {  // incremental
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(ByteView data);
  Digest finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// HMAC-SHA256 with the key schedule done once. `mac` is const and thread-safe.
class Hmac {
 public:
  explicit Hmac(ByteView key);
  ~Hmac();
  Hmac(Hmac&&) noexcept;
  Hmac& operator=(Hmac&&) noexcept;
  Digest mac(ByteView data) const;
  Digest mac(std::initializer_list<ByteView> parts) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest hmac_sha256(ByteView key, ByteView data);
// HKDF-SHA256, extract then expand. At most 255 × 32 bytes.
SecretBytes hkdf_sha256(ByteView secret, ByteView salt, ByteView info, size_t size_bytes);
bool equal_constant_time(ByteView a, ByteView b);

}  // namespace zhimi::crypto
