#include "crypto/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

#include "crypto/must.h"

namespace zhimi::crypto {

namespace {

constexpr size_t kBlockBytes = 64;
constexpr size_t kDigestBytes = 32;
using Parts = std::initializer_list<ByteView>;

struct FreeContext {
  void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// Fetched once: a fetch by name costs more than a short hash.
const EVP_MD* algorithm() {
  static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  return md;
}

Context new_context() {
  Context c(EVP_MD_CTX_new());
  must(c != nullptr, "memory");
  return c;
}

// A context of this thread, so that no call allocates one. Every use starts by setting its whole state.
EVP_MD_CTX* scratch() {
  thread_local const Context c = new_context();
  return c.get();
}

void start(EVP_MD_CTX* c) { must(EVP_DigestInit_ex2(c, algorithm(), nullptr) == 1, "SHA-256"); }

void update(EVP_MD_CTX* c, ByteView data) {
  if (!data.empty()) must(EVP_DigestUpdate(c, data.data(), data.size()) == 1, "SHA-256");
}

void copy(EVP_MD_CTX* to, const EVP_MD_CTX* from) { must(EVP_MD_CTX_copy_ex(to, from) == 1, "SHA-256"); }

Digest finish(EVP_MD_CTX* c) {
  Digest d;
  must(EVP_DigestFinal_ex(c, d.data(), nullptr) == 1, "SHA-256");
  return d;
}

// The key as one block, combined with the inner or outer pad of RFC 2104 section 2; wiped when it goes.
class KeyBlock {
 public:
  explicit KeyBlock(ByteView key) {
    Digest hashed;
    if (key.size() > kBlockBytes) {
      hashed = sha256(key);
      key = hashed;
    }
    std::copy(key.begin(), key.end(), block_.begin());
    wipe(hashed.data(), hashed.size());
    for (uint8_t& b : block_) b ^= kInner;
  }
  KeyBlock(const KeyBlock&) = delete;
  KeyBlock& operator=(const KeyBlock&) = delete;
  ~KeyBlock() { wipe(block_.data(), block_.size()); }
  ByteView inner() const { return block_; }
  ByteView turn_outer() {
    for (uint8_t& b : block_) b ^= kInner ^ kOuter;
    return block_;
  }

 private:
  static constexpr uint8_t kInner = 0x36, kOuter = 0x5c;
  std::array<uint8_t, kBlockBytes> block_{};
};

// Without Hmac's two contexts: for keys that are used once. `feed` hands the message to update().
template <class Feed>
Digest hmac_once(ByteView key, Feed&& feed) {
  KeyBlock block(key);
  EVP_MD_CTX* c = scratch();
  start(c);
  update(c, block.inner());
  feed(c);
  Digest inside = finish(c);
  start(c);
  update(c, block.turn_outer());
  update(c, inside);
  return finish(c);
}

}  // namespace

Digest sha256(ByteView data) {
  EVP_MD_CTX* c = scratch();
  start(c);
  update(c, data);
  return finish(c);
}

Digest sha256(Parts parts) {
  EVP_MD_CTX* c = scratch();
  start(c);
  for (ByteView p : parts) update(c, p);
  return finish(c);
}

struct Sha256::State {
  Context context = new_context();
};

Sha256::Sha256() : state_(std::make_unique<State>()) { start(state_->context.get()); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
void Sha256::update(ByteView data) { crypto::update(state_->context.get(), data); }
Digest Sha256::finish() { return crypto::finish(state_->context.get()); }

// Both contexts hold the state after the key's block; a MAC copies them, so they are only read.
struct Hmac::State {
  Context inner = new_context();
  Context outer = new_context();
};

Hmac::Hmac(ByteView key) : state_(std::make_unique<State>()) {
  KeyBlock block(key);
  start(state_->inner.get());
  update(state_->inner.get(), block.inner());
  start(state_->outer.get());
  update(state_->outer.get(), block.turn_outer());
}
Hmac::~Hmac() = default;
Hmac::Hmac(Hmac&&) noexcept = default;
Hmac& Hmac::operator=(Hmac&&) noexcept = default;

Digest Hmac::mac(ByteView data) const { return mac({data}); }

Digest Hmac::mac(Parts parts) const {
  EVP_MD_CTX* c = scratch();
  copy(c, state_->inner.get());
  for (ByteView p : parts) update(c, p);
  Digest inside = finish(c);
  copy(c, state_->outer.get());
  update(c, inside);
  return finish(c);
}

Digest hmac_sha256(ByteView key, ByteView data) { return hmac_sha256(key, {data}); }

Digest hmac_sha256(ByteView key, Parts parts) {
  return hmac_once(key, [&](EVP_MD_CTX* c) {
    for (ByteView p : parts) update(c, p);
  });
}

SecretBytes hkdf_sha256(ByteView secret, ByteView salt, ByteView info, size_t size_bytes) {
  return hkdf_sha256(secret, salt, {info}, size_bytes);
}

SecretBytes hkdf_sha256(ByteView secret, ByteView salt, Parts info, size_t size_bytes) {
  must(size_bytes <= 255 * kDigestBytes, "HKDF was asked for more than 8160 bytes");
  Digest key = hmac_sha256(salt, secret);
  SecretBytes out(size_bytes);
  Digest block;
  uint8_t counter = 0;
  for (size_t done = 0; done < size_bytes; done += kDigestBytes) {
    ++counter;
    block = hmac_once(key, [&](EVP_MD_CTX* c) {
      if (done) update(c, block);
      for (ByteView p : info) update(c, p);
      update(c, {&counter, 1});
    });
    std::copy_n(block.begin(), std::min(kDigestBytes, size_bytes - done), out.fill().begin() + static_cast<long>(done));
  }
  wipe(block.data(), block.size());
  wipe(key.data(), key.size());
  return out;
}

bool equal_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace zhimi::crypto
