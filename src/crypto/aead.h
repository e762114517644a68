// AES-256-GCM (NIST SP 800-38D), 96-bit nonce, 128-bit tag. The caller guarantees that a nonce is never used twice
// under one key; Zhimi derives key and nonce together, so each pair is used once (docs/formats.md). Thread-safe.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace zhimi::crypto {

inline constexpr size_t kAeadKeyBytes = 32;
inline constexpr size_t kAeadNonceBytes = 12;
inline constexpr size_t kAeadTagBytes = 16;

// Appends ciphertext and tag to `out`. No input may lie inside `out`. A key or nonce of another size ends the process.
void aead_seal(ByteView key, ByteView nonce, ByteView aad, ByteView plaintext, Bytes& out);
// Appends the plaintext to `out`. kCorrupt when anything was changed; kInvalid for a key or nonce of another size;
// nothing is appended then.
Status aead_open(ByteView key, ByteView nonce, ByteView aad, ByteView sealed, Bytes& out);

}  // namespace zhimi::crypto
