// Where records come from: the vault, later an upstream server, and a twin in memory. Facts need no plaintext; opening
// needs a receipt. Belongs to one thread at a time.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "ledger/receipt.h"
#include "vault/vault.h"

namespace zhimi::door {

class Source {
 public:
  virtual ~Source() = default;
  virtual ledger::PatientMac patient_mac(std::string_view patient_id) const = 0;
  // Borrowed until the next call of this Source.
  virtual Result<const vault::PatientFacts*> patient(std::string_view patient_id) = 0;
  // The patient's records of one type in the order first written.
  virtual Result<std::vector<vault::RecordFacts>> records(std::string_view patient_id, std::string_view type,
                                                          size_t limit) = 0;
  virtual Result<vault::RecordFacts> record(std::string_view patient_id, const vault::RecordId& id) = 0;  // kNotFound
  // Appends the record, shape::kPaddingBytes readable behind it, and returns its size. No durable disclosure receipt,
  // no record.
  virtual Result<size_t> open(const ledger::Receipt& receipt, std::string_view patient_id, const vault::RecordId& id,
                              uint32_t version, Bytes& out) = 0;
  // Seals the patient's part of ledger entries. kNotFound for a patient without one.
  virtual Result<SecretBytes> audit_key(const ledger::PatientMac& patient) = 0;
};

class VaultSource final : public Source {
 public:
  VaultSource(vault::Vault& vault, vault::Keyring& keyring) : vault_(vault), keyring_(keyring) {}
  ledger::PatientMac patient_mac(std::string_view patient_id) const override;
  Result<const vault::PatientFacts*> patient(std::string_view patient_id) override;
  Result<std::vector<vault::RecordFacts>> records(std::string_view patient_id, std::string_view type,
                                                  size_t limit) override;
  Result<vault::RecordFacts> record(std::string_view patient_id, const vault::RecordId& id) override;
  Result<size_t> open(const ledger::Receipt& receipt, std::string_view patient_id, const vault::RecordId& id,
                      uint32_t version, Bytes& out) override;
  Result<SecretBytes> audit_key(const ledger::PatientMac& patient) override;

 private:
  vault::Vault& vault_;
  vault::Keyring& keyring_;
};

// The in-memory twin, for tests, simulation and benchmarks of everything above the vault. It asks for receipts as the
// vault does.
class MemorySource final : public Source {
 public:
  struct Record {
    vault::RecordFacts facts;
    std::string json;
  };
  struct Patient {
    vault::PatientFacts facts;
    std::vector<Record> records;
  };
  std::map<std::string, Patient, std::less<>> patients;  // fill `facts.id`, the rest as wanted

  ledger::PatientMac patient_mac(std::string_view patient_id) const override;
  Result<const vault::PatientFacts*> patient(std::string_view patient_id) override;
  Result<std::vector<vault::RecordFacts>> records(std::string_view patient_id, std::string_view type,
                                                  size_t limit) override;
  Result<vault::RecordFacts> record(std::string_view patient_id, const vault::RecordId& id) override;
  Result<size_t> open(const ledger::Receipt& receipt, std::string_view patient_id, const vault::RecordId& id,
                      uint32_t version, Bytes& out) override;
  Result<SecretBytes> audit_key(const ledger::PatientMac& patient) override;

 private:
  vault::PatientFacts asked_;
};

}  // namespace zhimi::door
