// Ed25519 (RFC 8032). Thread-safe.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"

namespace zhimi::crypto {

using PublicKey = std::array<uint8_t, 32>;
using Signature = std::array<uint8_t, 64>;

class Signer {
 public:
  static Result<Signer> from_seed(ByteView seed32);  // RFC 8032's private key; kInvalid: not 32 bytes
  ~Signer();
  Signer(Signer&&) noexcept;
  Signer& operator=(Signer&&) noexcept;
  Signature sign(ByteView message) const;  // deterministic
  const PublicKey& public_key() const;

 private:
  struct State;
  explicit Signer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// False for every malformed key or signature, including a scalar that is not reduced (RFC 8032 section 5.1.7).
bool verify(const PublicKey& key, ByteView message, ByteView signature);

}  // namespace zhimi::crypto
