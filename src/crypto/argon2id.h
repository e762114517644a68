// Argon2id (RFC 9106), version 0x13. Thread-safe. Takes cost.memory_kib of memory and its time by design.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/provider.h"

namespace zhimi::crypto {

// The inputs of RFC 9106 section 3.1, by their meaning there. Views are borrowed for the call.
struct Argon2Input {
  ByteView passphrase;  // P
  ByteView salt;        // S, at least 8 bytes
  ByteView secret;      // K, may be empty
  ByteView data;        // X, may be empty
};

// kInvalid: a cost or size that RFC 9106 does not allow. kUnavailable: not enough memory.
Result<SecretBytes> argon2id(const Argon2Input& input, const Argon2Cost& cost, size_t size_bytes);

}  // namespace zhimi::crypto
