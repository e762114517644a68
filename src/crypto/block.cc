#include "crypto/block.h"

#include <openssl/evp.h>

#include <atomic>

#include "crypto/must.h"

namespace zhimi::crypto {

namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const EVP_CIPHER* algorithm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr);
  return cipher;
}

Context keyed(ByteView key, bool encrypting) {
  Context c(EVP_CIPHER_CTX_new());
  must(c && EVP_CipherInit_ex2(c.get(), algorithm(), key.data(), nullptr, encrypting, nullptr) == 1 &&
           EVP_CIPHER_CTX_set_padding(c.get(), 0) == 1,
       "AES-256");
  return c;
}

// A context serves one caller at a time. Idle ones wait in a few slots; a caller that finds none copies the first.
class Contexts {
 public:
  Contexts(ByteView key, bool encrypting) : first_(keyed(key, encrypting)) {}
  Contexts(const Contexts&) = delete;
  Contexts& operator=(const Contexts&) = delete;
  ~Contexts() {
    for (auto& slot : idle_) EVP_CIPHER_CTX_free(slot.load());
  }

  Block apply(const Block& in) {
    Context c = take();
    Block out;
    int n = 0;
    must(EVP_CipherUpdate(c.get(), out.data(), &n, in.data(), static_cast<int>(in.size())) == 1 && n == 16, "AES-256");
    give(std::move(c));
    return out;
  }

 private:
  Context take() {
    for (auto& slot : idle_)
      if (slot.load(std::memory_order_relaxed))
        if (EVP_CIPHER_CTX* c = slot.exchange(nullptr, std::memory_order_acquire)) return Context(c);
    Context c(EVP_CIPHER_CTX_new());
    must(c && EVP_CIPHER_CTX_copy(c.get(), first_.get()) == 1, "AES-256");
    return c;
  }
  void give(Context c) {
    EVP_CIPHER_CTX* idle = c.release();
    for (auto& slot : idle_) {
      EVP_CIPHER_CTX* empty = nullptr;
      if (slot.compare_exchange_strong(empty, idle, std::memory_order_release, std::memory_order_relaxed)) return;
    }
    EVP_CIPHER_CTX_free(idle);
  }

  const Context first_;  // only copied, never used
  std::array<std::atomic<EVP_CIPHER_CTX*>, 8> idle_{};
};

}  // namespace

struct BlockCipher::State {
  explicit State(ByteView key) : encrypting(key, true), decrypting(key, false) {}
  Contexts encrypting;
  Contexts decrypting;
};

BlockCipher::BlockCipher(ByteView key32) {
  must(key32.size() == 32, "AES-256 key of a wrong size");
  state_ = std::make_unique<State>(key32);
}
BlockCipher::~BlockCipher() = default;
BlockCipher::BlockCipher(BlockCipher&&) noexcept = default;
BlockCipher& BlockCipher::operator=(BlockCipher&&) noexcept = default;
Block BlockCipher::encrypt(const Block& block) const { return state_->encrypting.apply(block); }
Block BlockCipher::decrypt(const Block& block) const { return state_->decrypting.apply(block); }

}  // namespace zhimi::crypto
