// The Merkle tree of RFC 6962 section 2.1 over SHA-256, kept as tiles of 256 hashes (C2SP tlog-tiles).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "tiles/path.h"

namespace zhimi::tiles {

Digest leaf_hash(ByteView entry);                           // SHA-256(0x00 ‖ entry)
Digest node_hash(const Digest& left, const Digest& right);  // SHA-256(0x01 ‖ left ‖ right)
Digest empty_root();                                        // SHA-256 of nothing
// The root over 1, 2, 4 … 256 hashes.
Digest perfect_root(std::span<const Digest> hashes);

// Hashes as the bytes of a tile file, and back (size must be a multiple of 32).
inline ByteView tile_bytes(std::span<const Digest> hashes) {
  return {reinterpret_cast<const uint8_t*>(hashes.data()), hashes.size() * sizeof(Digest)};
}
std::vector<Digest> tile_hashes(ByteView bytes);

struct FullTile {
  unsigned level = 0;
  uint64_t number = 0;
  Digest root{};
  std::vector<Digest> hashes;  // 256
};

// A growing tree. Holds only its right edge (at most 255 hashes a level); full tiles leave as they are completed.
// Copying one is cheap: that is how a batch is undone.
class Tree {
 public:
  Tree() = default;
  // `edge[level]` holds the tile_width(level, last, size) % 256 newest hashes of that level.
  static Result<Tree> from_edge(uint64_t size, std::vector<std::vector<Digest>> edge);
  void append(const Digest& leaf, std::vector<FullTile>& completed);
  uint64_t size() const { return size_; }
  Digest root() const;
  // The hashes of the unfinished tile of a level; empty when there is none.
  std::span<const Digest> edge(unsigned level) const;

 private:
  uint64_t size_ = 0;
  std::vector<std::vector<Digest>> edge_;
};

// Gives the first `width` hashes of a tile.
using TileReader = std::function<Result<std::vector<Digest>>(unsigned level, uint64_t number, unsigned width)>;

Result<Digest> root_at(uint64_t size, const TileReader& read);
// RFC 6962 sections 2.1.1 and 2.1.2. kNotFound: index ≥ size, or old_size > size.
Result<std::vector<Digest>> inclusion_proof(uint64_t index, uint64_t size, const TileReader& read);
Result<std::vector<Digest>> consistency_proof(uint64_t old_size, uint64_t size, const TileReader& read);
// kCorrupt when the proof does not hold (RFC 9162 sections 2.1.3.2 and 2.1.4.2).
Status verify_inclusion(uint64_t index, uint64_t size, const Digest& leaf, std::span<const Digest> proof,
                        const Digest& root);
Status verify_consistency(uint64_t old_size, uint64_t size, std::span<const Digest> proof, const Digest& old_root,
                          const Digest& root);

}  // namespace zhimi::tiles
