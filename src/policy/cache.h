// Decisions by question: read without locks, bounded, never dangling. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "policy/policy.h"

namespace zhimi::policy {

// A settled question in three words.
struct CacheKey {
  uint64_t readers = 0, relations = 0, labels = 0;
  CacheKey() = default;
  explicit CacheKey(const Question& question);
  bool operator==(const CacheKey&) const = default;
  uint64_t hash() const;
};

class DecisionCache {
 public:
  DecisionCache();
  ~DecisionCache();
  // Null on a miss. Wait-free.
  const Decision* find(const CacheKey& key) const;
  // Interns the decision and remembers it for the key while there is room. Equal decisions are one object. The
  // reference lives as policy.h says of Snapshot::decide.
  const Decision& remember(const CacheKey& key, Decision decision);
  Snapshot::CacheSize size() const;

 private:
  struct Slot;
  struct Slots;  // a hash table at most half full
  struct ByContent {
    using is_transparent = void;
    size_t operator()(const Decision& d) const;
    size_t operator()(const std::unique_ptr<const Decision>& d) const { return (*this)(*d); }
    bool operator()(const Decision& a, const std::unique_ptr<const Decision>& b) const { return a == *b; }
    bool operator()(const std::unique_ptr<const Decision>& a, const Decision& b) const { return *a == b; }
    bool operator()(const std::unique_ptr<const Decision>& a, const std::unique_ptr<const Decision>& b) const {
      return *a == *b;
    }
  };
  void keep(const CacheKey& key, const Decision* decision);
  void grow();
  const Decision* intern(Decision& decision);

  std::atomic<Slots*> current_;
  mutable std::mutex write_;
  // All tables there have been: readers may still be in an outgrown one. They double, so together they are twice the
  // last.
  std::vector<std::unique_ptr<Slots>> tables_;
  size_t questions_ = 0, interned_bytes_ = 0;
  std::unordered_set<std::unique_ptr<const Decision>, ByContent, ByContent> interned_;
};

}  // namespace zhimi::policy
