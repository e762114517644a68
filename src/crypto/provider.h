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
  virtual Result<SecretBytes> unwrap(ByteView wrapped,
                                     ByteView aad) = 0;  // kCorrupt when it was changed, kUnavailable when out of reach
};

struct Argon2Cost {
  uint32_t memory_kib = 65536;
  uint32_t passes = 3;
  uint32_t lanes = 1;
};

// Argon2id (RFC 9106) over the passphrase and a random salt. `record` is public: salt, cost and a check value; it holds
// no secret.
class PassphraseProvider final : public KeyProvider {
 public:
  static Result<std::unique_ptr<PassphraseProvider>> create(std::string_view passphrase, const Argon2Cost& cost,
                                                            Random& random);
  // kRefused: the passphrase is wrong. kInvalid: `record` is not one, or asks for more than 1 GiB or 16 passes.
  static Result<std::unique_ptr<PassphraseProvider>> open(std::string_view passphrase, std::string_view record,
                                                          Random& random);
  const std::string& record() const { return record_; }  // one line of text, kept beside the keyring
  Result<Bytes> wrap(ByteView secret, ByteView aad) override;
  Result<SecretBytes> unwrap(ByteView wrapped, ByteView aad) override;

 private:
  PassphraseProvider(SecretBytes key, std::string record, Random& random);
  SecretBytes key_;
  std::string record_;
  Random& random_;
};

}  // namespace zhimi::crypto
