#include "crypto/provider.h"

#include <charconv>
#include <optional>

#include "base/text.h"
#include "crypto/argon2id.h"
#include "crypto/envelope.h"
#include "crypto/hash.h"

namespace zhimi::crypto {

namespace {

constexpr size_t kSaltBytes = 16, kCheckBytes = 16, kKeyBytes = 32;
constexpr size_t kPassphraseBytes = 1024;

struct Record {
  Argon2Cost cost;
  Bytes salt;
  Bytes check;
};

std::string write(const Record& r) {
  return "zhimi-passphrase-v1 argon2id m=" + std::to_string(r.cost.memory_kib) + " t=" + std::to_string(r.cost.passes) +
         " p=" + std::to_string(r.cost.lanes) + " salt=" + hex(r.salt) + " check=" + hex(r.check);
}

bool bearable(const Argon2Cost& c) {
  return c.passes >= 1 && c.passes <= kArgon2Most.passes && c.lanes >= 1 && c.lanes <= kArgon2Most.lanes &&
         c.memory_kib >= 8 * c.lanes && c.memory_kib <= kArgon2Most.memory_kib;  // 8 KiB a lane: RFC 9106 section 3.1
}

std::optional<std::string_view> after(std::string_view field, std::string_view name) {
  if (!field.starts_with(name)) return std::nullopt;
  return field.substr(name.size());
}

bool read_number(std::string_view field, std::string_view name, uint32_t& out) {
  auto s = after(field, name);
  if (!s) return false;
  auto [end, error] = std::from_chars(s->data(), s->data() + s->size(), out);
  return error == std::errc() && end == s->data() + s->size();
}

bool read_hex(std::string_view field, std::string_view name, size_t size_bytes, Bytes& out) {
  auto s = after(field, name);
  if (!s || s->size() != 2 * size_bytes) return false;
  auto bytes = from_hex(*s);
  if (!bytes) return false;
  out = std::move(*bytes);
  return true;
}

// Only what `write` gives is read: one record has one spelling.
Result<Record> read(std::string_view line) {
  auto not_one = [] {
    return make_error(Code::kInvalid,
                      "this is not a passphrase record, or it asks for more than 1 GiB, 16 passes or "
                      "16 lanes: restore it from a backup of the keyring");
  };
  if (line.size() > 256) return not_one();
  std::vector<std::string_view> f = split(line, ' ');
  Record r;
  bool ok = f.size() == 7 && f[0] == "zhimi-passphrase-v1" && f[1] == "argon2id" &&
            read_number(f[2], "m=", r.cost.memory_kib) && read_number(f[3], "t=", r.cost.passes) &&
            read_number(f[4], "p=", r.cost.lanes) && read_hex(f[5], "salt=", kSaltBytes, r.salt) &&
            read_hex(f[6], "check=", kCheckBytes, r.check) && bearable(r.cost) && write(r) == line;
  if (!ok) return not_one();
  return r;
}

struct Keys {
  SecretBytes wrap;
  SecretBytes check;
};

Result<Keys> derive(std::string_view passphrase, const Record& r) {
  ZHIMI_TRY(SecretBytes master, argon2id({.passphrase = view(passphrase), .salt = r.salt}, r.cost, kKeyBytes));
  return Keys{hkdf_sha256(master.reveal(), {}, view("zhimi passphrase wrap v1"), kKeyBytes),
              hkdf_sha256(master.reveal(), {}, view("zhimi passphrase check v1"), kCheckBytes)};
}

}  // namespace

PassphraseProvider::PassphraseProvider(SecretBytes key, std::string record, Random& random)
    : key_(std::move(key)), record_(std::move(record)), random_(random) {}

Result<std::unique_ptr<PassphraseProvider>> PassphraseProvider::create(std::string_view passphrase,
                                                                       const Argon2Cost& cost, Random& random) {
  if (passphrase.empty()) return make_error(Code::kUsage, "the passphrase is empty: choose one of four or more words");
  if (passphrase.size() > kPassphraseBytes) return make_error(Code::kUsage, "the passphrase is longer than 1024 bytes");
  if (!bearable(cost))
    return make_error(Code::kUsage,
                      "the passphrase cost must stay within 1 GiB, 16 passes and 16 lanes, with at least "
                      "one pass, one lane and 8 KiB a lane");
  Record r{cost, Bytes(kSaltBytes), {}};
  random.fill(r.salt);
  ZHIMI_TRY(Keys keys, derive(passphrase, r));
  append(r.check, keys.check.reveal());
  return std::unique_ptr<PassphraseProvider>(new PassphraseProvider(std::move(keys.wrap), write(r), random));
}

Result<std::unique_ptr<PassphraseProvider>> PassphraseProvider::open(std::string_view passphrase,
                                                                     std::string_view record, Random& random) {
  ZHIMI_TRY(Record r, read(record));
  auto wrong = [] {
    return make_error(Code::kRefused, "the passphrase is wrong: type it again, or check which home it is for");
  };
  if (passphrase.empty() || passphrase.size() > kPassphraseBytes) return wrong();
  ZHIMI_TRY(Keys keys, derive(passphrase, r));
  if (!equal_constant_time(keys.check.reveal(), r.check)) return wrong();
  return std::unique_ptr<PassphraseProvider>(new PassphraseProvider(std::move(keys.wrap), std::string(record), random));
}

Result<Bytes> PassphraseProvider::wrap(ByteView secret, ByteView aad) {
  return seal(key_.reveal(), aad, secret, Padding::kNone, random_);
}

Result<SecretBytes> PassphraseProvider::unwrap(ByteView wrapped, ByteView aad) {
  ZHIMI_TRY(Bytes plaintext, crypto::open(key_.reveal(), aad, wrapped, Padding::kNone));
  SecretBytes secret = SecretBytes::copy_of(plaintext);
  wipe(plaintext.data(), plaintext.size());
  return secret;
}

}  // namespace zhimi::crypto
