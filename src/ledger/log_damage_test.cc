// Opening what is left after crashes, faults, damage and a second writer.
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "ledger/ids.h"
#include "ledger/log_fixture.h"

namespace zhimi::ledger {
namespace {

// ---- opening

TEST_F(LogTest, ReopensAtEverySmallSize) {
  uint64_t next = 0;
  std::string older;
  for (int round = 0; round < 40; ++round) {
    auto log = open();
    for (int i = 0; i < round % 30; ++i, ++next) ASSERT_TRUE(log->append(event_of(next, next % 5)));
    if (round % 3 == 0) {
      ASSERT_TRUE(log->checkpoint());
    }
    if (round % 7 == 0) verify(*log);
  }
  auto log = open();
  EXPECT_EQ(log->append(event_of(0, 0))->index(), 0u);
  verify(*log);
}

TEST_F(LogTest, ReopensAcrossTheMapsThreshold) {
  for (uint64_t i = 0; i < 600; ++i) {
    auto log = open();
    ASSERT_NE(log, nullptr);
    ASSERT_TRUE(log->append(event_of(i, 1 + i % 300)));
    ASSERT_TRUE(log->checkpoint());
  }
  int64_t rows = 0;
  ASSERT_TRUE(session_->query("SELECT count(*) FROM heads", {}, [&](const store::Row& row) {
    rows = row.integer(0);
    return Status();
  }));
  EXPECT_LE(rows, 257);
  EXPECT_EQ(verify(*open()).patients, 300u);
}

class DamagedLog : public LogTest {
 protected:
  void SetUp() override {
    LogTest::SetUp();
    auto log = open();
    for (uint64_t i = 0; i < 700; ++i) ASSERT_TRUE(log->append(event_of(i, i % 5)));
    ASSERT_TRUE(log->checkpoint());
    for (uint64_t i = 700; i < 750; ++i) ASSERT_TRUE(log->append(event_of(i, i % 5)));
  }
  std::string open_error() {
    auto log = open_log(*session_, signer_, clock_, {"zhimi.example/test"});
    if (log) return "opened";
    EXPECT_EQ(log.error().code, Code::kCorrupt);
    return log.error().what;
  }
};

TEST_F(DamagedLog, AnEntryNearTheCheckpoint) {
  change("UPDATE batch SET leaves = zeroblob(length(leaves)) WHERE first = 690");
  EXPECT_NE(open_error().find("entry 690"), std::string::npos) << open_error();
}

TEST_F(DamagedLog, AnEntryBehindTheCheckpoint) {
  change("UPDATE batch SET leaves = substr(leaves, 1, 40) || zeroblob(1) || substr(leaves, 42) WHERE first = 720");
  EXPECT_NE(open_error().find("entry 720"), std::string::npos) << open_error();
}

TEST_F(DamagedLog, AnEntryLongAgoIsFoundWhenItIsRead) {
  change("UPDATE batch SET leaves = substr(leaves, 1, length(leaves) - 1) || 'x' WHERE first = 100");
  auto log = open();
  EXPECT_EQ(log->leaf(100).error().code, Code::kCorrupt);
  EXPECT_TRUE(log->leaf(99));
  EXPECT_NE(export_tiles(*log, folder_ / "out").error().what.find("entry 100 "), std::string::npos);
}

TEST_F(DamagedLog, AMissingBatch) {
  change("DELETE FROM batch WHERE first = 695");
  EXPECT_NE(open_error().find("entry 695 is missing"), std::string::npos) << open_error();
}

TEST_F(DamagedLog, TheTailCutBelowTheCheckpoint) {
  change("DELETE FROM batch WHERE first >= 600");
  EXPECT_NE(open_error().find("commits to 701 entries, but only 600"), std::string::npos) << open_error();
}

TEST_F(DamagedLog, ATileRoot) {
  change("UPDATE tile SET root = zeroblob(32) WHERE place = 1");
  EXPECT_NE(open_error().find("tile/0/001"), std::string::npos) << open_error();
}

TEST_F(DamagedLog, TheMapOfPatientsIsRebuilt) {
  change("UPDATE heads SET heads = zeroblob(length(heads))");
  auto log = open();
  ASSERT_NE(log, nullptr);
  ASSERT_TRUE(log->append(event_of(800, 1)));
  EXPECT_EQ(verify(*log).patients, 4u);
  log.reset();
  change("DELETE FROM heads");
  log = open();
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(verify(*log).patients, 4u);
}

TEST_F(DamagedLog, StoredIdsAreRebuilt) {
  change("UPDATE tile SET ids = zeroblob(5) WHERE place = 0");
  auto log = open();
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(log->append(event_of(5, 0))->index(), 5u);
}

TEST_F(DamagedLog, AnotherKey) {
  crypto::Signer other = signer_of(2);
  auto log = open_log(*session_, other, clock_, {"zhimi.example/test"});
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, Code::kCorrupt);
  EXPECT_NE(log.error().what.find("not signed by the given key"), std::string::npos) << log.error().what;
}

// ---- faults

TEST_F(LogTest, AFailedCommitLeavesNothingBehind) {
  using Fault = FaultySession::Fault;
  for (Fault fault : {Fault::kBefore, Fault::kAfter})
    for (bool reopen : {false, true}) {
      SCOPED_TRACE(::testing::Message() << static_cast<int>(fault) << reopen);
      open();
      change("DELETE FROM batch; DELETE FROM tile; DELETE FROM checkpoint; DELETE FROM heads;");
      FaultySession faulty(*session_);
      auto log = open(faulty);
      for (uint64_t i = 0; i < 254; ++i) ASSERT_TRUE(log->append(event_of(i, i % 3)));
      // A batch across a tile's edge.
      faulty.fail(fault);
      std::promise<void> all;
      std::atomic<int> left = 10, failed = 0;
      for (uint64_t i = 254; i < 264; ++i)
        log->submit(event_of(i, i % 4), [&](Result<Receipt> receipt) {
          if (!receipt) {
            EXPECT_EQ(receipt.error().code, Code::kUnavailable);
            ++failed;
          }
          if (--left == 0) all.set_value();
        });
      all.get_future().wait();
      EXPECT_GE(failed, 1);
      if (reopen) {
        log.reset();
        log = open(faulty);
      }
      for (uint64_t i = 254; i < 264; ++i) {
        auto receipt = log->append(event_of(i, i % 4));
        ASSERT_TRUE(receipt) << receipt.error().what;
      }
      EXPECT_EQ(log->size(), 264u);
      verify(*log);
    }
}

TEST_F(LogTest, EveryCommitFailsOnce) {
  using Fault = FaultySession::Fault;
  uint64_t seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  SeededRandom random(seed);
  FaultySession faulty(*session_);
  auto log = open(faulty);
  std::string last_note;
  uint64_t acknowledged = 0;
  for (int round = 0; round < 150; ++round) {
    switch (random.below(4)) {
      case 0:
        faulty.fail(Fault::kBefore, static_cast<int>(1 + random.below(4)));
        break;
      case 1:
        faulty.fail(Fault::kAfter, static_cast<int>(1 + random.below(4)));
        break;
      case 2: {
        auto note = log->checkpoint();
        if (note) last_note = *note;
        break;
      }
      default:
        if (random.below(3) == 0) {
          faulty.fail(Fault::kNone);
          log.reset();
          log = open(faulty);
          ASSERT_NE(log, nullptr);
        }
    }
    for (uint64_t i = random.below(12); i-- > 0;) {
      SealedEvent event = event_of(acknowledged, 1 + acknowledged % 6);
      auto receipt = log->append(event);
      EXPECT_TRUE(receipt || receipt.error().code == Code::kUnavailable);
      while (!receipt) receipt = log->append(event);
      ++acknowledged;
    }
  }
  faulty.fail(Fault::kNone);
  fs::path out = folder_ / "out";
  ASSERT_TRUE(export_tiles(*log, out));
  tiles::VerifyOptions options{verifier_key(), {}, {}};
  if (!last_note.empty()) options.older_checkpoint = last_note;
  auto verified = tiles::verify_folder(out, options);
  ASSERT_TRUE(verified) << verified.error().what;
  EXPECT_EQ(verified->disclosures, acknowledged);
}

TEST_F(LogTest, TwoWriters) {
  session_ = open_session(folder_ / "ledger.db");
  ASSERT_TRUE(open()->append(event_of(0, 1)));
  auto other_session = open_session(folder_ / "ledger.db");
  auto a = open(), b = open(*other_session);
  ASSERT_TRUE(a->append(event_of(1, 1)));
  EXPECT_EQ(b->append(event_of(2, 1)).error().code, Code::kConflict);
  EXPECT_EQ(b->checkpoint().error().code, Code::kConflict);
  b = open(*other_session);
  ASSERT_TRUE(a->append(event_of(3, 1)));  // b only reads so far
  EXPECT_EQ(b->append(event_of(4, 1)).error().code, Code::kConflict);
  b = open(*other_session);
  ASSERT_TRUE(b->append(event_of(4, 1)));
  EXPECT_EQ(a->append(event_of(5, 1)).error().code, Code::kConflict);
  EXPECT_EQ(a->checkpoint().error().code, Code::kConflict);
  EXPECT_EQ(a->append(event_of(5, 1)).error().code, Code::kConflict);
  ASSERT_TRUE(b->append(event_of(5, 1)));
  EXPECT_EQ(verify(*b).disclosures, 5u);
}

TEST_F(LogTest, ANewerStoreIsLeftAlone) {
  ASSERT_TRUE(open()->append(event_of(0, 1)));
  constexpr store::Migration newer[] = {{1, ""}, {2, "CREATE TABLE later (x INTEGER)"}};
  ASSERT_TRUE(store::migrate(*session_, "ledger", newer));
  EXPECT_EQ(open_log(*session_, signer_, clock_, {"zhimi.example/test"}).error().code, Code::kConflict);
}

// ---- the index of ids

TEST(IdIndex, AgreesWithAModel) {
  uint64_t seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  SeededRandom random(seed);
  IdIndex index;
  std::vector<uint64_t> model;
  for (int round = 0; round < 300; ++round) {
    for (uint64_t i = random.below(60); i-- > 0;) {
      model.push_back(random.below(3) ? random.next() : random.below(50));  // some repeat
      index.add(model.back());
    }
    if (random.below(3) == 0) {
      model.resize(model.size() - random.below(std::min<size_t>(model.size(), 100) + 1));
      index.truncate(model.size());
    }
    ASSERT_EQ(index.size(), model.size());
    for (uint64_t prefix : {random.below(50), random.next(), model.empty() ? 0 : model[random.below(model.size())]}) {
      std::vector<uint64_t> found, expected;
      index.matches(prefix, [&](uint64_t at) {
        found.push_back(at);
        return false;
      });
      for (uint64_t at = 0; at < model.size(); ++at)
        if (model[at] == prefix) expected.push_back(at);
      std::sort(found.begin(), found.end());
      ASSERT_EQ(found, expected);
    }
  }
}

}  // namespace
}  // namespace zhimi::ledger
