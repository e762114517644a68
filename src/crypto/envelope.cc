#include "crypto/envelope.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "crypto/aead.h"
#include "crypto/hash.h"

namespace zhimi::crypto {

namespace {

constexpr uint8_t kMagic[] = {'Z', 'E'};
constexpr uint8_t kVersion = 1;
constexpr uint8_t kSuite = static_cast<uint8_t>(Suite::kIntl);
constexpr size_t kSaltAt = 4, kCommitmentAt = 36, kBodyAt = 68;
constexpr uint8_t kPadMark = 0x80;

// What one salt yields; wiped when it goes.
class Derived {
 public:
  Derived(ByteView secret, ByteView salt, Padding padding, ByteView aad) {
    const uint8_t modes[] = {kSuite, static_cast<uint8_t>(padding)};
    bytes_ = hkdf_sha256(secret, salt, {view("zhimi envelope v1"), modes, aad},
                         kAeadKeyBytes + kAeadNonceBytes + sizeof(Digest));
  }
  ByteView key() const { return bytes_.reveal().first(kAeadKeyBytes); }
  ByteView nonce() const { return bytes_.reveal().subspan(kAeadKeyBytes, kAeadNonceBytes); }
  ByteView commitment() const { return bytes_.reveal().subspan(kAeadKeyBytes + kAeadNonceBytes); }

 private:
  SecretBytes bytes_;
};

Digest fresh_salt(ByteView secret, ByteView plaintext, Random& random) {
  uint8_t fresh[32];
  random.fill(fresh);
  SecretBytes key = hkdf_sha256(secret, {}, view("zhimi salt v1"), sizeof(Digest));
  Digest salt = hmac_sha256(key.reveal(), {ByteView(fresh), plaintext});
  wipe(fresh, sizeof fresh);
  return salt;
}

Bytes padded(ByteView plaintext) {
  Bytes p;
  p.reserve(padme(plaintext.size() + 1));
  append(p, plaintext);
  p.push_back(kPadMark);
  p.resize(padme(p.size()));
  return p;
}

// The size before padding; nullopt when the padding is not the one `padded` writes.
std::optional<size_t> unpadded_size(ByteView p) {
  size_t size = p.size();
  while (size > 0 && p[size - 1] == 0) --size;
  if (size == 0 || p[size - 1] != kPadMark || padme(size) != p.size()) return std::nullopt;
  return size - 1;
}

}  // namespace

size_t padme(size_t size_bytes) {
  if (size_bytes < 2) return size_bytes;
  auto exponent = static_cast<unsigned>(std::bit_width(size_bytes)) - 1;
  auto kept_bits = static_cast<unsigned>(std::bit_width(exponent));  // floor(log2(exponent)) + 1
  size_t mask = (size_t{1} << (exponent - kept_bits)) - 1;
  return (size_bytes + mask) & ~mask;
}

Bytes join_aad(std::initializer_list<ByteView> parts) {
  size_t size = 0;
  for (ByteView p : parts) size += 4 + p.size();
  Bytes out;
  out.reserve(size);
  for (ByteView p : parts) {
    append_u32(out, static_cast<uint32_t>(p.size()));
    append(out, p);
  }
  return out;
}

Bytes seal(ByteView secret, ByteView aad, ByteView plaintext, Padding padding, Random& random) {
  Digest salt = fresh_salt(secret, plaintext, random);
  Derived derived(secret, salt, padding, aad);
  Bytes extended;
  if (padding == Padding::kPadme) {
    extended = padded(plaintext);
    plaintext = extended;
  }
  Bytes out;
  out.reserve(kEnvelopeOverheadBytes + plaintext.size());
  append(out, kMagic);
  out.push_back(kVersion);
  out.push_back(kSuite);
  append(out, salt);
  append(out, derived.commitment());
  aead_seal(derived.key(), derived.nonce(), {}, plaintext, out);
  wipe(extended.data(), extended.size());
  return out;
}

Result<Bytes> open(ByteView secret, ByteView aad, ByteView sealed, Padding padding) {
  auto corrupt = [] {
    return make_error(Code::kCorrupt,
                      "a sealed record does not open: its bytes, its place or its key were changed; "
                      "restore it from a backup");
  };
  if (sealed.size() < kEnvelopeOverheadBytes || sealed[0] != kMagic[0] || sealed[1] != kMagic[1]) return corrupt();
  if (sealed[2] != kVersion || sealed[3] != kSuite)
    return make_error(Code::kInvalid,
                      "a sealed record has a version or suite that this program does not know: "
                      "use the program that wrote it, or a newer one");
  Derived derived(secret, sealed.subspan(kSaltAt, 32), padding, aad);
  if (!equal_constant_time(derived.commitment(), sealed.subspan(kCommitmentAt, 32))) return corrupt();
  Bytes plaintext;
  if (!aead_open(derived.key(), derived.nonce(), {}, sealed.subspan(kBodyAt), plaintext)) return corrupt();
  if (padding == Padding::kNone) return plaintext;
  std::optional<size_t> size = unpadded_size(plaintext);
  if (!size) {
    wipe(plaintext.data(), plaintext.size());
    return corrupt();
  }
  plaintext.resize(*size);
  return plaintext;
}

}  // namespace zhimi::crypto
