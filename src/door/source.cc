#include "door/source.h"

#include "crypto/hash.h"
#include "shape/shape.h"
#include "vault/open.h"

namespace zhimi::door {

ledger::PatientMac VaultSource::patient_mac(std::string_view patient_id) const {
  return vault_.patient_mac(patient_id);
}
Result<const vault::PatientFacts*> VaultSource::patient(std::string_view patient_id) {
  return vault_.look_at(patient_id);
}
Result<std::vector<vault::RecordFacts>> VaultSource::records(std::string_view patient_id, std::string_view type,
                                                             size_t limit) {
  return vault_.records(patient_id, type, limit);
}
Result<vault::RecordFacts> VaultSource::record(std::string_view patient_id, const vault::RecordId& id) {
  return vault_.record(patient_id, id);
}
Result<size_t> VaultSource::open(const ledger::Receipt& receipt, std::string_view patient_id, const vault::RecordId& id,
                                 uint32_t version, Bytes& out) {
  return vault::open_record(vault_, receipt, patient_id, id, out, version);
}
Result<SecretBytes> VaultSource::audit_key(const ledger::PatientMac& patient) { return keyring_.audit_key(patient); }

ledger::PatientMac MemorySource::patient_mac(std::string_view patient_id) const {
  return crypto::sha256({view("memory patient"), view(patient_id)});
}

Result<const vault::PatientFacts*> MemorySource::patient(std::string_view patient_id) {
  asked_ = {};
  if (auto it = patients.find(patient_id); it != patients.end()) {
    asked_ = it->second.facts;
    asked_.known = true;
  }
  asked_.mac = patient_mac(patient_id);
  return &asked_;
}

Result<std::vector<vault::RecordFacts>> MemorySource::records(std::string_view patient_id, std::string_view type,
                                                              size_t limit) {
  std::vector<vault::RecordFacts> out;
  if (auto it = patients.find(patient_id); it != patients.end())
    for (const Record& r : it->second.records)
      if (r.facts.id.type == type) {
        if (out.size() == limit)
          return make_error(Code::kTooLarge, "more records than one disclosure may hold: ask for less");
        out.push_back(r.facts);
      }
  return out;
}

Result<vault::RecordFacts> MemorySource::record(std::string_view patient_id, const vault::RecordId& id) {
  if (auto it = patients.find(patient_id); it != patients.end())
    for (const Record& r : it->second.records)
      if (r.facts.id == id) return r.facts;
  return make_error(Code::kNotFound, "no such record");
}

Result<size_t> MemorySource::open(const ledger::Receipt& receipt, std::string_view patient_id,
                                  const vault::RecordId& id, uint32_t version, Bytes& out) {
  if (receipt.kind() != ledger::Kind::kDisclosure || receipt.patient() != patient_mac(patient_id))
    return make_error(Code::kRefused, "no durable entry for this patient");
  if (auto it = patients.find(patient_id); it != patients.end())
    for (const Record& r : it->second.records)
      if (r.facts.id == id) {
        if (r.facts.version != version) return make_error(Code::kConflict, "the record was rewritten: ask again");
        append(out, r.json);
        out.reserve(out.size() + shape::kPaddingBytes);
        return r.json.size();
      }
  return make_error(Code::kNotFound, "no such record");
}

Result<SecretBytes> MemorySource::audit_key(const ledger::PatientMac& patient) {
  return SecretBytes::copy_of(crypto::sha256({view("memory audit key"), patient}));
}

}  // namespace zhimi::door
