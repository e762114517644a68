#include "vault/layout.h"

namespace zhimi::vault {

namespace {

constexpr store::Migration kKeyringMigrations[] = {
    {1, R"(
CREATE TABLE keyring_meta (name text PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE epoch (epoch integer PRIMARY KEY, wrapped bytea NOT NULL);
CREATE TABLE home_key (purpose integer PRIMARY KEY, epoch integer NOT NULL, wrapped bytea NOT NULL);
CREATE TABLE patient_key (patient bytea PRIMARY KEY, epoch integer NOT NULL, data bytea NOT NULL, audit bytea NOT NULL);
)"},
};

// Facts are small and stand apart from the sealed records, so that looking through a patient's facts touches few pages.
constexpr store::Migration kVaultMigrations[] = {
    {1, R"(
CREATE TABLE vault_meta (name text PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE patient (number integer PRIMARY KEY, name bytea NOT NULL UNIQUE, changed integer NOT NULL, facts bytea NOT NULL);
CREATE TABLE record (number integer PRIMARY KEY, name bytea NOT NULL UNIQUE, patient integer NOT NULL, kind bytea NOT NULL,
                     tied integer NOT NULL, version integer NOT NULL, newest integer NOT NULL, facts bytea NOT NULL);
CREATE INDEX record_by_kind ON record (patient, kind);
CREATE INDEX record_by_tie ON record (patient) WHERE tied = 1;
CREATE TABLE version (number integer PRIMARY KEY, record integer NOT NULL, version integer NOT NULL, previous integer NOT NULL,
                      schema integer NOT NULL, sealed bytea NOT NULL);
)"},
};

// One integer of a fixed width, as a part.
template <size_t N>
struct Big {
  uint8_t b[N];
  explicit Big(uint64_t v) {
    for (size_t i = 0; i < N; ++i) b[i] = static_cast<uint8_t>(v >> 8 * (N - 1 - i));
  }
  operator ByteView() const { return {b, N}; }  // NOLINT(google-explicit-constructor)
};

template <class Short>
Short cut(const Digest& d) {
  Short s;
  std::memcpy(s.data(), d.data(), s.size());
  return s;
}

}  // namespace

std::span<const store::Migration> keyring_migrations() { return kKeyringMigrations; }
std::span<const store::Migration> vault_migrations() { return kVaultMigrations; }

Name Names::patient(std::string_view id) const {
  return cut<Name>(index_.mac(crypto::join_aad({view("zhimi patient v1"), view(id)})));
}
Name Names::record(const RecordId& id) const {
  return cut<Name>(index_.mac(crypto::join_aad({view("zhimi record v1"), view(id.type), view(id.id)})));
}
Kind Names::kind(std::string_view patient_id, std::string_view type) const {
  return cut<Kind>(index_.mac(crypto::join_aad({view("zhimi kind v1"), view(patient_id), view(type)})));
}
ledger::PatientMac Names::pseudonym(std::string_view patient_id) const {
  return ledger_.mac(crypto::join_aad({view("zhimi ledger patient v1"), view(patient_id)}));
}

Bytes kek_place(const Tenant& tenant, uint32_t epoch) {
  return crypto::join_aad({view("zhimi kek v1"), tenant, Big<4>(epoch)});
}
Bytes home_key_place(const Tenant& tenant, HomeKey purpose, uint32_t epoch) {
  return crypto::join_aad({view("zhimi home key v1"), tenant, Big<1>(static_cast<uint8_t>(purpose)), Big<4>(epoch)});
}
Bytes data_key_place(const Tenant& tenant, const ledger::PatientMac& patient, uint32_t epoch) {
  return crypto::join_aad({view("zhimi data key v1"), tenant, patient, Big<4>(epoch)});
}
Bytes audit_key_place(const Tenant& tenant, const ledger::PatientMac& patient, uint32_t epoch) {
  return crypto::join_aad({view("zhimi audit key v1"), tenant, patient, Big<4>(epoch)});
}
Bytes record_place(const Tenant& tenant, std::string_view patient_id, const RecordId& id, uint32_t version,
                   uint16_t schema) {
  return crypto::join_aad({view("zhimi record v1"), tenant, view(patient_id), view(id.type), view(id.id),
                           Big<4>(version), Big<2>(schema), Big<1>(static_cast<uint8_t>(crypto::Suite::kIntl))});
}
Bytes record_facts_place(const Tenant& tenant, const Name& patient, const Name& record, uint32_t version) {
  return crypto::join_aad({view("zhimi record facts v1"), tenant, patient, record, Big<4>(version)});
}
Bytes patient_facts_place(const Tenant& tenant, const Name& patient, uint64_t number) {
  return crypto::join_aad({view("zhimi patient facts v1"), tenant, patient, Big<8>(number)});
}

}  // namespace zhimi::vault
