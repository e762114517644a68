#include "tiles/verify.h"

#include <fmt/core.h>

#include "base/file.h"
#include "base/text.h"
#include "tiles/bundle.h"
#include "tiles/folder.h"
#include "tiles/heads.h"
#include "tiles/note.h"

namespace zhimi::tiles {

namespace {

Error corrupt(std::string what) { return make_error(Code::kCorrupt, std::move(what)); }

Error with_place(const std::string& place, Error error) {
  error.what = place + ": " + error.what;
  return error;
}

class FolderVerifier {
 public:
  FolderVerifier(Folder folder, const Checkpoint& checkpoint, const VerifyOptions& options)
      : folder_(std::move(folder)), checkpoint_(checkpoint), options_(options) {}

  Result<Verified> run(const VerifierKey& key) {
    ZHIMI_CHECK(check_edge());
    ZHIMI_CHECK(check_entries());
    ZHIMI_CHECK(check_older(key));
    ZHIMI_CHECK(folder_.each_file([](const std::string& name, bool belongs) -> Status {
      if (belongs) return {};
      return corrupt(name + " does not belong to this log: export again, or remove it");
    }));
    return found_;
  }

 private:
  uint64_t edge_number(unsigned level) const { return level < 7 ? folder_.size() >> (8 * (level + 1)) : 0; }

  // The newest tile of each level, which together give the root.
  Status check_edge() {
    std::vector<std::vector<Digest>> edge(tile_levels(folder_.size()));
    for (unsigned level = 0; level < edge.size(); ++level) {
      if (tile_width(level, edge_number(level), folder_.size()) == 0) continue;
      ZHIMI_TRY(edge[level], folder_.tile(level, edge_number(level)));
    }
    ZHIMI_TRY(Tree tree, Tree::from_edge(folder_.size(), edge));
    if (tree.root() != checkpoint_.root) return blame_edge(std::move(edge));
    edge_ = std::move(edge);
    held_.resize(edge_.size());
    return {};
  }

  // The signed root is right, so one of these tiles is not. Computes each again from what stands below it.
  Error blame_edge(std::vector<std::vector<Digest>> edge) {
    for (unsigned level = 0; level < edge.size(); ++level) {
      if (edge[level].empty()) continue;
      auto again = recompute(level);
      if (!again) continue;  // what stands below is damaged itself
      auto other = edge;
      other[level] = *again;
      auto tree = Tree::from_edge(folder_.size(), std::move(other));
      if (tree && tree->root() == checkpoint_.root) return edge_error(level, edge[level], *again);
    }
    return corrupt(
        "checkpoint: its root is not that of the newest tiles below tile/: more than one file was changed, or the "
        "export is from another log");
  }

  Error edge_error(unsigned level, const std::vector<Digest>& stored, const std::vector<Digest>& right) {
    uint64_t number = edge_number(level);
    size_t at = 0;
    while (at + 1 < stored.size() && stored[at] == right[at]) ++at;
    return corrupt(
        fmt::format("{}: hash {} does not match {} below it", folder_.tile_name(level, number), at,
                    level == 0 ? folder_.bundle_name(number) : folder_.tile_name(level - 1, number * kTileWidth + at)));
  }

  Result<std::vector<Digest>> recompute(unsigned level) {
    uint64_t number = edge_number(level);
    std::vector<Digest> hashes;
    if (level > 0) {
      for (unsigned i = 0; i < tile_width(level, number, folder_.size()); ++i) {
        ZHIMI_TRY(auto below, folder_.tile(level - 1, number * kTileWidth + i));
        hashes.push_back(perfect_root(below));
      }
      return hashes;
    }
    ZHIMI_TRY(Bytes bundle, folder_.bundle(number));
    BundleReader reader(bundle);
    while (!reader.done()) {
      auto entry = reader.next();
      if (!entry) return corrupt("cut off");
      hashes.push_back(leaf_hash(*entry));
    }
    return hashes;
  }

  // The hashes of a tile, checked against the tile above it.
  Result<const std::vector<Digest>*> trusted(unsigned level, uint64_t number) {
    if (number == edge_number(level)) return &edge_[level];
    Held& held = held_[level];
    if (held.number == number) return &held.hashes;
    ZHIMI_TRY(auto above, trusted(level + 1, number / kTileWidth));
    ZHIMI_TRY(auto hashes, folder_.tile(level, number));
    if (perfect_root(hashes) != (*above)[number % kTileWidth])
      return corrupt(fmt::format("{} does not match hash {} of {}", folder_.tile_name(level, number),
                                 number % kTileWidth, folder_.tile_name(level + 1, number / kTileWidth)));
    held = {number, std::move(hashes)};
    return &held.hashes;
  }

  Status check_entries() {
    for (uint64_t number = 0; number * kTileWidth < folder_.size(); ++number) {
      ZHIMI_TRY(auto hashes, trusted(0, number));
      ZHIMI_CHECK(check_bundle(number, *hashes));
      if (options_.progress) options_.progress(std::min((number + 1) * kTileWidth, folder_.size()), folder_.size());
    }
    if (folder_.size() > 0 && !history_.ends_in_heads())
      return corrupt("checkpoint: does not end in a commitment to all patients");
    found_.origin = checkpoint_.origin;
    found_.size = folder_.size();
    found_.patients = history_.heads().patients();
    return {};
  }

