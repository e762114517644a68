// Proof, inside the process, that an entry is durable. Only a log (or the journal for care) makes one; the vault wants
// one before it unwraps a patient's key.
#pragma once

#include "ledger/entry.h"

namespace zhimi::ledger {

class Receipt {
 public:
  const EntryId& id() const { return id_; }
  const PatientMac& patient() const { return patient_; }
  Kind kind() const { return kind_; }
  // Place in the log; kJournaled until a journal is merged.
  uint64_t index() const { return index_; }
  bool journaled() const { return index_ == kJournaled; }
  static constexpr uint64_t kJournaled = ~uint64_t{0};

 private:
  friend class ReceiptOffice;
  Receipt(const EntryId& id, const PatientMac& patient, Kind kind, uint64_t index)
      : id_(id), patient_(patient), kind_(kind), index_(index) {}
  EntryId id_;
  PatientMac patient_;
  Kind kind_;
  uint64_t index_;
};

// The constructor's key: a base of Log and Journal implementations, used by nobody else (tools/check_layers looks).
class ReceiptOffice {
 protected:
  static Receipt issue(const EntryId& id, const PatientMac& patient, Kind kind, uint64_t index) {
    return Receipt(id, patient, kind, index);
  }
};

}  // namespace zhimi::ledger
