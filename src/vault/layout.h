// Where things stand in the two databases: schemas, names of rows, and what each seal is bound to. Frozen in
// docs/formats.md.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "crypto/envelope.h"
#include "crypto/hash.h"
#include "store/session.h"
#include "vault/keyring.h"
#include "vault/vault.h"

namespace zhimi::vault {

using Name = std::array<uint8_t, 16>;       // of a patient or a record
using Kind = std::array<uint8_t, 8>;        // of a type, other for every patient
using Labelling = std::array<uint8_t, 16>;  // digest of map and label list, cut

inline constexpr uint16_t kSchemaFhirR4 = 1;  // what a record's plaintext is
inline constexpr uint64_t kPatientNumbers = uint64_t{1} << 40;

std::span<const store::Migration> keyring_migrations();
std::span<const store::Migration> vault_migrations();

// MACs that stand for ids. Thread-safe.
class Names {
 public:
  Names(ByteView index_key, ByteView ledger_key) : index_(index_key), ledger_(ledger_key) {}
  Name patient(std::string_view id) const;
  Name record(const RecordId& id) const;
  Kind kind(std::string_view patient_id, std::string_view type) const;
  ledger::PatientMac pseudonym(std::string_view patient_id) const;

 private:
  crypto::Hmac index_, ledger_;
};

// Additional data.
Bytes kek_place(const Tenant& tenant, uint32_t epoch);
Bytes home_key_place(const Tenant& tenant, HomeKey purpose, uint32_t epoch);
Bytes data_key_place(const Tenant& tenant, const ledger::PatientMac& patient, uint32_t epoch);
Bytes audit_key_place(const Tenant& tenant, const ledger::PatientMac& patient, uint32_t epoch);
Bytes record_place(const Tenant& tenant, std::string_view patient_id, const RecordId& id, uint32_t version,
                   uint16_t schema);
Bytes record_facts_place(const Tenant& tenant, const Name& patient, const Name& record, uint32_t version);
Bytes patient_facts_place(const Tenant& tenant, const Name& patient, uint64_t number);

}  // namespace zhimi::vault
