// What the reader is to the patient, and what the record is: from indexed facts, without plaintext.
#pragma once

#include "directory/directory.h"
#include "policy/policy.h"
#include "vault/vault.h"

namespace zhimi::door {

inline constexpr int kMinorYears = 14;  // PIPL art. 28: under fourteen

// Ties that hold now and name the reader, directly or by department; uncertain ones make a relation possible only.
// Labels are not filled here.
policy::Facts relations(const directory::Subject& who, const vault::PatientFacts& patient, std::string_view patient_id,
                        int64_t now_ms);

// Adds the record's and the patient's labels; a patient of unknown age is possibly a minor. Settles `facts`.
policy::Facts with_labels(policy::Facts facts, const vault::PatientFacts& patient,
                          words::Set<words::Label> record_labels, int64_t now_ms);

// Whether a durable journal may stand in for the ledger: treatment with a proven tie, or an emergency.
bool is_care(words::Purpose purpose, const policy::Facts& facts);

}  // namespace zhimi::door
