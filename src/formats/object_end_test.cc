#include "formats/object_end.h"

#include <gtest/gtest.h>

#include <string>

#include "base/bytes.h"
#include "base/random.h"

namespace zhimi::formats {
namespace {

// The slow, obvious answer.
size_t naive_end(std::string_view s) {
  int64_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < s.size(); ++i) {
    if (in_string) {
      if (s[i] == '\\')
        ++i;
      else if (s[i] == '"')
        in_string = false;
    } else if (s[i] == '"') {
      in_string = true;
    } else if (s[i] == '{') {
      ++depth;
    } else if (s[i] == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return 0;
}

std::string padded(std::string s) { return s + std::string(64, '}'); }

TEST(ObjectEnd, AgreesWithTheNaiveScanHoweverTheTextArrives) {
  uint64_t seed = 20261123;
  SeededRandom random(seed);
  for (int round = 0; round < 20'000; ++round) {
    // Backslashes stand inside strings only, as in JSON; outside, the two scans may differ, and the reader refuses the
    // text.
    std::string s = "{";
    size_t pieces = random.below(60);
    for (size_t i = 0; i < pieces; ++i) {
      switch (random.below(4)) {
        case 0:
          s += "{";
          break;
        case 1:
          s += std::string(random.below(9), ' ');
          break;
        case 2:
          s += "}";
          break;
        default: {
          s += '"';
          for (size_t n = random.below(20); n > 0; --n) {
            static constexpr std::string_view kInside[] = {"{", "}", "\\\\", "\\\"", "x", "\xe5\xad\x95", ","};
            s += kInside[random.below(std::size(kInside))];
          }
          s += '"';
        }
      }
    }
    size_t want = naive_end(s);
    std::string text = padded(s);
    ObjectEnd end;
    size_t got = 0;
    for (size_t have = 0; have < s.size() && !got;) {
      have = std::min(s.size(), have + 1 + random.below(100));
      got = end.find(reinterpret_cast<const uint8_t*>(text.data()), have);
    }
    ASSERT_EQ(got, want) << "seed " << seed << " round " << round << ": " << s;
  }
}

TEST(ObjectEnd, PortableMasksAreTheSame) {
  uint64_t seed = 7;
  SeededRandom random(seed);
  uint8_t block[64];
  for (int round = 0; round < 20'000; ++round) {
    random.fill(block);
    for (uint8_t& b : block)
      if (random.below(2)) b = static_cast<uint8_t>("\"\\{}\x7b\xfb\xa2\x21"[random.below(8)]);
    BlockMasks a = block_masks(block), b = block_masks_portable(block);
    ASSERT_EQ(a.quote, b.quote) << "seed " << seed;
    ASSERT_EQ(a.backslash, b.backslash);
    ASSERT_EQ(a.open, b.open);
    ASSERT_EQ(a.close, b.close);
    for (int i = 0; i < 64; ++i) ASSERT_EQ((a.quote >> i & 1) != 0, block[i] == '"');
  }
}

}  // namespace
}  // namespace zhimi::formats
