#include "tiles/path.h"

#include <fmt/core.h>

#include <charconv>

namespace zhimi::tiles {

namespace {
std::string number_path(uint64_t number, unsigned width) {
  std::string s = fmt::format("{:03}", number % 1000);
  while (number >= 1000) {
    number /= 1000;
    s = fmt::format("x{:03}/", number % 1000) + s;
  }
  if (width < kTileWidth) s += fmt::format(".p/{}", width);
  return s;
}

bool take(std::string_view& s, std::string_view prefix) {
  if (!s.starts_with(prefix)) return false;
  s.remove_prefix(prefix.size());
  return true;
}

std::optional<uint64_t> take_number(std::string_view& s) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error != std::errc()) return std::nullopt;
  s.remove_prefix(static_cast<size_t>(end - s.data()));
  return value;
}
}  // namespace

std::string tile_path(unsigned level, uint64_t number, unsigned width) {
  return fmt::format("tile/{}/{}", level, number_path(number, width));
}
std::string bundle_path(uint64_t number, unsigned width) { return "tile/entries/" + number_path(number, width); }

std::optional<TilePath> parse_tile_path(std::string_view path) {
  std::string_view s = path;
  TilePath tile;
  if (!take(s, "tile/")) return std::nullopt;
  if (!take(s, "entries")) {
    auto level = take_number(s);
    if (!level || *level > 63) return std::nullopt;
    tile.level = static_cast<unsigned>(*level);
  }
  if (!take(s, "/")) return std::nullopt;
  for (bool more = true; more;) {
    more = take(s, "x");
    auto group = take_number(s);
    if (!group || *group > 999 || tile.number > UINT64_MAX / 1000 - 1) return std::nullopt;
    tile.number = tile.number * 1000 + *group;
    if (more && !take(s, "/")) return std::nullopt;
  }
  if (take(s, ".p/")) {
    auto width = take_number(s);
    if (!width || *width == 0 || *width >= kTileWidth) return std::nullopt;
    tile.width = static_cast<unsigned>(*width);
  }
  // Whatever was read loosely above (leading zeros, a sign) is refused by writing it again.
  std::string again =
      tile.level ? tile_path(*tile.level, tile.number, tile.width) : bundle_path(tile.number, tile.width);
  if (!s.empty() || again != path) return std::nullopt;
  return tile;
}

}  // namespace zhimi::tiles
