// Where the sequencer keeps its rows: SQL, or memory. Frozen in docs/formats.md section "Checkpoint and tiles". One
// thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "store/session.h"
#include "tiles/tree.h"

namespace zhimi::ledger {

// Durable together or not at all.
struct Write {
  uint64_t first = 0;                      // size of the log before: index of the first leaf
  uint32_t count = 0;                      // leaves; 0: no batch
  ByteView leaves;                         // in the form of an entry bundle
  std::span<const tiles::FullTile> tiles;  // completed by them
  std::span<const Bytes> ids;              // of each completed tile of level 0, in order: 256 × first 8 bytes of the id
  uint64_t checkpoint_size = 0;
  std::string_view note;         // empty: no checkpoint
  bool replace_heads = false;    // `heads` holds every patient and replaces all earlier rows
  std::span<const Bytes> heads;  // rows of repeated PatientHead, at the checkpoint
};

struct StoredCheckpoint {
  uint64_t size = 0;
  std::string note;
};

using VisitBatch = std::function<Status(uint64_t first, uint32_t count, ByteView leaves)>;

class Backend {
 public:
  virtual ~Backend() = default;
  // After kUnavailable it may be durable or not; `size` tells. kConflict: another writer took over.
  virtual Status write(const Write& write) = 0;
  virtual Result<uint64_t> size() = 0;  // kConflict: another writer took over
  // The batches that hold leaves [first, last), in order.
  virtual Status batches(uint64_t first, uint64_t last, const VisitBatch& visit) = 0;
  virtual Result<std::optional<StoredCheckpoint>> newest_checkpoint() = 0;
  virtual Result<std::vector<Digest>> tile(unsigned level, uint64_t number) = 0;  // kNotFound
  // Roots of `count` tiles from number `first`; fewer when fewer are stored.
  virtual Result<std::vector<Digest>> tile_roots(unsigned level, uint64_t first, uint64_t count) = 0;
  virtual Status ids(uint64_t tiles, const std::function<Status(uint64_t number, ByteView ids)>& visit) = 0;
  virtual Status heads(const std::function<Status(ByteView heads)>& visit) = 0;
};

Result<std::unique_ptr<Backend>> sql_backend(store::Session& session);
std::unique_ptr<Backend> memory_backend();

}  // namespace zhimi::ledger
