#include "ledger/state.h"

#include <fmt/core.h>

#include <algorithm>

#include "tiles/bundle.h"

namespace zhimi::ledger {

namespace {

using tiles::kTileWidth;

Error corrupt(std::string what) { return make_error(Code::kCorrupt, std::move(what)); }

Error damaged(uint64_t index, std::string_view what) {
  return corrupt(fmt::format("ledger.db: entry {}{}: restore the ledger from its backup", index, what));
}

// Visits the stored leaves [first, last) one by one; a gap, an overlap or a cut batch is kCorrupt.
Status each_leaf(Backend& backend, uint64_t first, uint64_t last,
                 const std::function<Status(uint64_t index, ByteView leaf)>& visit) {
  if (first == last) return {};
  uint64_t next = first;
  auto visit_batch = [&](uint64_t at, uint32_t count, ByteView leaves) -> Status {
    if (at > next || next >= at + count) return damaged(next, " is missing");
    tiles::BundleReader reader(leaves);
    for (uint64_t index = at; index < at + count && index < last; ++index) {
      auto leaf = reader.next();
      if (!leaf) return damaged(index, " is cut off");
      if (index < next) continue;
      ZHIMI_CHECK(visit(index, *leaf));
      ++next;
    }
    return {};
  };
  ZHIMI_CHECK(backend.batches(first, last, visit_batch));
  if (next < last) return damaged(next, " is missing");
  return {};
}

Status compare_tile(Backend& backend, const tiles::FullTile& tile) {
  auto stored = backend.tile(tile.level, tile.number);
  if (!stored && stored.error().code == Code::kUnavailable) return std::move(stored).error();
  std::string name = tiles::tile_path(tile.level, tile.number, kTileWidth);
  if (!stored) return corrupt(fmt::format("ledger.db: {} is missing: restore the ledger from its backup", name));
  for (size_t i = 0; i < kTileWidth; ++i)
    if ((*stored)[i] != tile.hashes[i]) {
      if (tile.level == 0) return damaged(tile.number * kTileWidth + i, " does not match its hash in " + name);
      return corrupt(fmt::format(
          "ledger.db: hash {} of {} does not match the tile below it: restore the ledger from its backup", i, name));
    }
  ZHIMI_TRY(auto root, backend.tile_roots(tile.level, tile.number, 1));
  if (root.size() != 1 || root[0] != tile.root)
    return corrupt(fmt::format("ledger.db: the stored root of {} is wrong: restore the ledger from its backup", name));
  return {};
}

}  // namespace

Status replay(Backend& backend, State& state, uint64_t size) {
  tiles::History history;
  history.resume(state.tree.size(), std::move(state.heads));
  std::vector<tiles::FullTile> completed;
  bool any = state.tree.size() < size;
  auto add = [&](uint64_t index, ByteView bytes) -> Status {
    Digest hash = tiles::leaf_hash(bytes);
    auto leaf = history.add(bytes, hash);
    if (!leaf) return damaged(index, ": " + leaf.error().what);
    state.tree.append(hash, completed);
    state.ids.add(IdIndex::prefix(leaf->id));
    for (const tiles::FullTile& tile : completed) ZHIMI_CHECK(compare_tile(backend, tile));
    completed.clear();
    return {};
  };
  ZHIMI_CHECK(each_leaf(backend, state.tree.size(), size, add));
  if (any) state.ends_in_heads = history.ends_in_heads();
  state.heads = std::move(history.heads());
  return {};
}

namespace {

// The tree at a checkpoint: its newest leaves, and the roots of the tiles before them.
Result<tiles::Tree> load_tree(Backend& backend, const tiles::Checkpoint& checkpoint) {
  std::vector<std::vector<Digest>> edge(tiles::tile_levels(checkpoint.size));
  uint64_t newest = checkpoint.size / kTileWidth * kTileWidth;
  ZHIMI_CHECK(each_leaf(backend, newest, checkpoint.size, [&](uint64_t, ByteView leaf) -> Status {
    edge[0].push_back(tiles::leaf_hash(leaf));
    return {};
  }));
  for (unsigned level = 1; level < edge.size(); ++level) {
    uint64_t tiles_below = checkpoint.size >> (8 * level), first = tiles_below / kTileWidth * kTileWidth;
    if (tiles_below == first) continue;
    ZHIMI_TRY(edge[level], backend.tile_roots(level - 1, first, tiles_below - first));
  }
  ZHIMI_TRY(auto tree, tiles::Tree::from_edge(checkpoint.size, std::move(edge)));
  if (tree.root() != checkpoint.root) return corrupt("the newest tiles do not give the root");
  return tree;
}

// The stored map of all patients, checked against the heads leaf that the checkpoint ends in.
Status load_heads(Backend& backend, State& state, const tiles::Checkpoint& checkpoint) {
  ZHIMI_CHECK(backend.heads([&](ByteView rows) -> Status {
    if (rows.size() % tiles::kPatientHeadBytes) return corrupt("a stored row of patients is cut off");
    for (; !rows.empty(); rows = rows.subspan(tiles::kPatientHeadBytes)) {
      tiles::PatientHead head;
      std::copy_n(rows.begin(), 32, head.patient.begin());
      head.count = load_u64(rows.data() + 32);
      std::copy_n(rows.begin() + 40, 32, head.head.begin());
      state.heads.put(head);
      state.heads_bytes += tiles::kPatientHeadBytes;
    }
    ++state.heads_rows;
    return {};
  }));
  uint64_t last = checkpoint.size - 1;
  return each_leaf(backend, last, checkpoint.size, [&](uint64_t, ByteView bytes) -> Status {
    ZHIMI_TRY(auto proof,
              tiles::inclusion_proof(last, checkpoint.size, [&](unsigned level, uint64_t number, unsigned width) {
                if (width < kTileWidth) {
                  auto edge = state.tree.edge(level);
                  return Result<std::vector<Digest>>(std::vector<Digest>(edge.begin(), edge.end()));
                }
                return backend.tile(level, number);
              }));
    ZHIMI_CHECK(tiles::verify_inclusion(last, checkpoint.size, tiles::leaf_hash(bytes), proof, checkpoint.root));
    ZHIMI_TRY(auto leaf, tiles::parse_leaf(bytes));
    ZHIMI_TRY(auto heads, tiles::parse_heads(leaf, last));
    if (heads.root != state.heads.root()) return corrupt("the stored map of patients is not the one committed to");
    (void)state.heads.take_changed();  // stored already
    return {};
  });
}

Status load_ids(Backend& backend, State& state, uint64_t size) {
  uint64_t next = 0;
  ZHIMI_CHECK(backend.ids(size / kTileWidth, [&](uint64_t number, ByteView ids) -> Status {
    if (number != next++ || ids.size() != kTileWidth * 8) return corrupt("stored ids are missing");
    for (size_t i = 0; i < kTileWidth; ++i) state.ids.add(load_u64(ids.data() + 8 * i));
    return {};
  }));
  if (next != size / kTileWidth) return corrupt("stored ids are missing");
  return each_leaf(backend, next * kTileWidth, size, [&](uint64_t, ByteView bytes) -> Status {
    ZHIMI_TRY(auto leaf, tiles::parse_leaf(bytes));
    state.ids.add(IdIndex::prefix(leaf.id));
    return {};
  });
}

// Everything at the checkpoint without reading the leaves before it.
Result<State> load_checkpoint(Backend& backend, const tiles::Checkpoint& checkpoint) {
  State state;
  if (checkpoint.size == 0) return state;
  ZHIMI_TRY(state.tree, load_tree(backend, checkpoint));
  ZHIMI_CHECK(load_heads(backend, state, checkpoint));
  ZHIMI_CHECK(load_ids(backend, state, checkpoint.size));
  state.heads_whole = true;
  state.ends_in_heads = true;
  return state;
}

// Every leaf again, from the first.
Result<State> rebuild(Backend& backend, const tiles::Checkpoint& checkpoint) {
  State state;
  ZHIMI_CHECK(replay(backend, state, checkpoint.size));
  if (state.tree.root() != checkpoint.root)
    return corrupt(
        fmt::format("ledger.db: its first {0} entries do not give the root of the signed checkpoint of size {0}: "
                    "restore the ledger "
                    "from its backup",
                    checkpoint.size));
  return state;
}

}  // namespace

Result<State> load(Backend& backend, const tiles::VerifierKey& key) {
  ZHIMI_TRY(auto newest, backend.newest_checkpoint());
  ZHIMI_TRY(uint64_t size, backend.size());
  tiles::Checkpoint checkpoint{key.name, 0, tiles::empty_root()};
  if (newest) {
    auto opened = tiles::open_checkpoint(newest->note, key);
    if (!opened) return corrupt("ledger.db: the newest checkpoint: " + opened.error().what);
    checkpoint = *opened;
  }
  if (checkpoint.size > size)
    return corrupt(
        fmt::format("ledger.db: its newest checkpoint commits to {} entries, but only {} are stored: restore the "
                    "ledger from its backup",
                    checkpoint.size, size));
  auto state = load_checkpoint(backend, checkpoint);
  if (!state && state.error().code == Code::kUnavailable) return state;
  if (!state) state = rebuild(backend, checkpoint);
  if (!state) return state;
  if (newest) {
    state->note = std::move(newest->note);
    state->note_size = checkpoint.size;
  }
  ZHIMI_CHECK(replay(backend, *state, size));
  return state;
}

}  // namespace zhimi::ledger
