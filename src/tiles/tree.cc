#include "tiles/tree.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <map>

#include "crypto/hash.h"

namespace zhimi::tiles {

Digest leaf_hash(ByteView entry) {
  static constexpr uint8_t kPrefix[1] = {0};
  return crypto::sha256({ByteView(kPrefix), entry});
}

Digest node_hash(const Digest& left, const Digest& right) {
  std::array<uint8_t, 65> in;
  in[0] = 1;
  std::copy(left.begin(), left.end(), in.begin() + 1);
  std::copy(right.begin(), right.end(), in.begin() + 33);
  return crypto::sha256(in);
}

Digest empty_root() { return crypto::sha256(ByteView()); }

Digest perfect_root(std::span<const Digest> hashes) {
  assert(std::has_single_bit(hashes.size()) && hashes.size() <= kTileWidth);
  if (hashes.size() == 1) return hashes[0];
  std::array<Digest, kTileWidth / 2> row;
  size_t width = hashes.size() / 2;
  for (size_t i = 0; i < width; ++i) row[i] = node_hash(hashes[2 * i], hashes[2 * i + 1]);
  for (; width > 1; width /= 2)
    for (size_t i = 0; i < width / 2; ++i) row[i] = node_hash(row[2 * i], row[2 * i + 1]);
  return row[0];
}

std::vector<Digest> tile_hashes(ByteView bytes) {
  std::vector<Digest> hashes(bytes.size() / sizeof(Digest));
  if (!hashes.empty()) std::memcpy(hashes.data(), bytes.data(), hashes.size() * sizeof(Digest));
  return hashes;
}

Result<Tree> Tree::from_edge(uint64_t size, std::vector<std::vector<Digest>> edge) {
  edge.resize(std::max<size_t>(edge.size(), tile_levels(size)));
  for (unsigned level = 0; level < edge.size(); ++level)
    if (edge[level].size() != (level < 8 ? size >> (8 * level) & 255 : 0))
      return make_error(Code::kCorrupt, "the edge of the tree does not have the width of its size");
  Tree tree;
  tree.size_ = size;
  tree.edge_ = std::move(edge);
  return tree;
}

void Tree::append(const Digest& leaf, std::vector<FullTile>& completed) {
  Digest hash = leaf;
  for (unsigned level = 0;; ++level) {
    if (level == edge_.size()) edge_.emplace_back();
    auto& row = edge_[level];
    row.push_back(hash);
    if (row.size() < kTileWidth) break;
    hash = perfect_root(row);
    completed.push_back({level, size_ >> (8 * (level + 1)), hash, std::move(row)});
    row.clear();
  }
  ++size_;
}

std::span<const Digest> Tree::edge(unsigned level) const {
  return level < edge_.size() ? std::span<const Digest>(edge_[level]) : std::span<const Digest>();
}

Digest Tree::root() const {
  // The perfect subtrees of the size, joined from the smallest (rightmost) on.
  Digest right{};
  bool any = false;
  for (const auto& row : edge_) {
    for (size_t end = row.size(); end;) {
      size_t width = end & (~end + 1);
      Digest left = perfect_root(std::span(row).subspan(end - width, width));
      right = any ? node_hash(left, right) : left;
      any = true;
      end -= width;
    }
  }
  return any ? right : empty_root();
}

namespace {
// Hashes of whole subtrees, out of tiles; each tile is read once.
class Subtrees {
 public:
  Subtrees(uint64_t size, const TileReader& read) : size_(size), read_(read) {}

  // MTH of leaves [first, last) where first is a multiple of the next power of two: RFC 6962 section 2.1.
  Result<Digest> range(uint64_t first, uint64_t last) {
    uint64_t width = last - first;
    if (std::has_single_bit(width)) return node(static_cast<unsigned>(std::countr_zero(width)), first);
    uint64_t split = first + std::bit_floor(width);
    ZHIMI_TRY(Digest left, range(first, split));
    ZHIMI_TRY(Digest right, range(split, last));
    return node_hash(left, right);
  }

 private:
  Result<Digest> node(unsigned height, uint64_t first) {
    unsigned level = height / 8, within = height % 8;
    uint64_t place = first >> (8 * level);
    auto key = std::pair(level, place / kTileWidth);
    auto found = tiles_.find(key);
    if (found == tiles_.end()) {
      unsigned width = tile_width(level, key.second, size_);
      ZHIMI_TRY(auto hashes, read_(level, key.second, width));
      if (hashes.size() != width) return make_error(Code::kCorrupt, "a tile of the wrong width");
      found = tiles_.emplace(key, std::move(hashes)).first;
    }
    return perfect_root(std::span(found->second).subspan(place % kTileWidth, size_t{1} << within));
  }

