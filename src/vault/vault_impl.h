// Inside the vault: what vault.cc, batch.cc, open.cc and relabel.cc share. Included by them alone.
#pragma once

#include <optional>

#include "vault/facts.h"
#include "vault/lru.h"
#include "vault/vault.h"

namespace zhimi::vault {

// Numbers given out, kept in vault_meta and written with every batch.
struct Counters {
  uint64_t next_patient = 1, next_record = 1, next_version = 1;
  uint64_t change = 0;  // batches committed
  uint64_t records = 0;
};

// One row of `patient`, opened.
struct PatientRow {
  uint64_t number = 0;
  uint64_t changed = 0;
  Name name{};
  ledger::PatientMac mac{};
  StoredPatient facts;
};

// One row of `record`, opened. `version` and `facts.id` are proven by the seal.
struct RecordRow {
  uint64_t number = 0, patient = 0, newest = 0;
  uint32_t version = 0;
  StoredRecord facts;
};

Error damaged_data();  // kCorrupt, with what to do

struct Vault::Impl {
  store::Session& data;
  store::Session& keys;
  Keyring& keyring;
  Clock& clock;
  Random& random;
  Labelling labelling;
  Names names;
  SecretBytes facts_key;
  bool writing = false;  // a batch or a relabelling is open; reads are refused, since the session would see its rows

  // Known patients. Number, name and mac never change; the rest is as of change `row.changed`, which is compared with
  // the stored one before use, so that another writer's batch is seen at once.
  struct Cached {
    PatientRow row;
    std::optional<PatientFacts> facts;  // what look_at() lends
  };
  Lru<std::string, Cached, TextHash> patients{kCachedPatients};
  size_t ties_kept = 0;  // put into the cache since it was last emptied, which happens at kCachedTies (about 13 MB)
  static constexpr size_t kCachedPatients = 1024, kCachedTies = 65'536;
  PatientFacts nobody;  // what look_at() lends for a patient who is not known

  Status ready() const;  // kConflict while writing

  Result<Counters> load_counters();
  Status save_counters(const Counters& counters);
  Status claim_tenant();

  // Nullopt: the patient is not known.
  Result<std::optional<PatientRow>> load_patient(std::string_view id);
  Result<Cached*> known(std::string_view id);  // null: not known; only number, name and mac are sure to hold
  Result<Cached*> fresh(std::string_view id);  // null: not known
  Result<std::vector<Tie>> load_ties(const PatientRow& patient);
  Result<std::optional<RecordRow>> load_record(const PatientRow& patient, const RecordId& id, const Name& name);
  Result<StoredPatient> open_patient_facts(const Name& name, uint64_t number, ByteView sealed) const;
  Result<StoredRecord> open_record_facts(const Name& patient, const Name& record, int64_t version,
                                         ByteView sealed) const;
  Result<Bytes> seal_patient_facts(const PatientRow& patient) const;
  Bytes seal_record_facts(const Name& patient, const Name& record, uint32_t version, ByteView plain) const;
  RecordFacts facts_of(StoredRecord&& stored, uint32_t version) const;

  // One stored version's plaintext. kCorrupt unless all that it is bound to is as it was.
  Result<Bytes> open_version(const PatientRow& patient, const RecordId& id, uint32_t version, int64_t schema,
                             ByteView sealed);

  // Of the keyring, which lets nobody but the vault at data keys.
  Result<SecretBytes> data_key(const ledger::PatientMac& patient) { return keyring.data_key(patient); }
  Status ensure_keys(const ledger::PatientMac& patient) { return keyring.ensure_patient(patient); }
};

}  // namespace zhimi::vault
