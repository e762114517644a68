// Where the root key lives. A provider wraps and unwraps small secrets; it never hands out its own key.
// The passphrase provider is here; PKCS#11 and GM/T 0018 SDF providers implement the same interface.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"

namespace zhimi::crypto {

class KeyProvider {
 public:
  virtual ~KeyProvider() = default;
  virtual Result<Bytes> wrap(ByteView secret, ByteView aad) = 0;
  // kCorrupt when it was changed, kUnavailable when the key is out of reach.
  virtual Result<SecretBytes> unwrap(ByteView wrapped, ByteView aad) = 0;
};

struct Argon2Cost {
  uint32_t memory_kib = 65536;
  uint32_t passes = 3;
  uint32_t lanes = 1;
};

// The cost that a record may ask for, so that a changed one cannot exhaust the machine.
inline constexpr Argon2Cost kArgon2Most{.memory_kib = 1u << 20, .passes = 16, .lanes = 16};

// Argon2id (RFC 9106) over the passphrase and a random salt. `record` is public: salt, cost and a check value; it holds
// no secret. Frozen in docs/formats.md section "Passphrase record"; one line, without its end:
//
//   zhimi-passphrase-v1 argon2id m=65536 t=3 p=1 salt=<32 hex> check=<32 hex>
//
// m is KiB, t passes, p lanes, decimal without leading zeros; hex is lower case. With master = Argon2id(passphrase,
// salt, 32 bytes), check = HKDF-SHA256(master, no salt, "zhimi passphrase check v1", 16 bytes), and a wrapped secret is
// an envelope (crypto/envelope.h, no padding) under HKDF-SHA256(master, no salt, "zhimi passphrase wrap v1", 32 bytes).
// Thread-safe when `random` is, which is borrowed and outlives the provider.
class PassphraseProvider final : public KeyProvider {
 public:
  // kUsage: an empty passphrase, one beyond 1024 bytes, or a cost beyond kArgon2Most. kUnavailable: not enough memory.
  static Result<std::unique_ptr<PassphraseProvider>> create(std::string_view passphrase, const Argon2Cost& cost,
                                                            Random& random);
  // kRefused: the passphrase is wrong (or salt, cost or check were changed). kInvalid: `record` is not one, or asks for
  // more than kArgon2Most: 1 GiB, 16 passes, 16 lanes. kUnavailable: not enough memory.
  static Result<std::unique_ptr<PassphraseProvider>> open(std::string_view passphrase, std::string_view record,
                                                          Random& random);
  const std::string& record() const { return record_; }  // kept beside the keyring
  Result<Bytes> wrap(ByteView secret, ByteView aad) override;
  Result<SecretBytes> unwrap(ByteView wrapped, ByteView aad) override;

 private:
  PassphraseProvider(SecretBytes key, std::string record, Random& random);
  SecretBytes key_;
  std::string record_;
  Random& random_;
};

}  // namespace zhimi::crypto
