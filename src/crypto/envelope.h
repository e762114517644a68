// The sealed envelope: every ciphertext at rest is one. Frozen in docs/formats.md section "Envelope".
//
//   offset  size  field
//        0     2  "ZE"
//        2     1  version = 1
//        3     1  suite: 1 intl (AES-256-GCM, SHA-256)
//        4    32  salt
//       36    32  commitment
//       68     n  ciphertext, as long as the padded plaintext
//   68 + n    16  tag
//
// key[32] ‖ nonce[12] ‖ commitment[32] = HKDF-SHA256(secret, salt, info), 76 bytes, with
// info = "zhimi envelope v1" ‖ suite[1] ‖ padding[1] ‖ aad, where padding is 0 (none) or 1 (Padmé). The ciphertext and
// tag are AES-256-GCM under key and nonce with no further associated data: info binds it all.
//
// salt = HMAC-SHA256(HKDF-SHA256(secret, no salt, "zhimi salt v1", 32 bytes), random[32] ‖ plaintext). A cloned machine
// that repeats its random bytes so repeats nothing unless secret, plaintext and aad are the same, and then the whole
// envelope is.
//
// The commitment is compared first, in constant time, so one envelope opens under one secret and aad only (GCM alone
// does not promise that).
//
// Padmé padding: plaintext ‖ 0x80 ‖ zeros, up to padme(size + 1) bytes. When opened, the padding must be exactly that.
#pragma once

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"

namespace zhimi::crypto {

enum class Suite : uint8_t { kIntl = 1, kSm = 2 };  // kSm: SM4-GCM, SM3; not in this version, refused with kInvalid
enum class Padding : uint8_t { kNone = 0, kPadme = 1 };

inline constexpr size_t kEnvelopeOverheadBytes = 4 + 32 + 32 + 16;  // beyond the padded plaintext

// Joins parts, each behind its u32 big-endian length, so that no two lists of parts give the same bytes.
Bytes join_aad(std::initializer_list<ByteView> parts);

// `secret` is a key, not a passphrase: at least 16 random bytes. Thread-safe when `random` is.
Bytes seal(ByteView secret, ByteView aad, ByteView plaintext, Padding padding, Random& random);
// kCorrupt: wrong key, wrong place (aad), wrong padding mode or changed bytes, without telling which. kInvalid: an
// unknown version or suite. Never a part of the plaintext.
Result<Bytes> open(ByteView secret, ByteView aad, ByteView sealed, Padding padding);

// Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PETS 2019,
// section 4): the next size that leaks O(log log n) bits of the length, at most 12 % more. For sizes below 2^63.
size_t padme(size_t size_bytes);

}  // namespace zhimi::crypto
