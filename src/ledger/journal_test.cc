#include "ledger/journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/file.h"
#include "crypto/hash.h"

namespace zhimi::ledger {
namespace {

namespace fs = std::filesystem;
constexpr size_t kSize = 64 << 10;

SealedEvent event_of(uint64_t number, size_t part_bytes = 200) {
  SeededRandom random(number);
  SealedEvent event;
  random.fill(event.id);
  event.kind = number % 3 ? Kind::kDisclosure : Kind::kOutcome;
  if (number % 5) random.fill(event.patient);
  event.about.resize(part_bytes);
  event.actor.resize(part_bytes / 2);
  random.fill(event.about);
  random.fill(event.actor);
  return event;
}

bool same(const SealedEvent& a, const SealedEvent& b) {
  return a.id == b.id && a.kind == b.kind && a.patient == b.patient && a.about == b.about && a.actor == b.actor;
}

class JournalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("zhimi-journal-test-" + std::to_string(std::random_device()()));
    file_ = folder_ / "care.journal";
  }
  void TearDown() override { fs::remove_all(folder_); }
  Result<std::unique_ptr<Journal>> try_open() { return Journal::open(folder_, key_, random_, kSize); }
  std::unique_ptr<Journal> open() {
    auto journal = try_open();
    EXPECT_TRUE(journal) << journal.error().what;
    return journal ? std::move(*journal) : nullptr;
  }
  void expect_pending(Journal& journal, uint64_t count) {
    auto events = journal.pending();
    ASSERT_TRUE(events);
    ASSERT_EQ(events->size(), count);
    for (uint64_t i = 0; i < count; ++i) EXPECT_TRUE(same((*events)[i], event_of(i)));
    EXPECT_EQ(journal.empty(), count == 0);
  }
  Bytes contents() { return *read_file(file_, 1 << 30); }
  void replace(ByteView bytes) { std::ofstream(file_, std::ios::binary) << text(bytes); }

