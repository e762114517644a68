// Hashes, MACs, envelopes and tokens, each beside the bare library doing the part that cannot be avoided.
#include <openssl/evp.h>

#include <array>
#include <memory>

#include "crypto/aead.h"
#include "crypto/envelope.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "mark/token.h"
#include "report.h"

namespace zhimi::bench {
namespace {

// Keeps a result alive without a cost that is measured.
void keep(const void* p) { asm volatile("" : : "g"(p) : "memory"); }

Bytes filled(size_t size_bytes) {
  Bytes b(size_bytes);
  SeededRandom(1).fill(b);
  return b;
}

// OpenSSL itself, with its context and algorithm at hand.
class Limit {
 public:
  double sha256_ns(ByteView data) {
    std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> md(EVP_MD_fetch(nullptr, "SHA2-256", nullptr), EVP_MD_free);
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> c(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    Digest out{};
    return ns_per_op([&](size_t n) {
      for (size_t i = 0; i < n; ++i) {
        EVP_DigestInit_ex2(c.get(), md.get(), nullptr);
        EVP_DigestUpdate(c.get(), data.data(), data.size());
        EVP_DigestFinal_ex(c.get(), out.data(), nullptr);
        keep(out.data());
      }
    });
  }

  double gcm_ns(ByteView key, ByteView nonce, ByteView plaintext) {
    std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> gcm(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr),
                                                                EVP_CIPHER_free);
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> c(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    Bytes out(plaintext.size() + 16);
    return ns_per_op([&](size_t n) {
      for (size_t i = 0; i < n; ++i) {
        int written = 0;
        EVP_EncryptInit_ex2(c.get(), gcm.get(), key.data(), nonce.data(), nullptr);
        EVP_EncryptUpdate(c.get(), out.data(), &written, plaintext.data(), static_cast<int>(plaintext.size()));
        EVP_EncryptFinal_ex(c.get(), out.data() + written, &written);
        EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_AEAD_GET_TAG, 16, out.data() + plaintext.size());
        keep(out.data());
      }
    });
  }
};

template <class F>
double each_ns(F&& f) {
  return ns_per_op([&](size_t n) {
    for (size_t i = 0; i < n; ++i) f();
  });
}

void hashes(Report& report) {
  const Bytes data = filled(300);
  const uint8_t prefix[] = {1};
  ByteView all = data;
  for (size_t size : {65, 300}) {
    ByteView left = all.first(size / 2), right = all.subspan(size / 2, size - 1 - size / 2);
    double ns = each_ns([&] {
      Digest d = crypto::sha256({ByteView(prefix), left, right});
      keep(d.data());
    });
    double per_s = 1e9 / ns;
    report.row("crypto.sha256." + std::to_string(size), per_s / 1e6, "M/s", size == 65 ? ">=2.5 M/s" : "",
               Limit().sha256_ns(all.first(size)) / ns, size == 65 ? std::optional(per_s >= 2.5e6) : std::nullopt);
  }
  crypto::Hmac hmac(all.first(32));
  double ns = each_ns([&] {
    Digest d = hmac.mac(all.first(20));
    keep(d.data());
  });
  // An HMAC of a short message with its key at hand is two hashes of one block.
  report.row("crypto.hmac.20", 1e3 / ns, "M/s", ">=2 M/s", 2 * Limit().sha256_ns(all.first(20)) / ns, ns <= 500);
}

void envelopes(Report& report) {
  const Bytes secret = filled(32), plaintext = filled(2048), aad = filled(100);
  SeededRandom random(2);
  double limit_ns = Limit().gcm_ns(secret, ByteView(secret).first(12), plaintext);
  report.row("crypto.aes_gcm.2KiB", limit_ns, "ns");
  Bytes sealed;
  double ns = each_ns([&] {
    sealed.clear();
    crypto::aead_seal(secret, ByteView(secret).first(12), {}, plaintext, sealed);
    keep(sealed.data());
  });
  report.row("crypto.aead_seal.2KiB", ns, "ns", "", limit_ns / ns);
  ns = each_ns([&] {
    sealed = crypto::seal(secret, aad, plaintext, crypto::Padding::kPadme, random);
    keep(sealed.data());
  });
  report.row("crypto.seal.2KiB", ns, "ns", "", limit_ns / ns);
  ns = each_ns([&] {
    Result<Bytes> opened = crypto::open(secret, aad, sealed, crypto::Padding::kPadme);
    keep(opened->data());
  });
  report.row("crypto.open.2KiB", ns, "ns", "", limit_ns / ns);
}

void signatures(Report& report) {
  crypto::Signer signer = crypto::Signer::from_seed(filled(32)).value();
  const Bytes message = filled(200);
  crypto::Signature signature{};
  double ns = each_ns([&] {
    signature = signer.sign(message);
    keep(signature.data());
  });
  report.row("crypto.sign", 1e9 / ns, "/s");
  ns = each_ns([&] {
    bool good = crypto::verify(signer.public_key(), message, signature);
    keep(&good);
  });
  report.row("crypto.verify", 1e9 / ns, "/s");
}

void tokens(Report& report) {
  mark::TokenCipher cipher(filled(32));
  uint64_t patient = 0;
  std::string token;
  double ns = each_ns([&] {
    token = cipher.token({.patient = ++patient, .recipient = 7});
    keep(token.data());
  });
  report.row("crypto.token", 1e3 / ns, "M/s", ">=2 M/s", {}, ns <= 500);
  ns = each_ns([&] {
    auto parts = cipher.read(token);
    keep(&parts);
  });
  report.row("crypto.token_read", 1e3 / ns, "M/s");
  ns = each_ns([&] {
    token = cipher.pseudonym(7, "Observation/9b1c2d3e-0000-4000-8000-000000000001");
    keep(token.data());
  });
  report.row("crypto.pseudonym", 1e3 / ns, "M/s", ">=2 M/s", {}, ns <= 500);
}

}  // namespace

void bench_crypto(Report& report) {
  hashes(report);
  envelopes(report);
  signatures(report);
  tokens(report);
}

}  // namespace zhimi::bench
