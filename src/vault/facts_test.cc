#include "vault/facts.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "vault/lru.h"
#include "vault/test_home.h"

namespace zhimi::vault {
namespace {

using words::Label, words::Relation;

StoredRecord sample() {
  StoredRecord r{.id = {"Encounter", "enc-1"}, .labels = {Label::kReproductive}, .written_ms = -5, .gone = true};
  r.labelling.fill(0xab);
  r.ties.push_back(
      {.relation = Relation::kAttending, .actor = "Practitioner/d-017", .author = "Practitioner/d-001", .from_ms = -1});
  r.ties.push_back({.relation = Relation::kDepartment, .department = "产科", .until_ms = 77, .certain = false});
  return r;
}

Result<Bytes> encoded(const StoredRecord& r) {
  Bytes out;
  ZHIMI_CHECK(encode({r.id, r.labels, r.labelling, r.written_ms, r.gone, r.ties}, out));
  return out;
}

void expect_same(const StoredRecord& a, const StoredRecord& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.labelling, b.labelling);
  EXPECT_EQ(a.written_ms, b.written_ms);
  EXPECT_EQ(a.gone, b.gone);
  ASSERT_EQ(a.ties.size(), b.ties.size());
  for (size_t i = 0; i < a.ties.size(); ++i) {
    const Tie &x = a.ties[i], &y = b.ties[i];
    EXPECT_EQ(std::tie(x.relation, x.actor, x.department, x.author, x.from_ms, x.until_ms, x.certain),
              std::tie(y.relation, y.actor, y.department, y.author, y.from_ms, y.until_ms, y.certain));
  }
}

TEST(Facts, RecordComesBack) {
  Bytes b = must(encoded(sample()));
  EXPECT_EQ(b.size() % kFactsBlock, 0u);
  expect_same(must(decode_record(b)), sample());
}

TEST(Facts, PatientComesBack) {
  for (std::string id : {std::string(), std::string("p-1"), std::string(64, 'x')}) {
    Bytes b;
    must(encode(StoredPatient{id, {Label::kVip}, 123}, b));
    EXPECT_EQ(b.size() % kFactsBlock, 0u);
    StoredPatient p = must(decode_patient(b));
    EXPECT_EQ(p.id, id);
    EXPECT_EQ(p.labels, (words::Set<Label>{Label::kVip}));
    EXPECT_EQ(p.birth_ms, 123);
  }
}

// One list of bytes for one value: whatever decodes encodes to the same bytes, so nothing can hide in facts.
TEST(Facts, DecodingIsStrict) {
  const Bytes good = must(encoded(sample()));
  SeededRandom random(20261123);
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(code_of(decode_record(ByteView(good).first(size))), "corrupt") << size;
  Bytes longer = good;
  longer.resize(good.size() + kFactsBlock);
  EXPECT_EQ(code_of(decode_record(longer)), "corrupt");
  for (int round = 0; round < 20'000; ++round) {
    Bytes b = good;
    for (uint64_t n = 1 + random.below(3); n; --n)
      b[random.below(b.size())] ^= static_cast<uint8_t>(1 + random.below(255));
    auto r = decode_record(b);
    if (r)
      EXPECT_EQ(must(encoded(*r)), b);
    else
      EXPECT_EQ(r.error().code, Code::kCorrupt);
    auto p = decode_patient(b);
    if (p) {
      Bytes again;
      must(encode(*p, again));
      EXPECT_EQ(again, b);
    }
  }
}

TEST(Facts, AreBounded) {
  StoredRecord r = sample();
  r.ties.assign(70'000, r.ties[0]);
  EXPECT_EQ(code_of(encoded(r)), code_name(Code::kTooLarge));
  r = sample();
  r.ties[0].actor.assign(65'536, 'x');
  EXPECT_EQ(code_of(encoded(r)), code_name(Code::kTooLarge));
  r = sample();
  r.id.id.assign(65, 'x');
  EXPECT_EQ(code_of(encoded(r)), code_name(Code::kInvalid));
  r.id.id.clear();
  EXPECT_EQ(code_of(encoded(r)), code_name(Code::kInvalid));
}

TEST(Lru, ForgetsWhatWasUsedLongestAgo) {
  Lru<int, int> lru(2);
  lru.put(1, 10);
  lru.put(2, 20);
  ASSERT_TRUE(lru.find(1));
  lru.put(3, 30);
  EXPECT_FALSE(lru.find(2));
  EXPECT_EQ(*lru.find(1), 10);
  lru.put(1, 11);
  EXPECT_EQ(*lru.find(1), 11);
  EXPECT_EQ(lru.size(), 2u);
}

}  // namespace
}  // namespace zhimi::vault
