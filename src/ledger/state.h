// What the sequencer holds in memory, and how it is read back from the stored rows when a log is opened. Room-internal.
#pragma once

#include <string>
#include <vector>

#include "ledger/backend.h"
#include "ledger/ids.h"
#include "tiles/heads.h"
#include "tiles/note.h"
#include "tiles/tree.h"

namespace zhimi::ledger {

struct State {
  tiles::Tree tree;
  tiles::HeadsMap heads;
  IdIndex ids;
  bool ends_in_heads = false;  // the last leaf commits to `heads` as it is
  std::string note;            // newest checkpoint, signed; empty: none
  uint64_t note_size = 0;
  // Stored map: rows and bytes since it was last written whole.
  size_t heads_rows = 0, heads_bytes = 0;
  bool heads_whole = false;  // the rows hold every patient but those changed since
};

// Reads the stored log as open_log promises. kCorrupt names the first thing that does not match.
Result<State> load(Backend& backend, const tiles::VerifierKey& key);
// Adds the stored leaves from the state's size up to `size`, each checked as an auditor would, and completed tiles
// compared with the stored ones. After an error the state is of no use.
Status replay(Backend& backend, State& state, uint64_t size);

}  // namespace zhimi::ledger
