// Append-only Merkle log (C2SP tlog-tiles) of every disclosure decision. Entries carry ciphertext and MACs, never
// patient data. Thread-safe: any thread submits, appends, reads; whoever's turn it is owns the store.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
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
  // Waits until everything submitted is durable (or failed) and called back.
  virtual ~Log() = default;
  // Calls back once the entry is durable (group commit: everything that waits shares one), on the sequencer's thread or
  // on that of an append that took the turn; the callback may submit, and must not wait for the log. An id that the log
  // holds already gives the first entry's receipt and no second entry; kConflict if that entry is of another kind or
  // patient. After kUnavailable (disk full, I/O) the outcome is unknown: submit again under the same id, to this Log or
  // a reopened one. kUnavailable also, at once, when kInFlight entries wait; kConflict: another process writes this log
  // now; kTooLarge: a leaf beyond 65,535 bytes.
  virtual void submit(SealedEvent event, Done done) = 0;
  virtual Result<Receipt> append(SealedEvent event);  // submit and wait
  // Commits to every entry submitted before the call that became durable: appends a kHeads leaf when anything is new,
  // makes it durable, signs, stores. Returns the signed note.
  virtual Result<std::string> checkpoint() = 0;
  virtual uint64_t size() const = 0;               // durable leaves
  virtual Result<Bytes> leaf(uint64_t index) = 0;  // kNotFound beyond size; kCorrupt: it does not match its tile
  static constexpr size_t kInFlight = 4096;

  // For proofs and export; a stand-in log without tiles need not have them.
  virtual std::string key() const { return {}; }  // C2SP verifier key of the checkpoints
  // Visits `count` leaves from `first`, each checked against its tile. Other work on the log waits meanwhile.
  virtual Status read(uint64_t first, uint64_t count, const std::function<Status(uint64_t, ByteView)>& visit);
  // The first `width` hashes of a tile; kNotFound when the log does not have that many.
  virtual Result<std::vector<Digest>> tile(unsigned level, uint64_t number, unsigned width);
};

struct LogOptions {
  std::string origin;  // checkpoint origin and key name, e.g. "zhimi.example/7f3a…": no spaces, no plus
};

// Opens or creates the log in `session`; writes nothing to an existing one. Borrows; all outlive the Log.
//
// What is checked: the newest checkpoint's signature; its root against the newest tiles; the stored map of all patients
// against the kHeads leaf that the checkpoint ends in; and leaf by leaf whatever was made durable after it, which
// extends it. When any of that fails, every stored leaf is read again: kCorrupt names the first entry or tile that does
// not match; if only the stored map was damaged it is rebuilt. `leaf`, `read` and export check what they hand out;
// `verify_folder` of an export checks everything.
//
// Two processes: the one that writes first after opening takes the log over (a fenced term), and the other's next write
// gets kConflict. kConflict also: the store was written by a newer version. kInvalid: an impossible origin.
Result<std::unique_ptr<Log>> open_log(store::Session& session, const crypto::Signer& signer, Clock& clock,
                                      LogOptions options);
// The in-memory twin: the same sequencer without a disk. The origin must be valid.
std::unique_ptr<Log> memory_log(const crypto::Signer& signer, Clock& clock, LogOptions options);

// Makes a checkpoint and writes it with its tiles and entry bundles into `folder` (created; must be empty or hold an
// older export of the same log, which is extended), and the verifier key beside it as `zhimi.vkey`. The checkpoint is
// written last: an interrupted export is finished by the next one. kConflict: something else is in the folder.
Status export_tiles(Log& log, const std::filesystem::path& folder);
// c2sp.org/tlog-proof@v1 for one entry under the newest checkpoint (made when the entry is newer). Holds the entry
// itself as `extra`, so that the proof stands alone.
Result<std::string> prove(Log& log, uint64_t index);

}  // namespace zhimi::ledger
