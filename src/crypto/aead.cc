#include "crypto/aead.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "crypto/must.h"

namespace zhimi::crypto {

namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const EVP_CIPHER* algorithm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

// This thread's context, keyed afresh by every call. Between calls it holds the last key, as the callers' keys do: each
// is good for one envelope.
EVP_CIPHER_CTX* scratch() {
  thread_local const Context c = [] {
    Context fresh(EVP_CIPHER_CTX_new());
    must(fresh != nullptr, "memory");
    return fresh;
  }();
  return c.get();
}

// EVP counts in int.
constexpr size_t kStepBytes = size_t{1} << 30;

template <class F>
bool in_steps(ByteView data, uint8_t* out, F&& step) {
  for (size_t at = 0; at < data.size(); at += kStepBytes) {
    int n = static_cast<int>(std::min(kStepBytes, data.size() - at));
    int written = 0;
    if (step(out ? out + at : nullptr, &written, data.data() + at, n) != 1) return false;
  }
  return true;
}

}  // namespace

void aead_seal(ByteView key, ByteView nonce, ByteView aad, ByteView plaintext, Bytes& out) {
  must(key.size() == kAeadKeyBytes && nonce.size() == kAeadNonceBytes, "AES-256-GCM key or nonce of a wrong size");
  EVP_CIPHER_CTX* c = scratch();
  auto step = [c](uint8_t* to, int* written, const uint8_t* from, int n) {
    return EVP_EncryptUpdate(c, to, written, from, n);
  };
  size_t at = out.size();
  out.resize(at + plaintext.size() + kAeadTagBytes);
  uint8_t* tag = out.data() + at + plaintext.size();
  uint8_t none[kAeadTagBytes];
  int written = 0;
  must(EVP_EncryptInit_ex2(c, algorithm(), key.data(), nonce.data(), nullptr) == 1 && in_steps(aad, nullptr, step) &&
           in_steps(plaintext, out.data() + at, step) && EVP_EncryptFinal_ex(c, none, &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, kAeadTagBytes, tag) == 1,
       "AES-256-GCM");
}

Status aead_open(ByteView key, ByteView nonce, ByteView aad, ByteView sealed, Bytes& out) {
  if (key.size() != kAeadKeyBytes || nonce.size() != kAeadNonceBytes)
    return make_error(Code::kInvalid, "AES-256-GCM takes a key of 32 bytes and a nonce of 12");
  auto changed = [] { return make_error(Code::kCorrupt, "sealed bytes were changed or the key is another one"); };
  if (sealed.size() < kAeadTagBytes) return changed();
  EVP_CIPHER_CTX* c = scratch();
  auto step = [c](uint8_t* to, int* written, const uint8_t* from, int n) {
    return EVP_DecryptUpdate(c, to, written, from, n);
  };
  ByteView body = sealed.first(sealed.size() - kAeadTagBytes);
  std::array<uint8_t, kAeadTagBytes> tag;
  std::copy_n(sealed.end() - kAeadTagBytes, kAeadTagBytes, tag.begin());
  size_t at = out.size();
  out.resize(at + body.size());
  uint8_t none[kAeadTagBytes];
  int written = 0;
  must(EVP_DecryptInit_ex2(c, algorithm(), key.data(), nonce.data(), nullptr) == 1 && in_steps(aad, nullptr, step) &&
           in_steps(body, out.data() + at, step) &&
           EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, kAeadTagBytes, tag.data()) == 1,
       "AES-256-GCM");
  if (EVP_DecryptFinal_ex(c, none, &written) == 1) return {};
  wipe(out.data() + at, body.size());
  out.resize(at);
  return changed();
}

}  // namespace zhimi::crypto
