// One ledger entry as the log shows it to everybody. Frozen in docs/formats.md section "Ledger leaf". The verifier
// reads leaves too, so they live here, below the server; ledger/entry.h adds the seals.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"

namespace zhimi::tiles {

enum class Kind : uint8_t {
  kDisclosure = 1,  // decided to show; written before the record is opened
  kRefusal = 2,
  kOutcome = 3,        // what became of a disclosure: bytes, digest, or aborted
  kImport = 4,         // a file is about to be imported, or was
  kConfiguration = 5,  // policy, map, labels or hospital file now in use
  kHeads = 6,          // commits to every patient's (count, head); written by the log itself before each checkpoint
};

using EntryId = std::array<uint8_t, 16>;     // random, unique
using PatientMac = std::array<uint8_t, 32>;  // pseudonym; all zero: no patient
inline constexpr PatientMac kNoPatient{};

struct Leaf {
  EntryId id{};
  Kind kind{};
  PatientMac patient{};
  uint64_t patient_count = 0;  // 1 for the patient's first entry; 0 when there is no patient
  Digest previous_head{};      // chain over the patient's earlier leaves; zero for the first
  ByteView about, actor;       // sealed; borrowed from the leaf's bytes
};

inline constexpr size_t kLeafFixedBytes = 1 + 1 + 16 + 32 + 8 + 32 + 2 + 2;
inline constexpr size_t kLeafPartBytes = limits::kLedgerEntryBytes - kLeafFixedBytes;  // about and actor together

// kCorrupt: another version or kind, bytes missing or left over, or a patient's number where there is none.
Result<Leaf> parse_leaf(ByteView leaf);
// about and actor together are at most kLeafPartBytes.
void append_leaf(Bytes& out, const Leaf& leaf);
Bytes make_leaf(const Leaf& leaf);

// The chain over one patient's leaves: SHA-256(0x02 ‖ previous ‖ leaf hash).
Digest next_head(const Digest& previous, const Digest& leaf_hash);

// What a kHeads leaf says in clear.
struct Heads {
  Digest root{};          // of the map of all patients, before this leaf (heads.h)
  uint64_t patients = 0;  // in that map
  int64_t time_ms = 0;    // the log's clock; information only: it may jump both ways
};
// A kHeads leaf holds no free bytes: its id is the first 16 bytes of SHA-256(0x04 ‖ u64 index ‖ about).
Bytes make_heads_leaf(uint64_t index, const Heads& heads);
Result<Heads> parse_heads(const Leaf& leaf, uint64_t index);  // kCorrupt

}  // namespace zhimi::tiles
