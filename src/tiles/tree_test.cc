#include "tiles/tree.h"

#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <random>

#include "base/random.h"

namespace zhimi::tiles {
namespace {

// RFC 6962 section 2.1, as slowly as it is written there.
Digest naive_root(std::span<const Digest> leaves) {
  if (leaves.empty()) return empty_root();
  if (leaves.size() == 1) return leaves[0];
  size_t split = std::bit_floor(leaves.size() - 1);
  return node_hash(naive_root(leaves.first(split)), naive_root(leaves.subspan(split)));
}

std::vector<Digest> naive_path(size_t m, std::span<const Digest> leaves) {
  if (leaves.size() <= 1) return {};
  size_t split = std::bit_floor(leaves.size() - 1);
  std::vector<Digest> path =
      m < split ? naive_path(m, leaves.first(split)) : naive_path(m - split, leaves.subspan(split));
  path.push_back(naive_root(m < split ? leaves.subspan(split) : leaves.first(split)));
  return path;
}

std::vector<Digest> naive_consistency(size_t m, std::span<const Digest> leaves, bool whole = true) {
  if (m == leaves.size()) return whole ? std::vector<Digest>() : std::vector<Digest>{naive_root(leaves)};
  size_t split = std::bit_floor(leaves.size() - 1);
  std::vector<Digest> proof;
  if (m <= split) {
    proof = naive_consistency(m, leaves.first(split), whole);
    proof.push_back(naive_root(leaves.subspan(split)));
  } else {
    proof = naive_consistency(m - split, leaves.subspan(split), false);
    proof.push_back(naive_root(leaves.first(split)));
  }
  return proof;
}

// The tree with its tiles kept in memory.
struct Grown {
  std::vector<Digest> leaves;
  Tree tree;
  std::map<std::pair<unsigned, uint64_t>, std::vector<Digest>> tiles;

