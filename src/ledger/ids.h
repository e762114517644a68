// Which ids the log holds: the first eight bytes of each, in memory, so that a retry finds the first entry at the cost
// of a probe. Eight bytes may collide; the caller compares the whole id in the leaf. 12 to 20 bytes an entry: 10
// million entries take about 150 MB, where an SQL index over random keys would cost the log most of its speed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "tiles/leaf.h"

namespace zhimi::ledger {

class IdIndex {
 public:
  static constexpr uint64_t kMost = UINT32_MAX - 1;
  static uint64_t prefix(const tiles::EntryId& id) { return load_u64(id.data()); }

  size_t size() const { return prefixes_.size(); }
  uint64_t operator[](size_t index) const { return prefixes_[index]; }
  void add(uint64_t prefix);   // of the leaf size()
  void truncate(size_t size);  // forgets the newest
  // Calls `visit(index)` for every leaf with this prefix until it returns true.
  template <class Visit>
  void matches(uint64_t prefix, Visit&& visit) const {
    if (slots_.empty()) return;
    for (size_t at = home(prefix); slots_[at]; at = (at + 1) & (slots_.size() - 1))
      if (prefixes_[slots_[at] - 1] == prefix && visit(uint64_t{slots_[at]} - 1)) return;
  }

 private:
  size_t home(uint64_t prefix) const { return (prefix * 0x9E3779B97F4A7C15ull) >> shift_; }
  void place(size_t index);
  std::vector<uint64_t> prefixes_;  // by leaf
  std::vector<uint32_t> slots_;     // leaf + 1, open addressing, in order of insertion; 0: free
  unsigned shift_ = 64;
};

}  // namespace zhimi::ledger
