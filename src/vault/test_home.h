// A whole home for tests: folder, sessions, passphrase provider, keyring, vault, and a log that gives receipts.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "crypto/hash.h"
#include "crypto/provider.h"
#include "ledger/log.h"
#include "vault/keyring.h"
#include "vault/open.h"
#include "vault/vault.h"

namespace zhimi::vault {

inline constexpr crypto::Argon2Cost kCheap{.memory_kib = 64, .passes = 1, .lanes = 1};

// A value that must be there; a test that lacks it stops with the error's text.
template <class T>
T must(Result<T> r) {
  if (!r) {
    ADD_FAILURE() << code_name(r.error().code) << ": " << r.error().what;
    std::abort();
  }
  return std::move(*r);
}
inline void must(Status s) { ASSERT_TRUE(s) << code_name(s.error().code) << ": " << s.error().what; }

template <class T>
std::string code_of(const Result<T>& r) {
  return r ? "ok" : code_name(r.error().code);
}

inline Digest labelling(std::string_view name) { return crypto::sha256(view(name)); }

// A folder of its own, removed at the end.
struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = testing::TempDir() + "/zhimi-vault-XXXXXX";
    if (!mkdtemp(name.data())) std::abort();
    path = name;
  }
  Folder(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
};

// Everything of a home in use: made or opened on a folder, closed when it goes.
struct Home {
  std::unique_ptr<Random> random;
  std::unique_ptr<FixedClock> clock = std::make_unique<FixedClock>(1'700'000'000'000);
  std::unique_ptr<crypto::PassphraseProvider> provider;
  std::unique_ptr<store::Session> keys, data;
  std::unique_ptr<Keyring> keyring;
  std::unique_ptr<Vault> vault;
  std::unique_ptr<crypto::Signer> signer;
  std::unique_ptr<ledger::Log> log;

  static Home make(const std::filesystem::path& folder, uint64_t seed = 1, std::string_view labels = "labels-1") {
    Home h(folder, std::make_unique<SeededRandom>(seed));
    h.provider = must(crypto::PassphraseProvider::create("correct horse", kCheap, *h.random));
    must(write_file(folder / "provider", view(h.provider->record())));
    h.keyring = must(Keyring::create(*h.keys, *h.provider, *h.random));
    h.vault = must(Vault::open(*h.data, *h.keys, *h.keyring, *h.clock, *h.random, labelling(labels)));
    return h;
  }
  static Home open(const std::filesystem::path& folder, uint64_t seed = 2, std::string_view labels = "labels-1") {
    Home h(folder, std::make_unique<SeededRandom>(seed));
    Bytes record = must(read_file(folder / "provider", 4096));
    h.provider = must(crypto::PassphraseProvider::open("correct horse", text(record), *h.random));
    h.keyring = must(Keyring::open(*h.keys, *h.provider, *h.random));
    h.vault = must(Vault::open(*h.data, *h.keys, *h.keyring, *h.clock, *h.random, labelling(labels)));
    return h;
  }

  ledger::Receipt receipt(std::string_view patient, ledger::Kind kind = ledger::Kind::kDisclosure) {
    ledger::Event event{.kind = kind, .patient = vault->patient_mac(patient), .about = "{}", .actor = "{}"};
    random->fill(event.id);
    const uint8_t key[32] = {1};
    return must(log->append(ledger::seal(event, key, key, *random)));
  }
  Result<std::string> read(std::string_view patient, const RecordId& id) {
    Bytes out;
    ZHIMI_TRY(size_t size, open_record(*vault, receipt(patient), patient, id, out));
    EXPECT_EQ(size, out.size());
    return std::string(text(out));
  }
  Status put(const NewRecord& record) {
    ZHIMI_TRY(auto batch, vault->batch());
    ZHIMI_CHECK(batch.put(record));
    return batch.commit();
  }
  // Straight at the tables, as a thief with write access would.
  int64_t number(std::string_view sql) {
    int64_t n = -1;
    must(data->query(sql, {}, [&](const store::Row& row) -> Status {
      n = row.integer(0);
      return {};
    }));
    return n;
  }

 private:
  Home(const std::filesystem::path& folder, std::unique_ptr<Random> r) : random(std::move(r)) {
    keys = must(store::open_sqlite(folder / "keyring.db"));
    data = must(store::open_sqlite(folder / "data.db"));
    Digest seed = crypto::sha256(view("log"));
    signer = std::make_unique<crypto::Signer>(must(crypto::Signer::from_seed(seed)));
    log = ledger::memory_log(*signer, *clock, {.origin = "zhimi.example/test"});
  }
};

inline NewRecord observation(std::string id, std::string patient, std::string_view json) {
  return {.id = {"Observation", std::move(id)}, .patient = std::move(patient), .json = json};
}

}  // namespace zhimi::vault
