// The keys, apart from the data: keyring.db never enters a data backup. Root (provider) → KEK per epoch → random keys
// per patient and per purpose, each wrapped with what it is for. Belongs to one thread at a time, like the session it
// borrows.
#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/provider.h"
#include "ledger/entry.h"
#include "store/session.h"

namespace zhimi::vault {

// Keys of the whole home. Each is random, wrapped under the KEK, made at create().
enum class HomeKey : uint8_t {
  kIndex = 1,          // MACs of patient and record ids
  kFacts = 2,          // seals the facts index
  kToken = 3,          // pseudonyms
  kLedgerSign = 4,     // Ed25519 seed
  kLedgerPatient = 5,  // MACs of patients in the ledger
  kAuditOffice = 6,    // actor's part of ledger entries
  kJournal = 7,        // journal for care
};

class Keyring {
 public:
  static Result<std::unique_ptr<Keyring>> create(store::Session& session, crypto::KeyProvider& provider,
                                                 Random& random);
  static Result<std::unique_ptr<Keyring>> open(store::Session& session, crypto::KeyProvider& provider, Random& random);
  ~Keyring();

  Result<SecretBytes> home_key(HomeKey key);
  // The patient's audit key (seals the patient's part of ledger entries). kNotFound when the patient has none (unknown
  // or shredded).
  Result<SecretBytes> audit_key(const ledger::PatientMac& patient);

 private:
  friend class Vault;  // the only user of data keys: makes them when a patient is first written, unwraps them against a
                       // receipt
  struct Impl;
  explicit Keyring(std::unique_ptr<Impl> impl);
  Result<SecretBytes> data_key(const ledger::PatientMac& patient);
  // Makes data and audit key for a patient who has none; part of the caller's keyring transaction.
  Status ensure_patient(const ledger::PatientMac& patient);
  std::unique_ptr<Impl> impl_;
};

}  // namespace zhimi::vault
