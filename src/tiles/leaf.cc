#include "tiles/leaf.h"

#include <algorithm>

#include "crypto/hash.h"

namespace zhimi::tiles {

namespace {
constexpr uint8_t kVersion = 1;
constexpr size_t kHeadsBytes = 32 + 8 + 8;

Error corrupt(const char* what) { return make_error(Code::kCorrupt, what); }

// A patient's leaf counts from 1 and only the first has no chain behind it; a leaf without a patient has neither.
bool numbered_rightly(const Leaf& leaf) {
  if (leaf.patient == kNoPatient) return leaf.patient_count == 0 && leaf.previous_head == Digest{};
  return leaf.patient_count > 0 && (leaf.patient_count == 1) == (leaf.previous_head == Digest{});
}

EntryId heads_id(uint64_t index, ByteView about) {
  uint8_t prefix[9] = {4};
  for (int i = 0; i < 8; ++i) prefix[1 + i] = static_cast<uint8_t>(index >> (56 - 8 * i));
  Digest digest = crypto::sha256({ByteView(prefix), about});
  EntryId id;
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}
}  // namespace

Result<Leaf> parse_leaf(ByteView bytes) {
  if (bytes.size() < kLeafFixedBytes || bytes.size() > limits::kLedgerEntryBytes)
    return corrupt("a ledger leaf of impossible length");
  if (bytes[0] != kVersion) return corrupt("a ledger leaf of an unknown version");
  if (bytes[1] < 1 || bytes[1] > static_cast<uint8_t>(Kind::kHeads)) return corrupt("a ledger leaf of an unknown kind");
  Leaf leaf;
  const uint8_t* p = bytes.data() + 2;
  leaf.kind = static_cast<Kind>(bytes[1]);
  std::copy_n(p, 16, leaf.id.begin());
  std::copy_n(p + 16, 32, leaf.patient.begin());
  leaf.patient_count = load_u64(p + 48);
  std::copy_n(p + 56, 32, leaf.previous_head.begin());
  size_t at = 2 + 88, about = load_u16(bytes.data() + at);
  if (bytes.size() - kLeafFixedBytes < about) return corrupt("a ledger leaf that is cut off");
  leaf.about = bytes.subspan(at + 2, about);
  at += 2 + about;
  if (bytes.size() - at - 2 != load_u16(bytes.data() + at)) return corrupt("a ledger leaf of the wrong length");
  leaf.actor = bytes.subspan(at + 2);
  if (!numbered_rightly(leaf)) return corrupt("a ledger leaf whose running number and patient do not fit together");
  if (leaf.kind == Kind::kHeads && (leaf.patient != kNoPatient || about != kHeadsBytes || !leaf.actor.empty()))
    return corrupt("a heads leaf of the wrong form");
  return leaf;
}

void append_leaf(Bytes& out, const Leaf& leaf) {
  out.push_back(kVersion);
  out.push_back(static_cast<uint8_t>(leaf.kind));
  append(out, leaf.id);
  append(out, leaf.patient);
  append_u64(out, leaf.patient_count);
  append(out, leaf.previous_head);
  append_u16(out, static_cast<uint16_t>(leaf.about.size()));
  append(out, leaf.about);
  append_u16(out, static_cast<uint16_t>(leaf.actor.size()));
  append(out, leaf.actor);
}

Bytes make_leaf(const Leaf& leaf) {
  Bytes out;
  out.reserve(kLeafFixedBytes + leaf.about.size() + leaf.actor.size());
  append_leaf(out, leaf);
  return out;
}

Digest next_head(const Digest& previous, const Digest& leaf_hash) {
  std::array<uint8_t, 65> in;
  in[0] = 2;
  std::copy(previous.begin(), previous.end(), in.begin() + 1);
  std::copy(leaf_hash.begin(), leaf_hash.end(), in.begin() + 33);
  return crypto::sha256(in);
}

Bytes make_heads_leaf(uint64_t index, const Heads& heads) {
  Bytes about(heads.root.begin(), heads.root.end());
  append_u64(about, heads.patients);
  append_u64(about, static_cast<uint64_t>(heads.time_ms));
  Leaf leaf;
  leaf.kind = Kind::kHeads;
  leaf.id = heads_id(index, about);
  leaf.about = about;
  return make_leaf(leaf);
}

Result<Heads> parse_heads(const Leaf& leaf, uint64_t index) {
  if (leaf.kind != Kind::kHeads || leaf.about.size() != kHeadsBytes) return corrupt("not a heads leaf");
  if (leaf.id != heads_id(index, leaf.about)) return corrupt("a heads leaf in another place than it was made for");
  Heads heads;
  std::copy_n(leaf.about.begin(), 32, heads.root.begin());
  heads.patients = load_u64(leaf.about.data() + 32);
  heads.time_ms = static_cast<int64_t>(load_u64(leaf.about.data() + 40));
  return heads;
}

}  // namespace zhimi::tiles
