// Names of tiles and entry bundles in a log's folder (C2SP tlog-tiles, "Parameters" and "Merkle Tree").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zhimi::tiles {

inline constexpr unsigned kTileWidth = 256;  // hashes of a full tile, entries of a full bundle

struct TilePath {
  std::optional<unsigned> level;  // empty: an entry bundle
  uint64_t number = 0;
  unsigned width = kTileWidth;  // less: a partial tile, `.p/<width>`
  bool operator==(const TilePath&) const = default;
};

std::string tile_path(unsigned level, uint64_t number, unsigned width);  // tile/1/x001/x234/067.p/17
std::string bundle_path(uint64_t number, unsigned width);                // tile/entries/x001/x234/067
// Exactly what the two functions above write, and nothing else.
std::optional<TilePath> parse_tile_path(std::string_view path);

// How many hashes the tile holds in a tree of `size` leaves: 0 (no such tile) to 256.
constexpr unsigned tile_width(unsigned level, uint64_t number, uint64_t size) {
  uint64_t hashes = level >= 8 ? 0 : size >> (8 * level);
  uint64_t before = number > (UINT64_MAX >> 8) ? UINT64_MAX : number << 8;
  if (hashes <= before) return 0;
  return hashes - before >= kTileWidth ? kTileWidth : static_cast<unsigned>(hashes - before);
}
// Levels of a tree of `size` leaves: 0 for an empty one.
constexpr unsigned tile_levels(uint64_t size) {
  unsigned levels = 0;
  for (; size; size >>= 8) ++levels;
  return levels;
}

}  // namespace zhimi::tiles
