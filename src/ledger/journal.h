// The journal for care: where an entry is made durable while the ledger cannot be written, so that a full disk does not
// hide an allergy. One preallocated, encrypted, chained file in a folder of the operator's choice, best on another
// volume. Its entries are merged into the ledger later, each exactly once. Frozen in docs/formats.md section "Journal".
// Thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "base/random.h"
#include "ledger/log.h"

namespace zhimi::ledger {

class Journal {
 public:
  static constexpr size_t kDefaultBytes = size_t{8} << 20;  // about 2,000 entries
  // Opens or creates the journal in `folder`, and holds it: kConflict when another process does. An entry that a crash
  // cut off while it was being written, last in the file, was never acknowledged and is dropped. kCorrupt: wrong key,
  // or an acknowledged entry was changed; the file is left untouched. kUnavailable: no room to preallocate. `key` is
  // copied; `random` is borrowed.
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& folder, ByteView key, Random& random,
                                               size_t size_bytes = kDefaultBytes);
  virtual ~Journal() = default;

  // Durable when it returns. An id that the journal holds already is not a second entry. kUnavailable: full, or the
  // write failed (the outcome is unknown then: append again under the same id).
  virtual Result<Receipt> append(SealedEvent event) = 0;
  virtual bool empty() const = 0;
  virtual Result<std::vector<SealedEvent>> pending() = 0;  // in the order of their appending
  // Appends every pending entry to `log` under its own id, waits until all are durable, empties the journal; returns
  // how many. After an error nothing is lost: merge again, the log knows the ids.
  virtual Result<uint64_t> merge(Log& log) = 0;
};

}  // namespace zhimi::ledger
