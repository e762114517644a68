// The keys, apart from the data: keyring.db never enters a data backup. Root (provider) → KEK per epoch → random keys
// per patient and per purpose, each wrapped with what it is for (docs/formats.md, "Keys"). Belongs to one thread at a
// time, like the session it borrows.
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/provider.h"
#include "ledger/entry.h"
#include "store/session.h"

namespace zhimi::vault {

// Names a home: random, in clear in keyring and data. It enters the additional data of every wrap and every record.
using Tenant = std::array<uint8_t, 16>;

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
  // Makes a new home's keys; durable when it returns. kConflict: the database holds a keyring already, or is of a newer
  // version.
  static Result<std::unique_ptr<Keyring>> create(store::Session& session, crypto::KeyProvider& provider,
                                                 Random& random);
  // kNotFound: no keyring here. kCorrupt: the provider's key does not open it, or it was changed. kConflict: written by
  // a newer version. Both borrow `session` and `random` for the Keyring's life, `provider` for the call only.
  static Result<std::unique_ptr<Keyring>> open(store::Session& session, crypto::KeyProvider& provider, Random& random);
  ~Keyring();

  const Tenant& tenant() const;
  Result<SecretBytes> home_key(HomeKey key);
  // The patient's audit key (seals the patient's part of ledger entries). kNotFound when the patient has none (unknown
  // or shredded).
  Result<SecretBytes> audit_key(const ledger::PatientMac& patient);
  // Wipes the patients' keys kept in memory: at most kCachedPatients of each kind, those used last. One unwrap costs
  // about as much as opening a small record, and reads come in runs for the same patient.
  void forget();
  static constexpr size_t kCachedPatients = 1024;

 private:
  friend class Vault;  // the only user of data keys: makes them when a patient is first written, unwraps them against a
                       // receipt
  struct Impl;
  explicit Keyring(std::unique_ptr<Impl> impl);
  Result<SecretBytes> data_key(const ledger::PatientMac& patient);  // kNotFound as audit_key
  // Makes data and audit key for a patient who has none; part of the caller's keyring transaction. When that is rolled
  // back, forget().
  Status ensure_patient(const ledger::PatientMac& patient);
  std::unique_ptr<Impl> impl_;
};

}  // namespace zhimi::vault
