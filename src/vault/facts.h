// What is sealed under HomeKey::kFacts: deciding needs it, opening does not. Byte format in docs/formats.md, "Facts".
// Pure functions.
#pragma once

#include "vault/layout.h"

namespace zhimi::vault {

inline constexpr size_t kFactsBytes = 65'536;  // one record's facts, filled
inline constexpr size_t kFactsBlock = 64;      // their lengths are multiples of this

struct StoredRecord {
  RecordId id;
  words::Set<words::Label> labels;
  Labelling labelling{};
  int64_t written_ms = 0;
  bool gone = false;
  std::vector<Tie> ties;  // as written: `gone` has not been applied
};

struct StoredPatient {
  std::string id;
  words::Set<words::Label> labels;
  int64_t birth_ms = INT64_MIN;
};

// What of a record goes into its facts, borrowed.
struct RecordFactsView {
  const RecordId& id;
  words::Set<words::Label> labels;
  const Labelling& labelling;
  int64_t written_ms;
  bool gone;
  std::span<const Tie> ties;
};

// Replaces `out`. kInvalid: an empty or overlong id; kTooLarge: more than kFactsBytes.
Status encode(const RecordFactsView& facts, Bytes& out);
Status encode(const StoredPatient& facts, Bytes& out);
// kCorrupt: not exactly what encode() makes.
Result<StoredRecord> decode_record(ByteView facts);
Result<StoredPatient> decode_patient(ByteView facts);

}  // namespace zhimi::vault
