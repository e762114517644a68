// What the ledger keeps of one event, and the two seals. Frozen in docs/formats.md section "Ledger entry".
//
// A leaf shows only: version, kind, id, the patient's pseudonym (a MAC that needs the ledger's key to make) and the
// patient's running number and chain. Who, when and why are sealed under the audit office's key; what it was about is
// sealed under the patient's audit key, so that shredding a patient makes that part unreadable for ever while the log
// still verifies.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "tiles/leaf.h"

namespace zhimi::ledger {

using tiles::EntryId;
using tiles::Kind;
using tiles::Leaf;
using tiles::parse_leaf;
using tiles::PatientMac;

// In clear, before sealing. The parts are JSON objects; field names stand in docs/formats.md.
struct Event {
  EntryId id{};
  Kind kind{};
  PatientMac patient{};
  std::string about;  // patient's part: which patient and records, digest of what was released
  std::string actor;  // audit office's part: time, account, roles, step, purpose, terminal, rules, policy digest
};

// Ready for the log: holds no plaintext.
struct SealedEvent {
  EntryId id{};
  Kind kind{};
  PatientMac patient{};
  Bytes about, actor;
};

// Both parts are padded to a multiple of 64 bytes, so their length tells little. The seals bind id, kind and patient.
// An event without a patient's own key gives the office's key for both.
SealedEvent seal(const Event& event, ByteView patient_audit_key, ByteView office_key, Random& random);

Bytes make_leaf(const SealedEvent& event, uint64_t patient_count, const Digest& previous_head);
// Opens the seals of a leaf: kCorrupt with a wrong key.
Result<std::string> open_about(const Leaf& leaf, ByteView patient_audit_key);
Result<std::string> open_actor(const Leaf& leaf, ByteView office_key);

}  // namespace zhimi::ledger
