// A home: one hospital's vault, keyring, ledger and configuration in a folder (docs/formats.md section "Home"), and the
// objects over it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "classify/labels.h"
#include "classify/map.h"
#include "crypto/provider.h"
#include "crypto/sign.h"
#include "directory/directory.h"
#include "door/door.h"
#include "ledger/journal.h"
#include "ledger/log.h"
#include "policy/policy.h"
#include "store/session.h"
#include "vault/keyring.h"
#include "vault/vault.h"

namespace zhimi::app {

struct InitOptions {
  std::filesystem::path home;
  std::optional<std::filesystem::path> hospital, policy;  // default: the packs inside the program
  std::filesystem::path journal;                          // default: inside the home
};

class Home {
 public:
  // kConflict when `home` holds anything already. Nothing half-made stays behind an error.
  static Status create(const InitOptions& options, ByteView passphrase);
  // Locks the home for this process. kNotFound: no home there; kRefused: wrong passphrase; kConflict: a newer
  // version's, or in use. When the ledger cannot be written (a full disk) the home opens all the same, with a log that
  // refuses: care goes on by the journal.
  static Result<std::unique_ptr<Home>> open(const std::filesystem::path& home, ByteView passphrase);
  ~Home();

  door::Door& door() { return *door_; }
  vault::Vault& vault() { return *vault_; }
  ledger::Log& log() { return *log_; }
  const directory::Directory& directory() const { return *directory_; }
  const policy::Snapshot& policy() const { return *policy_; }
  const classify::Map& map() const { return *map_; }
  const classify::Labels& labels() const { return *labels_; }
  const std::string& verifier_key() const { return verifier_key_; }
  ByteView office_key() const { return office_key_.reveal(); }
  Clock& clock() { return clock_; }
  Random& random() { return random_; }
  uint64_t merged() const { return merged_; }              // journal entries moved into the ledger at open
  const std::string& trouble() const { return trouble_; }  // why the ledger is out of reach; empty when it is not

 private:
  Home() = default;
  Status read_configuration(const std::filesystem::path& home);
  Status record_configuration(const std::filesystem::path& home);
  Status open_ledger(const std::filesystem::path& home, const std::string& origin,
                     const std::filesystem::path& journal);

  SystemClock clock_;
  SystemRandom random_;
  std::optional<FileLock> lock_;
  std::unique_ptr<crypto::PassphraseProvider> provider_;
  std::unique_ptr<store::Session> keys_, data_, ledger_;
  std::unique_ptr<vault::Keyring> keyring_;
  std::optional<crypto::Signer> signer_;
  std::optional<mark::TokenCipher> tokens_;
  SecretBytes office_key_;
  std::optional<classify::Map> map_;
  std::optional<classify::Labels> labels_;
  std::optional<directory::Directory> directory_;
  std::shared_ptr<const policy::Snapshot> policy_;
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<ledger::Log> log_;
  std::unique_ptr<ledger::Journal> journal_;
  std::unique_ptr<door::VaultSource> source_;
  std::unique_ptr<door::Door> door_;
  std::string verifier_key_, trouble_;
  uint64_t merged_ = 0;
};

}  // namespace zhimi::app