  uint64_t size_;
  const TileReader& read_;
  std::map<std::pair<unsigned, uint64_t>, std::vector<Digest>> tiles_;
};

Error broken(const char* what) { return make_error(Code::kCorrupt, what); }
}  // namespace

Result<Digest> root_at(uint64_t size, const TileReader& read) {
  if (size == 0) return empty_root();
  return Subtrees(size, read).range(0, size);
}

Result<std::vector<Digest>> inclusion_proof(uint64_t index, uint64_t size, const TileReader& read) {
  if (index >= size) return make_error(Code::kNotFound, "the log has no entry of that number yet");
  Subtrees subtrees(size, read);
  std::vector<Digest> proof;
  uint64_t first = 0, last = size;
  while (last - first > 1) {
    uint64_t split = first + std::bit_floor(last - first - 1);
    bool left = index < split;
    ZHIMI_TRY(Digest sibling, left ? subtrees.range(split, last) : subtrees.range(first, split));
    proof.push_back(sibling);
    (left ? last : first) = split;
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

Result<std::vector<Digest>> consistency_proof(uint64_t old_size, uint64_t size, const TileReader& read) {
  if (old_size > size) return make_error(Code::kNotFound, "the log is shorter than that");
  std::vector<Digest> proof;
  if (old_size == 0 || old_size == size) return proof;
  Subtrees subtrees(size, read);
  uint64_t first = 0, last = size;
  while (last != old_size) {
    uint64_t split = first + std::bit_floor(last - first - 1);
    bool left = old_size <= split;
    ZHIMI_TRY(Digest sibling, left ? subtrees.range(split, last) : subtrees.range(first, split));
    proof.push_back(sibling);
    (left ? last : first) = split;
  }
  if (first != 0) {
    ZHIMI_TRY(Digest rest, subtrees.range(first, last));
    proof.push_back(rest);
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

Status verify_inclusion(uint64_t index, uint64_t size, const Digest& leaf, std::span<const Digest> proof,
                        const Digest& root) {
  if (index >= size) return broken("the proof speaks of an entry beyond its checkpoint");
  uint64_t at = index, last = size - 1;
  Digest hash = leaf;
  for (const Digest& sibling : proof) {
    if (last == 0) return broken("the proof is too long");
    if ((at & 1) || at == last) {
      hash = node_hash(sibling, hash);
      while (!(at & 1) && at) at >>= 1, last >>= 1;
    } else {
      hash = node_hash(hash, sibling);
    }
    at >>= 1;
    last >>= 1;
  }
  if (last != 0) return broken("the proof is too short");
  if (hash != root) return broken("the proof does not lead from the entry to the root of its checkpoint");
  return {};
}

Status verify_consistency(uint64_t old_size, uint64_t size, std::span<const Digest> proof, const Digest& old_root,
                          const Digest& root) {
  auto fork = [] { return broken("the newer checkpoint does not extend the older one: two histories"); };
  if (old_size > size) return broken("the newer checkpoint is shorter than the older one");
  if (old_size == size || old_size == 0) {
    if (!proof.empty()) return broken("the proof is too long");
    if (old_size == 0 ? old_root != empty_root() : old_root != root) return fork();
    return {};
  }
  uint64_t at = old_size - 1, last = size - 1;
  while (at & 1) at >>= 1, last >>= 1;
  size_t next = 0;
  // A power of two: the old root itself is the first subtree.
  if (at != 0 && proof.empty()) return broken("the proof is too short");
  Digest older = at ? proof[next++] : old_root, newer = older;
  for (; next < proof.size(); ++next) {
    if (last == 0) return broken("the proof is too long");
    if ((at & 1) || at == last) {
      older = node_hash(proof[next], older);
      newer = node_hash(proof[next], newer);
      while (!(at & 1) && at) at >>= 1, last >>= 1;
    } else {
      newer = node_hash(newer, proof[next]);
    }
    at >>= 1;
    last >>= 1;
  }
  if (last != 0) return broken("the proof is too short");
  if (older != old_root || newer != root) return fork();
  return {};
}

}  // namespace zhimi::tiles
