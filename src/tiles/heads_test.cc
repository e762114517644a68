#include "tiles/heads.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/random.h"
#include "crypto/hash.h"
#include "tiles/tree.h"

namespace zhimi::tiles {
namespace {

// The definition, computed from nothing each time.
Digest naive_root(const std::map<PatientMac, PatientHead>& patients) {
  std::vector<Digest> row;
  for (unsigned bucket = 0; bucket < 65'536; ++bucket) {
    Bytes in{3};
    PatientMac first{};
    first[0] = static_cast<uint8_t>(bucket >> 8);
    first[1] = static_cast<uint8_t>(bucket);
    for (auto at = patients.lower_bound(first); at != patients.end() && load_u16(at->first.data()) == bucket; ++at)
      append_patient(in, at->second);
    row.push_back(crypto::sha256(in));
  }
  while (row.size() > 1) {
    for (size_t i = 0; i < row.size() / 2; ++i) row[i] = node_hash(row[2 * i], row[2 * i + 1]);
    row.resize(row.size() / 2);
  }
  return row[0];
}

TEST(HeadsMap, AgreesWithItsDefinition) {
  uint64_t seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  SeededRandom random(seed);
  HeadsMap map;
  std::map<PatientMac, PatientHead> model;
  EXPECT_EQ(map.root(), naive_root(model));
  for (int round = 0; round < 12; ++round) {
    for (uint64_t i = random.below(60); i-- > 0;) {
      PatientHead head;
      SeededRandom(random.below(100)).fill(head.patient);
      if (random.below(2)) head.patient[0] = head.patient[1] = 9;  // a crowded bucket
      head.count = random.next();
      random.fill(head.head);
      if (random.below(4) == 0) {
        map.remove(head.patient);
        model.erase(head.patient);
      } else {
        map.put(head);
        model[head.patient] = head;
      }
    }
    EXPECT_EQ(map.root(), naive_root(model));
    EXPECT_EQ(map.patients(), model.size());
  }
  auto at = model.begin();
  map.each([&](const PatientHead& head) {
    EXPECT_EQ(head.patient, at->first);
    ++at;
  });
  EXPECT_EQ(at, model.end());
  for (const auto& [patient, head] : model) {
    ASSERT_NE(map.find(patient), nullptr);
    EXPECT_EQ(map.find(patient)->count, head.count);
  }
  EXPECT_EQ(map.find(PatientMac{}), nullptr);
}

// Frozen: docs/formats.md section "Heads map".
TEST(HeadsMap, FrozenRoots) {
  HeadsMap map;
  EXPECT_EQ(hex(map.root()), "ac068c434ea64c9bf684bc5588e60c8f1e0951dcc90a52b40bdf3c7d2724f3b2");
  PatientHead head;
  head.patient.fill(0x11);
  head.count = 2;
  head.head.fill(0x22);
  map.put(head);
  EXPECT_EQ(hex(map.root()), "97fe67c629a42950dd27606bda5c4a854b6e1036382e2d9ff73a61375caf44a9");
}

TEST(HeadsMap, ChangedPatientsAreTakenOnce) {
  HeadsMap map;
  PatientHead a, b;
  a.patient.fill(1);
  b.patient.fill(2);
  map.put(a);
  map.put(b);
  a.count = 7;
  map.put(a);
  auto changed = map.take_changed();
  ASSERT_EQ(changed.size(), 2u);
  EXPECT_EQ(changed[0].count, 7u);
  EXPECT_TRUE(map.take_changed().empty());
  map.remove(b.patient);
  map.put(a);
  map.remove(a.patient);
  map.put(a);
  EXPECT_EQ(map.take_changed().size(), 1u);
}

TEST(Leaf, RoundTripAndFrozenBytes) {
  Leaf leaf;
  leaf.id.fill(0xaa);
  leaf.kind = Kind::kRefusal;
  leaf.patient.fill(0xbb);
  leaf.patient_count = 258;
  leaf.previous_head.fill(0xcc);
  Bytes about = to_bytes("ab"), actor = to_bytes("xyz");
  leaf.about = about;
  leaf.actor = actor;
  Bytes bytes = make_leaf(leaf);
  std::string expected = "0102" + std::string(32, 'a') + std::string(64, 'b') + "0000000000000102" +
                         std::string(64, 'c') + "00026162" + "000378797a";
  EXPECT_EQ(hex(bytes), expected);
  auto again = parse_leaf(bytes);
  ASSERT_TRUE(again);
  EXPECT_EQ(make_leaf(*again), bytes);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(parse_leaf(ByteView(bytes).first(size)).error().code, Code::kCorrupt);
  bytes.push_back(0);
  EXPECT_FALSE(parse_leaf(bytes));
}

TEST(Leaf, NumberAndPatientFitTogether) {
  Leaf nobody;
  nobody.kind = Kind::kConfiguration;
  EXPECT_TRUE(parse_leaf(make_leaf(nobody)));
  Leaf bad = nobody;
  bad.patient_count = 1;
  EXPECT_FALSE(parse_leaf(make_leaf(bad)));
  bad = nobody;
  bad.previous_head[5] = 1;
  EXPECT_FALSE(parse_leaf(make_leaf(bad)));
  Leaf patient = nobody;
  patient.patient[0] = 1;
  EXPECT_FALSE(parse_leaf(make_leaf(patient)));  // counts from 1
  patient.patient_count = 1;
  EXPECT_TRUE(parse_leaf(make_leaf(patient)));
  patient.patient_count = 2;
  EXPECT_FALSE(parse_leaf(make_leaf(patient)));  // the second has a chain behind it
  for (uint8_t kind : std::initializer_list<uint8_t>{0, 7, 255}) {
    Bytes bytes = make_leaf(nobody);
    bytes[1] = kind;
    EXPECT_FALSE(parse_leaf(bytes));
  }
  Bytes later = make_leaf(nobody);
  later[0] = 2;
  EXPECT_FALSE(parse_leaf(later));
}

TEST(Leaf, HeadsLeafHoldsNoFreeBytes) {
  Heads heads{Digest{1}, 5, -1};
  Bytes bytes = make_heads_leaf(77, heads);
  auto leaf = parse_leaf(bytes);
  ASSERT_TRUE(leaf);
  auto again = parse_heads(*leaf, 77);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->root, heads.root);
  EXPECT_EQ(again->patients, 5u);
  EXPECT_EQ(again->time_ms, -1);
  EXPECT_FALSE(parse_heads(*leaf, 78));
  Bytes different = bytes;
  different[5] ^= 1;
  EXPECT_FALSE(parse_heads(*parse_leaf(different), 77));
}

}  // namespace
}  // namespace zhimi::tiles
