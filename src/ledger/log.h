// Append-only Merkle log (C2SP tlog-tiles) of every disclosure decision. Entries carry ciphertext and MACs, never
// patient data. Thread-safe: any thread submits; one sequencer thread owns the store.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crypto/sign.h"
#include "ledger/receipt.h"
#include "store/session.h"

namespace zhimi::ledger {

using Done = std::function<void(Result<Receipt>)>;

class Log {
 public:
  virtual ~Log() = default;
  // Calls back, on the sequencer's thread, once the entry is durable (pipelined group commit). After an error the
  // outcome is unknown: reopen, then submit again under the same id, which is then not a second entry. kUnavailable:
  // disk full, or more than `kInFlight` entries wait.
  virtual void submit(SealedEvent event, Done done) = 0;
  Result<Receipt> append(SealedEvent event);  // submit and wait
  // Commits to every entry made durable before the call: appends a kHeads leaf when anything is new, signs, stores.
  // Returns the signed note.
  virtual Result<std::string> checkpoint() = 0;
  virtual uint64_t size() const = 0;               // durable leaves
  virtual Result<Bytes> leaf(uint64_t index) = 0;  // kNotFound beyond size
  static constexpr size_t kInFlight = 4096;
};

struct LogOptions {
  std::string origin;  // checkpoint origin, e.g. "zhimi.example/7f3a…"
};

// Opens or creates the log in `session`. Verifies the stored leaves against the newest checkpoint first: kCorrupt,
// naming the first leaf or tile that does not match. Leaves made durable after the newest checkpoint extend it.
// Borrows; all outlive the Log.
Result<std::unique_ptr<Log>> open_log(store::Session& session, const crypto::Signer& signer, Clock& clock,
                                      LogOptions options);
// The in-memory twin: the same sequencer without a disk.
std::unique_ptr<Log> memory_log(const crypto::Signer& signer, Clock& clock, LogOptions options);

// Writes checkpoint, tiles and entry bundles of the newest checkpoint into `folder` (created; must be empty or hold an
// older export of the same log, which is extended).
Status export_tiles(Log& log, const std::filesystem::path& folder);
// c2sp.org/tlog-proof@v1 for one entry under the newest checkpoint.
Result<std::string> prove(Log& log, uint64_t index);

}  // namespace zhimi::ledger
