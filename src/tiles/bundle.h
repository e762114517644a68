// Entry bundles (C2SP tlog-tiles, "Log Entries"): repeated u16 length ‖ entry.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace zhimi::tiles {

inline void append_bundle_entry(Bytes& out, ByteView entry) {
  append_u16(out, static_cast<uint16_t>(entry.size()));
  append(out, entry);
}

// Walks a bundle that it borrows.
class BundleReader {
 public:
  explicit BundleReader(ByteView bundle) : rest_(bundle) {}
  bool done() const { return rest_.empty(); }
  std::optional<ByteView> next() {  // empty: the bundle ends inside an entry; do not go on
    if (rest_.size() < 2 || rest_.size() - 2 < load_u16(rest_.data())) return std::nullopt;
    size_t size = load_u16(rest_.data());
    ByteView entry = rest_.subspan(2, size);
    rest_ = rest_.subspan(2 + size);
    return entry;
  }

 private:
  ByteView rest_;
};

}  // namespace zhimi::tiles
