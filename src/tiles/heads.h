// The map of all patients: pseudonym → (number of leaves, head of their chain), and one hash over it. A kHeads leaf
// commits to that hash, so leaving out one patient's entry shows. Frozen in docs/formats.md section "Heads map".
//
//   bucket b     the patients whose pseudonym begins with the 16 bits b, in order of pseudonym
//   bucket hash  SHA-256(0x03 ‖ (pseudonym[32] ‖ u64 count ‖ head[32]) ...)
//   root         a binary tree over the 65,536 bucket hashes, node = SHA-256(0x01 ‖ left ‖ right)
#pragma once

#include <array>
#include <bitset>
#include <functional>
#include <memory>
#include <vector>

#include "tiles/leaf.h"

namespace zhimi::tiles {

struct PatientHead {
  PatientMac patient{};
  uint64_t count = 0;
  Digest head{};
};
inline constexpr size_t kPatientHeadBytes = 32 + 8 + 32;
void append_patient(Bytes& out, const PatientHead& head);  // pseudonym[32] ‖ u64 count ‖ head[32]

// Memory grows with the number of patients (about 100 bytes each); an empty map is a few kilobytes. One thread at a
// time.
class HeadsMap {
 public:
  HeadsMap();
  const PatientHead* find(const PatientMac& patient) const;  // null: never seen; until the next change
  void put(const PatientHead& head);                         // adds or replaces
  void remove(const PatientMac& patient);
  uint64_t patients() const { return patients_; }
  // Those put since the last call, each once, as they stand now; whoever stores the map stores these.
  std::vector<PatientHead> take_changed();
  // Hashes again only what changed since the last call: about 17 hashes a changed patient.
  const Digest& root();
  void each(const std::function<void(const PatientHead&)>& visit) const;  // in order of pseudonym

 private:
  static constexpr size_t kWidth = 256;          // groups, and buckets of a group
  using Nodes = std::array<Digest, 2 * kWidth>;  // heap order: children of n are 2n and 2n+1
  struct Slot : PatientHead {
    bool changed = false;  // listed in changed_
  };
  using Bucket = std::vector<Slot>;  // in order of pseudonym
  struct Group {
    std::array<Bucket, kWidth> buckets;
    Nodes nodes;
    std::bitset<2 * kWidth> stale;
  };
  static Digest bucket_hash(const Bucket& bucket);
  static const Digest& empty_subtree(unsigned height);
  static void fill_empty(Nodes& nodes, unsigned height);
  Bucket& bucket_to_change(const PatientMac& patient);
  Digest rehash(Group& group) const;

  std::array<std::unique_ptr<Group>, kWidth> groups_;  // by the first byte; made when first needed
  Nodes nodes_;
  std::bitset<2 * kWidth> stale_;
  uint64_t patients_ = 0;
  std::vector<PatientMac> changed_;
};

// What every reader of the log knows at one place in it: checks leaf after leaf, in order.
class History {
 public:
  // kCorrupt: malformed, a patient's number or chain that does not follow, a heads leaf that does not match. Nothing
  // changes then.
  Result<Leaf> add(ByteView leaf, const Digest& leaf_hash);
  uint64_t size() const { return size_; }
  bool ends_in_heads() const { return ends_in_heads_; }  // the leaf added last is a heads leaf
  HeadsMap& heads() { return heads_; }
  // Goes on from a place that was checked elsewhere.
  void resume(uint64_t size, HeadsMap heads);

 private:
  HeadsMap heads_;
  uint64_t size_ = 0;
  bool ends_in_heads_ = false;
};

}  // namespace zhimi::tiles