  fs::path folder_, file_;
  Bytes key_ = Bytes(32, 7);
  SeededRandom random_{424'242};
  FixedClock clock_{0};
  crypto::Signer signer_ = *crypto::Signer::from_seed(Bytes(32, 1));
};

TEST_F(JournalTest, KeepsWhatItAcknowledged) {
  auto journal = open();
  EXPECT_TRUE(journal->empty());
  EXPECT_EQ(fs::file_size(file_), kSize);
  for (uint64_t i = 0; i < 5; ++i) {
    auto receipt = journal->append(event_of(i));
    ASSERT_TRUE(receipt);
    EXPECT_TRUE(receipt->journaled());
    EXPECT_EQ(receipt->id(), event_of(i).id);
    EXPECT_EQ(receipt->patient(), event_of(i).patient);
  }
  expect_pending(*journal, 5);
  EXPECT_EQ(fs::file_size(file_), kSize);
  journal.reset();
  journal = open();
  expect_pending(*journal, 5);
  ASSERT_TRUE(journal->append(event_of(5)));
  journal.reset();
  expect_pending(*open(), 6);
}

// Frozen: docs/formats.md section "Journal".
TEST_F(JournalTest, FrozenBytes) {
  auto journal = open();
  for (uint64_t i = 0; i < 2; ++i) ASSERT_TRUE(journal->append(event_of(i)));
  Bytes file = contents();
  EXPECT_EQ(text(ByteView(file).first(4)), std::string_view("ZJ\x01\0", 4));
  EXPECT_EQ(text(ByteView(file).subspan(4096, 4)), "ZJR\x01");
  EXPECT_EQ(load_u64(file.data() + 2 * 4096 + 8), 1u);
  EXPECT_EQ(hex(crypto::sha256(file)), "332c77e3b6ab5ab417676a2b0bff6f01a681097c29f06f3d09af51991fa1dd32");
}

TEST_F(JournalTest, ARetryIsNotASecondEntry) {
  auto journal = open();
  ASSERT_TRUE(journal->append(event_of(0)));
  ASSERT_TRUE(journal->append(event_of(0)));
  expect_pending(*journal, 1);
  SealedEvent other = event_of(0);
  other.kind = Kind::kRefusal;
  EXPECT_EQ(journal->append(other).error().code, Code::kConflict);
}

TEST_F(JournalTest, NothingOfAnEntryStandsInClear) {
  ASSERT_TRUE(open()->append(event_of(1)));
  Bytes file = contents();
  SealedEvent event = event_of(1);
  EXPECT_TRUE(std::search(file.begin(), file.end(), event.id.begin(), event.id.end()) == file.end());
  EXPECT_TRUE(std::search(file.begin(), file.end(), event.patient.begin(), event.patient.end()) == file.end());
}

// A crash at any byte of the last write: what was written of it, then zeros or nothing.
TEST_F(JournalTest, KilledAtAnyByteOfAWrite) {
  auto journal = open();
  for (uint64_t i = 0; i < 2; ++i) ASSERT_TRUE(journal->append(event_of(i)));
  Bytes before = contents();
  ASSERT_TRUE(journal->append(event_of(2)));
  Bytes after = contents();
  journal.reset();
  size_t first = 0, last = after.size();
  while (before[first] == after[first]) ++first;
  while (before[last - 1] == after[last - 1]) --last;
  for (size_t at = first; at <= last; ++at) {
    Bytes torn(after.begin(), after.begin() + static_cast<ptrdiff_t>(at));
    torn.resize(after.size());
    replace(torn);
    journal = open();
    ASSERT_NE(journal, nullptr) << at;
    expect_pending(*journal, at == last ? 3 : 2);
    journal.reset();
    if (at % 7) continue;
    torn.resize(at);  // the file itself is cut off
    replace(torn);
    journal = open();
    ASSERT_NE(journal, nullptr) << at;
    expect_pending(*journal, at == last ? 3 : 2);
    EXPECT_EQ(fs::file_size(file_), kSize);
    if (at == last) continue;
    ASSERT_TRUE(journal->append(event_of(2)));
    journal.reset();
    journal = open();
    expect_pending(*journal, 3);
    journal.reset();
  }
}

// Sectors of one write may reach the disk in any order.
TEST_F(JournalTest, TornInAnyOrder) {
  auto journal = open();
  ASSERT_TRUE(journal->append(event_of(0)));
  Bytes before = contents();
  ASSERT_TRUE(journal->append(event_of(1, 9000)));
  Bytes after = contents();
  journal.reset();
  for (unsigned pattern = 0; pattern < 64; ++pattern) {
    Bytes torn = before;
    for (size_t sector = 0; sector * 512 < after.size(); ++sector)
      if (pattern >> (sector % 6) & 1)
        std::copy_n(after.begin() + static_cast<ptrdiff_t>(sector * 512), 512,
                    torn.begin() + static_cast<ptrdiff_t>(sector * 512));
    replace(torn);
    journal = open();
    ASSERT_NE(journal, nullptr) << pattern;
    EXPECT_EQ(journal->pending()->size(), pattern == 63 ? 2u : 1u);
    ASSERT_TRUE(journal->append(event_of(2)));
    journal.reset();
    EXPECT_EQ(open()->pending()->size(), pattern == 63 ? 3u : 2u);
  }
}

// Every byte of every acknowledged entry but the last, and of the header.
TEST_F(JournalTest, AChangedByteIsNoticed) {
  auto journal = open();
  for (uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(journal->append(event_of(i)));
  journal.reset();
  Bytes good = contents();
  for (size_t at = 0; at < good.size() && at < 3 * 4096; ++at) {
    if (good[at] == 0) continue;
    Bytes bad = good;
    bad[at] ^= 0x20;
    replace(bad);
    auto opened = try_open();
    ASSERT_FALSE(opened) << at;
    EXPECT_TRUE(opened.error().code == Code::kCorrupt || (at == 2 && opened.error().code == Code::kConflict)) << at;
    EXPECT_EQ(contents(), bad);
  }
}

TEST_F(JournalTest, OpensWithItsOwnKeyOnly) {
  ASSERT_TRUE(open()->append(event_of(0)));
  Bytes file = contents();
  key_[0] ^= 1;
  auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kCorrupt);
  EXPECT_EQ(contents(), file);
}

TEST_F(JournalTest, OneProcessHoldsIt) {
  auto journal = open();
  EXPECT_EQ(try_open().error().code, Code::kConflict);
  journal.reset();
  EXPECT_TRUE(try_open());
}

TEST_F(JournalTest, FullRefusesAndKeepsTheRest) {
  auto journal = open();
  uint64_t kept = 0;
  Result<Receipt> receipt = journal->append(event_of(0));
  for (; receipt; receipt = journal->append(event_of(kept))) ++kept;
  EXPECT_EQ(receipt.error().code, Code::kUnavailable);
  EXPECT_EQ(kept, kSize / 4096 - 1);
  expect_pending(*journal, kept);
  EXPECT_EQ(fs::file_size(file_), kSize);
  journal.reset();
  journal = open();
  expect_pending(*journal, kept);
  auto log = memory_log(signer_, clock_, {"zhimi.example/test"});
  EXPECT_EQ(*journal->merge(*log), kept);
  EXPECT_TRUE(journal->append(event_of(0)));
}

TEST_F(JournalTest, MergesExactlyOnce) {
  auto log = memory_log(signer_, clock_, {"zhimi.example/test"});
  auto journal = open();
  EXPECT_EQ(*journal->merge(*log), 0u);
  for (uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(journal->append(event_of(i)));
  Bytes unmerged = contents();
  // Half of them reached the log before a crash.
  for (uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(log->append(event_of(i)));
  EXPECT_EQ(*journal->merge(*log), 10u);
  EXPECT_EQ(log->size(), 10u);
  EXPECT_TRUE(journal->empty());
  for (uint64_t i = 0; i < 10; ++i) EXPECT_EQ(parse_leaf(*log->leaf(i))->id, event_of(i).id);
  // All of them did, but the journal was not emptied.
  journal.reset();
  replace(unmerged);
  journal = open();
  EXPECT_EQ(*journal->merge(*log), 10u);
  EXPECT_EQ(log->size(), 10u);
  EXPECT_TRUE(journal->empty());
  journal.reset();
  EXPECT_TRUE(open()->empty());
  EXPECT_EQ(fs::file_size(file_), kSize);
}

class BrokenLog final : public Log {
 public:
  void submit(SealedEvent, Done done) override { done(make_error(Code::kUnavailable, "disk full")); }
  Result<std::string> checkpoint() override { return make_error(Code::kUnavailable, "disk full"); }
  uint64_t size() const override { return 0; }
  Result<Bytes> leaf(uint64_t) override { return make_error(Code::kNotFound, "empty"); }
};

TEST_F(JournalTest, AFailedMergeLosesNothing) {
  auto journal = open();
  for (uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(journal->append(event_of(i)));
  BrokenLog broken;
  EXPECT_EQ(journal->merge(broken).error().code, Code::kUnavailable);
  expect_pending(*journal, 3);
  journal.reset();
  expect_pending(*open(), 3);
}

TEST_F(JournalTest, AnEntryOfAnEarlierGenerationIsNotTakenAgain) {
  auto log = memory_log(signer_, clock_, {"zhimi.example/test"});
  auto journal = open();
  ASSERT_TRUE(journal->append(event_of(0)));
  Bytes old = contents();
  ASSERT_TRUE(journal->merge(*log));
  Bytes fresh = contents();
  journal.reset();
  std::copy(old.begin() + 4096, old.end(), fresh.begin() + 4096);
  replace(fresh);
  EXPECT_EQ(try_open().error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace zhimi::ledger