  void add(const Digest& leaf) {
    std::vector<FullTile> completed;
    tree.append(leaf, completed);
    leaves.push_back(leaf);
    for (auto& tile : completed) {
      EXPECT_EQ(perfect_root(tile.hashes), tile.root);
      tiles[{tile.level, tile.number}] = std::move(tile.hashes);
    }
  }
  TileReader reader() const {
    return [this](unsigned level, uint64_t number, unsigned width) -> Result<std::vector<Digest>> {
      auto found = tiles.find({level, number});
      std::span<const Digest> hashes = found != tiles.end() ? std::span<const Digest>(found->second) : tree.edge(level);
      if (hashes.size() < width) return make_error(Code::kCorrupt, "no such tile");
      return std::vector<Digest>(hashes.begin(), hashes.begin() + width);
    };
  }
};

Digest numbered(uint64_t i) {
  Bytes b;
  append_u64(b, i);
  return leaf_hash(b);
}

// The eight leaves and nine roots that Certificate Transparency's reference trees have used since RFC 6962
// (google/certificate-transparency, merkletree tests; Apache-2.0).
TEST(Tree, ReferenceRoots) {
  const char* leaves[] = {
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const char* roots[] = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                         "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  Tree tree;
  std::vector<FullTile> completed;
  EXPECT_EQ(hex(tree.root()), roots[0]);
  for (size_t i = 0; i < 8; ++i) {
    tree.append(leaf_hash(*from_hex(leaves[i])), completed);
    EXPECT_EQ(hex(tree.root()), roots[i + 1]);
  }
  EXPECT_TRUE(completed.empty());
}

// The inclusion and consistency paths of the same reference tree.
TEST(Tree, ReferenceProofs) {
  const char* leaves[] = {
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  Grown grown;
  for (const char* leaf : leaves) grown.add(leaf_hash(*from_hex(leaf)));
  auto path = inclusion_proof(0, 8, grown.reader());
  ASSERT_TRUE(path);
  ASSERT_EQ(path->size(), 3u);
  EXPECT_EQ(hex((*path)[0]), "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
  EXPECT_EQ(hex((*path)[1]), "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e");
  EXPECT_EQ(hex((*path)[2]), "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4");
  auto proof = consistency_proof(6, 8, grown.reader());
  ASSERT_TRUE(proof);
  ASSERT_EQ(proof->size(), 3u);
  EXPECT_EQ(hex((*proof)[0]), "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a");
  EXPECT_EQ(hex((*proof)[1]), "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  EXPECT_EQ(hex((*proof)[2]), "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
}

TEST(Tree, AgreesWithTheSlowTreeAtEverySize) {
  Grown grown;
  for (uint64_t size = 0; size <= 1100; ++size) {
    ASSERT_EQ(grown.tree.root(), naive_root(grown.leaves)) << size;
    auto again = root_at(size, grown.reader());
    ASSERT_TRUE(again) << size;
    ASSERT_EQ(*again, grown.tree.root()) << size;
    grown.add(numbered(size));
  }
}

TEST(Tree, ProofsOfEverySmallTree) {
  Grown grown;
  for (uint64_t size = 1; size <= 40; ++size) {
    grown.add(numbered(size - 1));
    Digest root = grown.tree.root();
    for (uint64_t index = 0; index < size; ++index) {
      auto proof = inclusion_proof(index, size, grown.reader());
      ASSERT_TRUE(proof);
      EXPECT_EQ(*proof, naive_path(index, grown.leaves));
      EXPECT_TRUE(verify_inclusion(index, size, grown.leaves[index], *proof, root));
      EXPECT_FALSE(verify_inclusion(index, size, numbered(1000), *proof, root));
      if (size > 1) {
        EXPECT_FALSE(verify_inclusion((index + 1) % size, size, grown.leaves[index], *proof, root));
      }
      auto longer = *proof;
      longer.push_back(root);
      EXPECT_FALSE(verify_inclusion(index, size, grown.leaves[index], longer, root));
      if (!proof->empty()) {
        proof->pop_back();
        EXPECT_FALSE(verify_inclusion(index, size, grown.leaves[index], *proof, root));
      }
    }
    for (uint64_t old = 1; old <= size; ++old) {
      Digest old_root = naive_root(std::span(grown.leaves).first(old));
      auto proof = consistency_proof(old, size, grown.reader());
      ASSERT_TRUE(proof);
      EXPECT_EQ(*proof, naive_consistency(old, grown.leaves));
      EXPECT_TRUE(verify_consistency(old, size, *proof, old_root, root)) << old << " " << size;
      EXPECT_FALSE(verify_consistency(old, size, *proof, numbered(1000), root));
      EXPECT_FALSE(verify_consistency(old, size, *proof, old_root, numbered(1000)));
      auto longer = *proof;
      longer.push_back(root);
      EXPECT_FALSE(verify_consistency(old, size, longer, old_root, root));
      if (!proof->empty()) {
        proof->pop_back();
        EXPECT_FALSE(verify_consistency(old, size, *proof, old_root, root));
      }
    }
  }
}

TEST(Tree, RandomProofsAcrossThreeLevels) {
  uint64_t seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  SeededRandom random(seed);
  Grown grown;
  const uint64_t size = 65'536 + 700;
  std::map<uint64_t, Digest> roots;
  for (uint64_t i = 0; i < size; ++i) {
    grown.add(numbered(i));
    if (random.below(1000) == 0) roots[i + 1] = grown.tree.root();
  }
  for (const auto& [old, root] : roots) {
    auto at = root_at(old, grown.reader());
    ASSERT_TRUE(at);
    EXPECT_EQ(*at, root);
    auto proof = consistency_proof(old, size, grown.reader());
    ASSERT_TRUE(proof);
    EXPECT_TRUE(verify_consistency(old, size, *proof, root, grown.tree.root()));
    uint64_t index = random.below(old);
    auto path = inclusion_proof(index, old, grown.reader());
    ASSERT_TRUE(path);
    EXPECT_TRUE(verify_inclusion(index, old, grown.leaves[index], *path, root));
  }
}

TEST(Tree, GoesOnFromItsEdge) {
  Grown grown;
  for (uint64_t i = 0; i < 70'000; ++i) grown.add(numbered(i));
  std::vector<std::vector<Digest>> edge;
  for (unsigned level = 0; level < tile_levels(70'000); ++level)
    edge.emplace_back(grown.tree.edge(level).begin(), grown.tree.edge(level).end());
  auto again = Tree::from_edge(70'000, edge);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->root(), grown.tree.root());
  std::vector<FullTile> completed;
  for (uint64_t i = 70'000; i < 71'000; ++i) {
    grown.add(numbered(i));
    again->append(numbered(i), completed);
  }
  EXPECT_EQ(again->root(), grown.tree.root());
  EXPECT_EQ(completed.size(), 71'000u / 256 - 70'000u / 256);
  edge[0].pop_back();
  EXPECT_FALSE(Tree::from_edge(70'000, edge));
}

}  // namespace
}  // namespace zhimi::tiles