  Status check_bundle(uint64_t number, std::span<const Digest> hashes) {
    ZHIMI_TRY(Bytes bundle, folder_.bundle(number));
    BundleReader reader(bundle);
    for (size_t i = 0; i < hashes.size(); ++i) {
      auto entry = reader.next();
      if (!entry) return entry_error(number, i, " is cut off");
      Digest hash = leaf_hash(*entry);
      if (hash != hashes[i])
        return entry_error(number, i, " does not match its hash in " + folder_.tile_name(0, number));
      ZHIMI_CHECK(check_leaf(number, i, *entry, hash));
    }
    if (!reader.done()) return corrupt(folder_.bundle_name(number) + " goes on behind its last entry");
    return {};
  }

  Status check_leaf(uint64_t number, size_t i, ByteView entry, const Digest& hash) {
    auto leaf = history_.add(entry, hash);
    if (!leaf) return entry_error(number, i, ": " + leaf.error().what);
    found_.disclosures += leaf->kind == Kind::kDisclosure;
    found_.refusals += leaf->kind == Kind::kRefusal;
    if (leaf->kind == Kind::kHeads) found_.time_ms = static_cast<int64_t>(load_u64(leaf->about.data() + 40));
    return {};
  }

  Error entry_error(uint64_t number, size_t i, std::string_view what) {
    return corrupt(fmt::format("{}: entry {}{}", folder_.bundle_name(number), number * kTileWidth + i, what));
  }

  Status check_older(const VerifierKey& key) {
    if (!options_.older_checkpoint) return {};
    auto older = open_checkpoint(*options_.older_checkpoint, key);
    if (!older) return with_place("the older checkpoint", std::move(older).error());
    if (older->size > folder_.size())
      return corrupt(
          fmt::format("checkpoint: this log has {} entries, but the older checkpoint commits to {}: it was cut "
                      "off or restored from before",
                      folder_.size(), older->size));
    ZHIMI_TRY(Digest root, root_at(older->size, [&](unsigned level, uint64_t number, unsigned width) {
                return prefix(level, number, width);
              }));
    if (root != older->root)
      return corrupt(fmt::format(
          "checkpoint: the first {} entries are not those of the older checkpoint: two histories", older->size));
    return {};
  }

  Result<std::vector<Digest>> prefix(unsigned level, uint64_t number, unsigned width) {
    ZHIMI_TRY(auto hashes, folder_.tile(level, number));
    if (hashes.size() < width) return corrupt(folder_.tile_name(level, number) + " is too short");
    hashes.resize(width);
    return hashes;
  }

  struct Held {
    uint64_t number = UINT64_MAX;
    std::vector<Digest> hashes;
  };
  Folder folder_;
  const Checkpoint& checkpoint_;
  const VerifyOptions& options_;
  std::vector<std::vector<Digest>> edge_;  // newest, partial tile of each level; checked against the root
  std::vector<Held> held_;                 // full tile in use, of each level; checked against the one above it
  History history_;
  Verified found_;
};

// The convenience copy of the key must at least not mislead.
Status check_key_file(const std::filesystem::path& folder, const std::string& key) {
  auto bytes = read_file(folder / kKeyFile, 4096);
  if (!bytes && bytes.error().code == Code::kNotFound) return {};
  if (!bytes || text(*bytes) != key + "\n")
    return corrupt(std::string(kKeyFile) + " does not hold the key that this log was verified with");
  return {};
}

}  // namespace

Result<Verified> verify_folder(const std::filesystem::path& folder, const VerifyOptions& options) {
  ZHIMI_TRY(VerifierKey key, parse_verifier_key(trim(options.key)));
  auto note = read_file(folder / kCheckpointFile, kNoteBytes);
  if (!note && note.error().code == Code::kNotFound)
    return make_error(
        Code::kNotFound,
        fmt::format("{} holds no checkpoint: name a folder that `zhimi ledger export` wrote", folder.string()));
  if (!note) return with_place("checkpoint", std::move(note).error());
  auto checkpoint = open_checkpoint(text(*note), key);
  if (!checkpoint) return with_place("checkpoint", std::move(checkpoint).error());
  std::string key_text = verifier_key_text(key);
  ZHIMI_CHECK(check_key_file(folder, key_text));
  ZHIMI_TRY(Verified verified, FolderVerifier(Folder(folder, checkpoint->size), *checkpoint, options).run(key));
  verified.key = key_text;
  return verified;
}

Result<uint64_t> verify_proof(std::string_view text, std::string_view entry, std::string_view key_text) {
  ZHIMI_TRY(VerifierKey key, parse_verifier_key(trim(key_text)));
  ZHIMI_TRY(Proof proof, parse_proof(text));
  ZHIMI_TRY(Checkpoint checkpoint, open_checkpoint(proof.checkpoint, key));
  ByteView leaf = entry.empty() ? ByteView(proof.extra) : view(entry);
  if (leaf.empty()) return make_error(Code::kInvalid, "the proof does not hold its entry: give the entry beside it");
  ZHIMI_CHECK(verify_inclusion(proof.index, checkpoint.size, leaf_hash(leaf), proof.hashes, checkpoint.root));
  return proof.index;
}

}  // namespace zhimi::tiles
