#include "crypto/sign.h"

#include <openssl/evp.h>

#include "crypto/must.h"

namespace zhimi::crypto {

namespace {

struct Free {
  void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
  void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

Context new_context() {
  Context c(EVP_MD_CTX_new());
  must(c != nullptr, "memory");
  return c;
}

}  // namespace

struct Signer::State {
  Key key;
  PublicKey public_key{};
};

Result<Signer> Signer::from_seed(ByteView seed32) {
  if (seed32.size() != 32) return make_error(Code::kInvalid, "an Ed25519 seed has 32 bytes");
  auto state = std::make_unique<State>();
  state->key.reset(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, seed32.data(), seed32.size()));
  size_t size = state->public_key.size();
  must(state->key && EVP_PKEY_get_raw_public_key(state->key.get(), state->public_key.data(), &size) == 1 &&
           size == state->public_key.size(),
       "Ed25519");
  return Signer(std::move(state));
}

Signer::Signer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Signer::~Signer() = default;
Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;
const PublicKey& Signer::public_key() const { return state_->public_key; }

Signature Signer::sign(ByteView message) const {
  Context c = new_context();
  Signature signature{};
  size_t size = signature.size();
  must(EVP_DigestSignInit_ex(c.get(), nullptr, nullptr, nullptr, nullptr, state_->key.get(), nullptr) == 1 &&
           EVP_DigestSign(c.get(), signature.data(), &size, message.data(), message.size()) == 1 &&
           size == signature.size(),
       "Ed25519");
  return signature;
}

bool verify(const PublicKey& key, ByteView message, ByteView signature) {
  if (signature.size() != Signature{}.size()) return false;
  Key k(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, key.data(), key.size()));
  if (!k) return false;
  Context c = new_context();
  return EVP_DigestVerifyInit_ex(c.get(), nullptr, nullptr, nullptr, nullptr, k.get(), nullptr) == 1 &&
         EVP_DigestVerify(c.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

}  // namespace zhimi::crypto
