#include "tiles/path.h"

#include <gtest/gtest.h>

namespace zhimi::tiles {
namespace {

TEST(TilePath, TheStandardsExample) {
  EXPECT_EQ(tile_path(0, 1'234'067, 256), "tile/0/x001/x234/067");  // C2SP tlog-tiles, "Merkle Tree"
  EXPECT_EQ(tile_path(1, 0, 17), "tile/1/000.p/17");
  EXPECT_EQ(bundle_path(1'000, 256), "tile/entries/x001/000");
  EXPECT_EQ(bundle_path(273, 112), "tile/entries/273.p/112");
}

// "if a log's size is 70,000 ...": C2SP tlog-tiles, "Partial Tiles".
TEST(TilePath, WidthsOfALogOf70000) {
  EXPECT_EQ(tile_width(0, 272, 70'000), 256u);
  EXPECT_EQ(tile_width(0, 273, 70'000), 112u);
  EXPECT_EQ(tile_width(0, 274, 70'000), 0u);
  EXPECT_EQ(tile_width(1, 0, 70'000), 256u);
  EXPECT_EQ(tile_width(1, 1, 70'000), 17u);
  EXPECT_EQ(tile_width(2, 0, 70'000), 1u);
  EXPECT_EQ(tile_width(3, 0, 70'000), 0u);
  EXPECT_EQ(tile_levels(70'000), 3u);
  EXPECT_EQ(tile_levels(256), 2u);
  EXPECT_EQ(tile_levels(255), 1u);
  EXPECT_EQ(tile_levels(0), 0u);
}

TEST(TilePath, ReadsWhatItWrites) {
  for (uint64_t number : {0ull, 1ull, 999ull, 1'000ull, 999'999ull, 1'000'000ull, 1ull << 40, 1ull << 56})
    for (unsigned width : {1u, 255u, 256u}) {
      EXPECT_EQ(parse_tile_path(tile_path(3, number, width)), (TilePath{3u, number, width}));
      EXPECT_EQ(parse_tile_path(bundle_path(number, width)), (TilePath{{}, number, width}));
    }
}

TEST(TilePath, RefusesAnythingElse) {
  for (const char* bad : {"",
                          "tile",
                          "tile/",
                          "tile/0",
                          "tile/0/",
                          "tile/0/0",
                          "tile/0/00",
                          "tile/0/0000",
                          "tile/0/001/002",
                          "tile/0/x001",
                          "tile/00/000",
                          "tile/-1/000",
                          "tile/0/x000/000",
                          "tile/0/000.p",
                          "tile/0/000.p/",
                          "tile/0/000.p/0",
                          "tile/0/000.p/256",
                          "tile/0/000.p/01",
                          "tile/0/000.new",
                          "tile/64/000",
                          "tile/entry/000",
                          "tile/0/+01",
                          "/tile/0/000",
                          "tile/0/x18446744073709551615/000",
                          "tile/0/x999/x999/x999/x999/x999/x999/x999/999"})
    EXPECT_FALSE(parse_tile_path(bad)) << bad;
}

}  // namespace
}  // namespace zhimi::tiles
