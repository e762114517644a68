// Every bound in one place, so that a reader can find them and a test can pass them.
#pragma once

#include <cstddef>

namespace zhimi::limits {

inline constexpr size_t kResourceBytes = size_t{4} << 20;    // one FHIR resource, as text
inline constexpr size_t kDisclosureBytes = size_t{4} << 20;  // one released body
inline constexpr size_t kDisclosureRecords = 10'000;         // records of one patient in one disclosure
inline constexpr size_t kJsonDepth = 64;                     // nested objects and arrays
inline constexpr size_t kJsonNumberBytes = 64;               // digits of one number
inline constexpr size_t kIdBytes = 64;                       // a FHIR id
inline constexpr size_t kPolicyBytes = size_t{16} << 20;     // one policy file
inline constexpr size_t kPolicyRules = 200'000;
inline constexpr size_t kConfigBytes = size_t{16} << 20;  // hospital.toml, maps, labels
inline constexpr size_t kReasonBytes = 500;               // the reason a reader gives
inline constexpr size_t kLedgerEntryBytes = 65'535;       // C2SP tlog-tiles
inline constexpr size_t kDecisionCache = 65'536;          // interned decisions of one snapshot

}  // namespace zhimi::limits
