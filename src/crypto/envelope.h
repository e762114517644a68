// The sealed envelope: every ciphertext at rest is one. Frozen in docs/formats.md section "Envelope".
//
//   "ZE" version=1 suite=1(intl) salt[32] commitment[32] ciphertext tag[16]
// key ‖ nonce ‖ commitment = HKDF-SHA256(secret, salt, "zhimi envelope v1" ‖ suite ‖ aad). The salt is HMAC-SHA256 over
// 32 random bytes and the plaintext, under a key derived from the secret: a cloned machine that repeats its random
// bytes repeats nothing unless the plaintext is the same. The commitment is checked first, so one ciphertext opens
// under one key only. Plaintext is padded (Padmé) when asked.
#pragma once

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"

namespace zhimi::crypto {

enum class Suite : uint8_t {
  kIntl = 1,
  kSm = 2
};  // AES-256-GCM + SHA-256; SM4-GCM + SM3 (not yet built: refused with kInvalid)
enum class Padding : uint8_t { kNone, kPadme };

inline constexpr size_t kEnvelopeOverheadBytes = 4 + 32 + 32 + 16;

// Joins parts, each behind its u32 length, so that no two lists of parts give the same bytes.
Bytes join_aad(std::initializer_list<ByteView> parts);

Bytes seal(ByteView secret, ByteView aad, ByteView plaintext, Padding padding, Random& random);
// kCorrupt: wrong key, wrong place (aad) or changed bytes, without telling which. kInvalid: an unknown version or
// suite.
Result<Bytes> open(ByteView secret, ByteView aad, ByteView sealed, Padding padding);

// Padmé (Nikitin et al., PETS 2019): the next size that leaks O(log log n) bits of the length.
size_t padme(size_t size_bytes);

}  // namespace zhimi::crypto
