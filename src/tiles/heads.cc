#include "tiles/heads.h"

#include <algorithm>
#include <utility>

#include "crypto/hash.h"
#include "tiles/tree.h"

namespace zhimi::tiles {

Digest HeadsMap::bucket_hash(const Bucket& bucket) {
  Bytes in;
  in.reserve(1 + bucket.size() * kPatientHeadBytes);
  in.push_back(3);
  for (const PatientHead& head : bucket) append_patient(in, head);
  return crypto::sha256(in);
}

void append_patient(Bytes& out, const PatientHead& head) {
  append(out, head.patient);
  append_u64(out, head.count);
  append(out, head.head);
}

// The root of an empty subtree of 2^height buckets, height 0 to 16.
const Digest& HeadsMap::empty_subtree(unsigned height) {
  static const auto roots = [] {
    std::array<Digest, 17> out;
    out[0] = bucket_hash({});
    for (size_t i = 1; i < out.size(); ++i) out[i] = node_hash(out[i - 1], out[i - 1]);
    return out;
  }();
  return roots[height];
}

// Fills a heap-ordered tree whose 256 leaves are empty subtrees of 2^height buckets.
void HeadsMap::fill_empty(Nodes& nodes, unsigned height) {
  for (unsigned depth = 0; depth <= 8; ++depth)
    for (size_t n = size_t{1} << depth; n < size_t{2} << depth; ++n) nodes[n] = empty_subtree(height + 8 - depth);
}

namespace {
// Hashes every stale inner node again, children before parents.
template <class Nodes, class Stale>
void rehash_inner(Nodes& nodes, Stale& stale) {
  for (size_t n = nodes.size() / 2; n-- > 1;)
    if (stale[2 * n] || stale[2 * n + 1]) {
      nodes[n] = node_hash(nodes[2 * n], nodes[2 * n + 1]);
      stale.set(n);
    }
  stale.reset();
}

bool before(const PatientHead& head, const PatientMac& patient) { return head.patient < patient; }
}  // namespace

HeadsMap::HeadsMap() { fill_empty(nodes_, 8); }

const PatientHead* HeadsMap::find(const PatientMac& patient) const {
  const auto& group = groups_[patient[0]];
  if (!group) return nullptr;
  const auto& bucket = group->buckets[patient[1]];
  auto at = std::lower_bound(bucket.begin(), bucket.end(), patient, before);
  return at != bucket.end() && at->patient == patient ? &*at : nullptr;
}

HeadsMap::Bucket& HeadsMap::bucket_to_change(const PatientMac& patient) {
  auto& group = groups_[patient[0]];
  if (!group) {
    group = std::make_unique<Group>();
    fill_empty(group->nodes, 0);
  }
  group->stale.set(kWidth + patient[1]);
  stale_.set(kWidth + patient[0]);
  return group->buckets[patient[1]];
}

void HeadsMap::put(const PatientHead& head) {
  auto& bucket = bucket_to_change(head.patient);
  auto at = std::lower_bound(bucket.begin(), bucket.end(), head.patient, before);
  if (at == bucket.end() || at->patient != head.patient) {
    at = bucket.insert(at, Slot{head});
    ++patients_;
  }
  at->count = head.count;
  at->head = head.head;
  if (!std::exchange(at->changed, true)) changed_.push_back(head.patient);
}

std::vector<PatientHead> HeadsMap::take_changed() {
  std::vector<PatientHead> out;
  for (const PatientMac& patient : changed_) {
    if (!groups_[patient[0]]) continue;
    auto& bucket = groups_[patient[0]]->buckets[patient[1]];
    auto at = std::lower_bound(bucket.begin(), bucket.end(), patient, before);
    // Put, removed and put again: listed twice, taken once. Removed: not at all.
    if (at == bucket.end() || at->patient != patient || !std::exchange(at->changed, false)) continue;
    out.push_back(*at);
  }
  changed_.clear();
  return out;
}

void HeadsMap::remove(const PatientMac& patient) {
  auto& bucket = bucket_to_change(patient);
  auto at = std::lower_bound(bucket.begin(), bucket.end(), patient, before);
  if (at == bucket.end() || at->patient != patient) return;
  bucket.erase(at);
  --patients_;
}

Digest HeadsMap::rehash(Group& group) const {
  for (size_t b = 0; b < kWidth; ++b)
    if (group.stale[kWidth + b]) group.nodes[kWidth + b] = bucket_hash(group.buckets[b]);
  rehash_inner(group.nodes, group.stale);
  return group.nodes[1];
}

const Digest& HeadsMap::root() {
  if (stale_.none()) return nodes_[1];
  for (size_t g = 0; g < kWidth; ++g)
    if (stale_[kWidth + g]) nodes_[kWidth + g] = rehash(*groups_[g]);
  rehash_inner(nodes_, stale_);
  return nodes_[1];
}

void HeadsMap::each(const std::function<void(const PatientHead&)>& visit) const {
  for (const auto& group : groups_)
    if (group)
      for (const auto& bucket : group->buckets)
        for (const PatientHead& head : bucket) visit(head);
}

Result<Leaf> History::add(ByteView bytes, const Digest& leaf_hash) {
  ZHIMI_TRY(Leaf leaf, parse_leaf(bytes));
  if (leaf.kind == Kind::kHeads) {
    ZHIMI_TRY(Heads heads, parse_heads(leaf, size_));
    if (heads.root != heads_.root() || heads.patients != heads_.patients())
      return make_error(Code::kCorrupt, "its commitment to all patients does not match the entries before it");
  } else if (leaf.patient != kNoPatient) {
    const PatientHead* known = heads_.find(leaf.patient);
    if (leaf.patient_count != (known ? known->count : 0) + 1)
      return make_error(Code::kCorrupt, "its patient's running number does not follow: an entry was left out or added");
    if (leaf.previous_head != (known ? known->head : Digest{}))
      return make_error(Code::kCorrupt, "its patient's chain does not follow: an earlier entry was changed");
    heads_.put({leaf.patient, leaf.patient_count, next_head(leaf.previous_head, leaf_hash)});
  }
  ends_in_heads_ = leaf.kind == Kind::kHeads;
  ++size_;
  return leaf;
}

void History::resume(uint64_t size, HeadsMap heads) {
  heads_ = std::move(heads);
  size_ = size;
  ends_in_heads_ = false;
}

}  // namespace zhimi::tiles
