#include "vault/keyring.h"

#include <algorithm>

#include "vault/test_home.h"

namespace zhimi::vault {
namespace {

const NewRecord kPatient{
    .id = {"Patient", "p-1"}, .patient = "p-1", .json = R"({"resourceType":"Patient","id":"p-1"})"};

TEST(Keyring, KeysStayTheSame) {
  Folder folder;
  std::vector<std::string> keys;
  ledger::PatientMac mac;
  {
    Home home = Home::make(folder.path);
    must(home.put(kPatient));
    mac = home.vault->patient_mac("p-1");
    for (int k = 1; k <= 7; ++k) keys.push_back(hex(must(home.keyring->home_key(static_cast<HomeKey>(k))).reveal()));
    keys.push_back(hex(must(home.keyring->audit_key(mac)).reveal()));
  }
  Home home = Home::open(folder.path);
  EXPECT_EQ(home.vault->patient_mac("p-1"), mac);
  for (int k = 1; k <= 7; ++k)
    EXPECT_EQ(hex(must(home.keyring->home_key(static_cast<HomeKey>(k))).reveal()), keys[k - 1]);
  for (int again = 0; again < 2; ++again) EXPECT_EQ(hex(must(home.keyring->audit_key(mac)).reveal()), keys[7]);
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::unique(keys.begin(), keys.end()), keys.end()) << "every key is its own";
}

TEST(Keyring, UnknownPatientHasNoAuditKey) {
  Folder folder;
  Home home = Home::make(folder.path);
  EXPECT_EQ(code_of(home.keyring->audit_key(home.vault->patient_mac("p-1"))), code_name(Code::kNotFound));
}

TEST(Keyring, AnAbandonedBatchLeavesNoKeyBehind) {
  Folder folder;
  Home home = Home::make(folder.path);
  {
    auto batch = must(home.vault->batch());
    must(batch.put(kPatient));
  }
  EXPECT_EQ(code_of(home.keyring->audit_key(home.vault->patient_mac("p-1"))), code_name(Code::kNotFound));
  must(home.put(kPatient));
  Home again = Home::open(folder.path);
  EXPECT_EQ(must(again.read("p-1", {"Patient", "p-1"})), kPatient.json) << "sealed under the key that was kept";
}

TEST(Keyring, IsMadeOnce) {
  Folder folder;
  Home home = Home::make(folder.path);
  EXPECT_EQ(code_of(Keyring::create(*home.keys, *home.provider, *home.random)), code_name(Code::kConflict));
  auto empty = must(store::open_sqlite(":memory:"));
  EXPECT_EQ(code_of(Keyring::open(*empty, *home.provider, *home.random)), code_name(Code::kNotFound));
}

TEST(Keyring, WrongPassphraseOpensNothing) {
  Folder folder;
  {
    must(Home::make(folder.path).put(kPatient));
  }
  SeededRandom random(3);
  Bytes record = must(read_file(folder.path / "provider", 4096));
  EXPECT_EQ(code_of(crypto::PassphraseProvider::open("correct horsf", text(record), random)),
            code_name(Code::kRefused));
  // The same passphrase in another home is another key.
  auto other = must(crypto::PassphraseProvider::create("correct horse", kCheap, random));
  auto session = must(store::open_sqlite(folder.path / "keyring.db"));
  EXPECT_EQ(code_of(Keyring::open(*session, *other, random)), code_name(Code::kCorrupt));
  Home::open(folder.path);
}

TEST(Keyring, ANewerSchemaIsLeftAlone) {
  Folder folder;
  Home home = Home::make(folder.path);
  must(home.keys->run("UPDATE zhimi_schema SET version = 99 WHERE name = 'keyring'"));
  EXPECT_EQ(code_of(Keyring::open(*home.keys, *home.provider, *home.random)), code_name(Code::kConflict));
  must(home.data->run("UPDATE zhimi_schema SET version = 99 WHERE name = 'vault'"));
  EXPECT_EQ(code_of(Vault::open(*home.data, *home.keys, *home.keyring, *home.clock, *home.random, labelling("x"))),
            code_name(Code::kConflict));
  EXPECT_EQ(home.number("SELECT version FROM zhimi_schema WHERE name = 'vault'"), 99);
}

// Each wrap opens in its own place: swapped purposes, patients, columns, epochs or homes are corrupt.
TEST(Keyring, WrapsDoNotMove) {
  const char* moves[] = {
      "UPDATE home_key SET wrapped = (SELECT wrapped FROM home_key WHERE purpose = 3) WHERE purpose = 7",
      "UPDATE patient_key SET audit = data",
      "UPDATE patient_key SET audit = (SELECT audit FROM patient_key p WHERE p.patient <> patient_key.patient)",
      "UPDATE patient_key SET epoch = 2",
      "UPDATE home_key SET epoch = 2; UPDATE patient_key SET audit = x'00'",
  };
  for (const char* move : moves) {
    Folder folder;
    {
      Home home = Home::make(folder.path);
      must(home.put(kPatient));
      must(home.put({.id = {"Patient", "p-2"}, .patient = "p-2", .json = "{}"}));
      must(home.keys->run(move));
    }
    auto random = SeededRandom(5);
    auto session = must(store::open_sqlite(folder.path / "keyring.db"));
    auto provider = must(crypto::PassphraseProvider::open(
        "correct horse", text(must(read_file(folder.path / "provider", 4096))), random));
    auto keyring = must(Keyring::open(*session, *provider, random));
    auto seventh = keyring->home_key(HomeKey::kJournal);
    int corrupt = seventh ? 0 : seventh.error().code == Code::kCorrupt;
    must(session->query("SELECT patient FROM patient_key", {}, [&](const store::Row& row) -> Status {
      ledger::PatientMac mac;
      std::copy(row.blob(0).begin(), row.blob(0).end(), mac.begin());
      corrupt += code_of(keyring->audit_key(mac)) == code_name(Code::kCorrupt);
      return {};
    }));
    EXPECT_GT(corrupt, 0) << move;
  }
}

TEST(Keyring, ChangedTenantOrKekIsCorrupt) {
  for (const char* change :
       {"UPDATE keyring_meta SET value = zeroblob(16)", "UPDATE keyring_meta SET value = x'00'",
        "UPDATE epoch SET epoch = 2", "UPDATE epoch SET wrapped = zeroblob(length(wrapped))", "DELETE FROM epoch"}) {
    Folder folder;
    Home home = Home::make(folder.path);
    must(home.keys->run(change));
    EXPECT_EQ(code_of(Keyring::open(*home.keys, *home.provider, *home.random)), code_name(Code::kCorrupt)) << change;
  }
}

}  // namespace
}  // namespace zhimi::vault
