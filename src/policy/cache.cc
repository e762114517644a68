#include "policy/cache.h"

#include "base/limits.h"

namespace zhimi::policy {

namespace {

constexpr size_t kFirstSlots = 2048;
static_assert((kFirstSlots & (kFirstSlots - 1)) == 0);
constexpr size_t kInternedBytes = size_t{64} << 20;
// Decisions beyond what may be interned, per thread. One disclosure asks once for each of its records.
constexpr size_t kOverflow = 16'384;
static_assert(kOverflow > limits::kDisclosureRecords);

static_assert(words::Kind<Role>::count <= 40 && words::Kind<Relation>::count <= 32 && words::Kind<Label>::count <= 32);

uint64_t mix(uint64_t a, uint64_t b) {
  auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

size_t size_bytes(const Decision& d) { return sizeof d + (d.permits.size() + d.forbids.size()) * sizeof(uint32_t); }

const Decision& keep_for_a_while(Decision decision) {
  thread_local std::vector<std::unique_ptr<const Decision>> ring;
  thread_local size_t next = 0;
  auto kept = std::make_unique<const Decision>(std::move(decision));
  const Decision& reference = *kept;
  if (ring.size() < kOverflow) {
    ring.push_back(std::move(kept));
  } else {
    ring[next] = std::move(kept);
    next = (next + 1) % kOverflow;
  }
  return reference;
}

}  // namespace

CacheKey::CacheKey(const Question& q)
    : readers(q.roles.bits() | static_cast<uint64_t>(q.step) << 40 | static_cast<uint64_t>(q.purpose) << 48 |
              static_cast<uint64_t>(q.terminal) << 56),
      relations(q.facts.relations_definitely.bits() | q.facts.relations_possibly.bits() << 32),
      labels(q.facts.labels_definitely.bits() | q.facts.labels_possibly.bits() << 32) {}

uint64_t CacheKey::hash() const {
  return mix(mix(readers ^ 0x9e3779b97f4a7c15u, relations ^ 0xbf58476d1ce4e5b9u), labels ^ 0x94d049bb133111ebu);
}

// Written once: key first, then the decision with release. Whoever sees the decision sees its key.
struct DecisionCache::Slot {
  CacheKey key;
  std::atomic<const Decision*> decision = nullptr;

  void write(const CacheKey& k, const Decision* d) {
    key = k;
    decision.store(d, std::memory_order_release);
  }
};

struct DecisionCache::Slots {
  explicit Slots(size_t size) : mask(size - 1), slots(size) {}
  // The slot that holds the key, or the empty one where it belongs.
  Slot& find(const CacheKey& key, const Decision*& decision) {
    for (size_t at = key.hash() & mask;; at = (at + 1) & mask) {
      decision = slots[at].decision.load(std::memory_order_acquire);
      if (!decision || slots[at].key == key) return slots[at];
    }
  }
  const size_t mask;
  std::vector<Slot> slots;
};

DecisionCache::DecisionCache() { grow(); }
DecisionCache::~DecisionCache() = default;

const Decision* DecisionCache::find(const CacheKey& key) const {
  const Decision* decision;
  current_.load(std::memory_order_acquire)->find(key, decision);
  return decision;
}

void DecisionCache::grow() {
  auto bigger = std::make_unique<Slots>(tables_.empty() ? kFirstSlots : tables_.back()->slots.size() * 2);
  if (!tables_.empty())
    for (const Slot& slot : tables_.back()->slots) {
      const Decision* decision = slot.decision.load(std::memory_order_relaxed);
      if (!decision) continue;
      const Decision* none;
      bigger->find(slot.key, none).write(slot.key, decision);
    }
  current_.store(bigger.get(), std::memory_order_release);
  tables_.push_back(std::move(bigger));
}

void DecisionCache::keep(const CacheKey& key, const Decision* decision) {
  if (questions_ == limits::kDecisionCache) return;
  if (questions_ * 2 == tables_.back()->slots.size()) grow();
  const Decision* known;
  Slot& slot = tables_.back()->find(key, known);
  if (known) return;
  slot.write(key, decision);
  ++questions_;
}

const Decision* DecisionCache::intern(Decision& decision) {
  if (auto found = interned_.find(decision); found != interned_.end()) return found->get();
  size_t bytes = size_bytes(decision);
  if (interned_.size() >= limits::kDecisionCache || interned_bytes_ + bytes > kInternedBytes) return nullptr;
  interned_bytes_ += bytes;
  return interned_.insert(std::make_unique<const Decision>(std::move(decision))).first->get();
}

const Decision& DecisionCache::remember(const CacheKey& key, Decision decision) {
  {
    std::lock_guard lock(write_);
    if (const Decision* interned = intern(decision)) {
      keep(key, interned);
      return *interned;
    }
  }
  return keep_for_a_while(std::move(decision));
}

Snapshot::CacheSize DecisionCache::size() const {
  std::lock_guard lock(write_);
  return {questions_, interned_.size()};
}

size_t DecisionCache::ByContent::operator()(const Decision& d) const {
  uint64_t h = mix(d.duties.bits() + 1, 0x9e3779b97f4a7c15u);
  for (words::FormSet forms : d.table.raw()) h = mix(h ^ forms, 0xbf58476d1ce4e5b9u);
  for (uint32_t n : d.permits) h = mix(h ^ n, 0x94d049bb133111ebu);
  for (uint32_t n : d.forbids) h = mix(h ^ ~uint64_t{n}, 0x94d049bb133111ebu);
  return h;
}

}  // namespace zhimi::policy
