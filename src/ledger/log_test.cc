#include "ledger/log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>
#include <map>
#include <set>
#include <thread>

#include "crypto/envelope.h"
#include "crypto/hash.h"
#include "ledger/log_fixture.h"
#include "tiles/heads.h"
#include "tiles/tree.h"

namespace zhimi::ledger {
namespace {

TEST_F(LogTest, AppendsAndReadsBack) {
  auto log = open();
  for (uint64_t i = 0; i < 600; ++i) {
    auto receipt = log->append(event_of(i, i % 7));
    ASSERT_TRUE(receipt) << receipt.error().what;
    EXPECT_EQ(receipt->index(), i);
    EXPECT_EQ(receipt->id(), event_of(i, 0).id);
    EXPECT_EQ(receipt->patient(), patient_of(i % 7));
    EXPECT_FALSE(receipt->journaled());
  }
  EXPECT_EQ(log->size(), 600u);
  for (uint64_t i : {0u, 255u, 256u, 599u}) {
    auto bytes = log->leaf(i);
    ASSERT_TRUE(bytes);
    auto leaf = parse_leaf(*bytes);
    ASSERT_TRUE(leaf);
    EXPECT_EQ(leaf->id, event_of(i, 0).id);
    EXPECT_EQ(Bytes(leaf->about.begin(), leaf->about.end()), event_of(i, 0).about);
    EXPECT_EQ(leaf->patient_count, i % 7 ? i / 7 + (i % 7 ? 1 : 0) : 0);
  }
  EXPECT_EQ(log->leaf(600).error().code, Code::kNotFound);
  EXPECT_EQ(log->leaf(UINT64_MAX).error().code, Code::kNotFound);
}

TEST_F(LogTest, ACheckpointEndsInHeadsAndIsNotRepeated) {
  auto log = open();
  auto empty = log->checkpoint();
  ASSERT_TRUE(empty);
  auto key = *tiles::parse_verifier_key(log->key());
  EXPECT_EQ(tiles::open_checkpoint(*empty, key)->size, 0u);
  EXPECT_EQ(log->size(), 0u);
  ASSERT_TRUE(log->append(event_of(1, 1)));
  auto first = log->checkpoint();
  ASSERT_TRUE(first);
  EXPECT_EQ(tiles::open_checkpoint(*first, key)->size, 2u);
  EXPECT_EQ(*log->checkpoint(), *first);
  EXPECT_EQ(log->size(), 2u);
  auto leaf = log->leaf(1);
  ASSERT_TRUE(leaf);
  EXPECT_EQ(parse_leaf(*leaf)->kind, Kind::kHeads);
  auto heads = tiles::parse_heads(*parse_leaf(*leaf), 1);
  ASSERT_TRUE(heads);
  EXPECT_EQ(heads->patients, 1u);
  EXPECT_EQ(heads->time_ms, clock_.now_ms());
  log.reset();
  EXPECT_EQ(*open()->checkpoint(), *first);
}

TEST_F(LogTest, ARetryIsNotASecondEntry) {
  auto log = open();
  for (uint64_t i = 0; i < 300; ++i) ASSERT_TRUE(log->append(event_of(i, 1)));
  auto again = log->append(event_of(17, 1));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->index(), 17u);
  EXPECT_EQ(log->size(), 300u);
  EXPECT_EQ(log->append(event_of(17, 2)).error().code, Code::kConflict);
  EXPECT_EQ(log->append(event_of(17, 1, Kind::kRefusal)).error().code, Code::kConflict);
  ASSERT_TRUE(log->checkpoint());
  log.reset();
  log = open();
  again = log->append(event_of(299, 1));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->index(), 299u);
  again = log->append(event_of(3, 1));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->index(), 3u);
  EXPECT_EQ(log->size(), 301u);
}

// The first eight bytes alone do not make two ids one.
TEST_F(LogTest, IdsThatShareTheirFirstHalf) {
  auto log = open();
  SealedEvent a = event_of(1, 1), b = event_of(2, 1);
  std::copy_n(a.id.begin(), 8, b.id.begin());
  EXPECT_EQ(log->append(a)->index(), 0u);
  EXPECT_EQ(log->append(b)->index(), 1u);
  EXPECT_EQ(log->append(a)->index(), 0u);
  EXPECT_EQ(log->append(b)->index(), 1u);
}

TEST_F(LogTest, ARetryInTheSameBatch) {
  auto log = open();
  std::promise<void> all;
  std::atomic<int> left = 200;
  std::vector<uint64_t> indexes(200);
  for (size_t i = 0; i < 200; ++i)
    log->submit(event_of(i % 50, 1), [&, i](Result<Receipt> receipt) {
      indexes[i] = receipt ? receipt->index() : 1'000'000;
      if (--left == 0) all.set_value();
    });
  all.get_future().wait();
  EXPECT_EQ(log->size(), 50u);
  for (size_t i = 0; i < 200; ++i) EXPECT_EQ(indexes[i], i % 50);
}

TEST_F(LogTest, RefusesWhatDoesNotFit) {
  auto log = open();
  SealedEvent large = event_of(1, 1);
  large.about.resize(70'000);
  EXPECT_EQ(log->append(large).error().code, Code::kTooLarge);
  SealedEvent largest = event_of(2, 1);
  largest.about.resize(tiles::kLeafPartBytes - largest.actor.size());
  EXPECT_TRUE(log->append(largest));
  EXPECT_EQ(log->append(event_of(3, 1, Kind::kHeads)).error().code, Code::kInvalid);
  EXPECT_EQ(log->append(event_of(3, 1, Kind{})).error().code, Code::kInvalid);
  EXPECT_EQ(log->size(), 1u);
  for (const char* origin : {"", "two words", "a+b"})
    EXPECT_EQ(open_log(*session_, signer_, clock_, {origin}).error().code, Code::kInvalid);
}

TEST_F(LogTest, ManyThreads) {
  auto log = open();
  std::mutex mutex;
  std::set<uint64_t> indexes;
  std::atomic<int> submitted = 0;
  {
    std::vector<std::jthread> threads;
    for (uint64_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (uint64_t i = 0; i < 200; ++i) {
          uint64_t number = t * 1000 + i;
          auto keep = [&](Result<Receipt> receipt) {
            std::lock_guard lock(mutex);
            ASSERT_TRUE(receipt);
            EXPECT_TRUE(indexes.insert(receipt->index()).second);
            ++submitted;
          };
          if (i % 3) {
            log->submit(event_of(number, number % 11), keep);
          } else {
            keep(log->append(event_of(number, number % 11)));
          }
          if (i % 50 == 0) {
            EXPECT_TRUE(log->checkpoint());
          }
          if (i % 20 == 0 && log->size()) {
            EXPECT_TRUE(log->leaf(log->size() - 1));
          }
        }
      });
  }
  uint64_t size = log->size();
  ASSERT_TRUE(log->append(event_of(99'999, 1)));
  EXPECT_GE(log->size(), size + 1);
  verify(*log);
  log.reset();  // drains
  EXPECT_EQ(submitted, 800);
}

TEST_F(LogTest, MoreThanFitInFlight) {
  auto log = open();
  std::atomic<int> durable = 0, refused = 0, called = 0;
  for (uint64_t i = 0; i < 3 * Log::kInFlight; ++i)
    log->submit(event_of(i, 1), [&](Result<Receipt> receipt) {
      ++called;
      if (receipt) {
        ++durable;
      } else {
        EXPECT_EQ(receipt.error().code, Code::kUnavailable);
        ++refused;
      }
    });
  log.reset();
  EXPECT_EQ(called, static_cast<int>(3 * Log::kInFlight));
  EXPECT_EQ(open()->size(), static_cast<uint64_t>(durable));
}

// ---- both kinds of log against a naive model

class TwinTest : public LogTest, public ::testing::WithParamInterface<bool> {};

TEST_P(TwinTest, AgreesWithANaiveLog) {
  uint64_t seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  SeededRandom random(seed);
  auto log = GetParam() ? memory_log(signer_, clock_, {"zhimi.example/test"}) : open();
  auto key = *tiles::parse_verifier_key(log->key());
  std::vector<Digest> hashes;
  std::map<PatientMac, std::pair<uint64_t, Digest>> heads;
  std::string older;
  for (uint64_t next = 0; next < 1500;) {
    for (uint64_t i = random.below(100); i-- > 0; ++next) {
      SealedEvent event = event_of(next, random.below(40));
      auto receipt = log->append(event);
      ASSERT_TRUE(receipt);
      ASSERT_EQ(receipt->index(), hashes.size());
      auto& [count, head] = heads[event.patient];
      bool nobody = event.patient == tiles::kNoPatient;
      Bytes leaf = make_leaf(event, nobody ? 0 : ++count, head);
      EXPECT_EQ(*log->leaf(hashes.size()), leaf);
      hashes.push_back(tiles::leaf_hash(leaf));
      if (!nobody) head = tiles::next_head(head, hashes.back());
    }
    clock_.advance(random.below(2) ? 5'000 : -100'000);
    auto note = log->checkpoint();
    ASSERT_TRUE(note);
    if (log->size() > hashes.size()) hashes.push_back(tiles::leaf_hash(*log->leaf(hashes.size())));
    tiles::Tree naive;
    std::vector<tiles::FullTile> unused;
    for (const Digest& hash : hashes) naive.append(hash, unused);
    auto checkpoint = tiles::open_checkpoint(*note, key);
    ASSERT_TRUE(checkpoint);
    ASSERT_EQ(checkpoint->size, hashes.size());
    ASSERT_EQ(checkpoint->root, naive.root());
    if (!hashes.empty()) {
      uint64_t index = random.below(hashes.size());
      auto proof = prove(*log, index);
      ASSERT_TRUE(proof);
      auto proved = tiles::verify_proof(*proof, "", log->key());
      ASSERT_TRUE(proved) << proved.error().what;
      EXPECT_EQ(*proved, index);
    }
    fs::path out = folder_ / "out";  // grows with the log
    Status exported = export_tiles(*log, out);
    ASSERT_TRUE(exported) << exported.error().what;
    tiles::VerifyOptions options{log->key(), {}, {}};
    if (!older.empty()) options.older_checkpoint = older;
    auto verified = tiles::verify_folder(out, options);
    ASSERT_TRUE(verified) << verified.error().what;
    EXPECT_EQ(verified->patients, heads.size() - heads.count(tiles::kNoPatient));
    EXPECT_EQ(verified->size, hashes.size());
    older = *note;
  }
}
INSTANTIATE_TEST_SUITE_P(Twins, TwinTest, ::testing::Bool());

// ---- export

TEST_F(LogTest, ExportRefusesWhatIsNotItsOwn) {
  auto log = open();
  for (uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(log->append(event_of(i, 1)));
  fs::path busy = folder_ / "busy";
  fs::create_directories(busy);
  std::ofstream(busy / "notes.txt") << "mine";
  EXPECT_EQ(export_tiles(*log, busy).error().code, Code::kConflict);
  EXPECT_TRUE(fs::exists(busy / "notes.txt"));

  crypto::Signer other_signer = signer_of(2);
  auto other = memory_log(other_signer, clock_, {"zhimi.example/other"});
  ASSERT_TRUE(other->append(event_of(0, 1)));
  ASSERT_TRUE(export_tiles(*other, folder_ / "other"));
  EXPECT_EQ(export_tiles(*log, folder_ / "other").error().code, Code::kConflict);

  // The same key and origin, another history; longer and shorter.
  auto fork = memory_log(signer_, clock_, {"zhimi.example/test"});
  for (uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(fork->append(event_of(100 + i, 1)));
  ASSERT_TRUE(export_tiles(*fork, folder_ / "fork"));
  EXPECT_EQ(export_tiles(*log, folder_ / "fork").error().code, Code::kConflict);
  for (uint64_t i = 0; i < 50; ++i) ASSERT_TRUE(fork->append(event_of(200 + i, 1)));
  ASSERT_TRUE(export_tiles(*fork, folder_ / "fork"));
  EXPECT_EQ(export_tiles(*log, folder_ / "fork").error().code, Code::kConflict);
}

TEST_F(LogTest, AnInterruptedExportIsFinishedByTheNext) {
  auto log = open();
  for (uint64_t i = 0; i < 300; ++i) ASSERT_TRUE(log->append(event_of(i, 1)));
  fs::path out = folder_ / "out";
  ASSERT_TRUE(export_tiles(*log, out));
  fs::remove(out / "checkpoint");
  fs::remove(out / "tile/0/000");
  for (uint64_t i = 300; i < 400; ++i) ASSERT_TRUE(log->append(event_of(i, 1)));
  ASSERT_TRUE(export_tiles(*log, out));
  EXPECT_TRUE(tiles::verify_folder(out, {verifier_key(), {}, {}}));
}

TEST_F(LogTest, AnEmptyLogVerifies) {
  auto verified = verify(*open());
  EXPECT_EQ(verified.size, 0u);
  EXPECT_EQ(verified.origin, "zhimi.example/test");
}

TEST_F(LogTest, ProofsStandAlone) {
  auto log = open();
  for (uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(log->append(event_of(i, 1)));
  EXPECT_EQ(prove(*log, 10).error().code, Code::kNotFound);
  auto proof = prove(*log, 4);
  ASSERT_TRUE(proof);
  EXPECT_EQ(*tiles::verify_proof(*proof, "", log->key()), 4u);
  auto leaf = log->leaf(4), other = log->leaf(5);
  EXPECT_EQ(*tiles::verify_proof(*proof, text(*leaf), log->key()), 4u);
  EXPECT_EQ(tiles::verify_proof(*proof, text(*other), log->key()).error().code, Code::kCorrupt);
}

TEST(Seals, OpenOnlyInTheirPlace) {
  SeededRandom random(1);
  Bytes patient_key(32, 1), office_key(32, 2);
  Event event{event_of(1, 1).id, Kind::kDisclosure, patient_of(1), R"({"patient":"p"})", R"({"who":"w"})"};
  SealedEvent sealed = seal(event, patient_key, office_key, random);
  Bytes bytes = make_leaf(sealed, 1, {});
  auto leaf = parse_leaf(bytes);
  ASSERT_TRUE(leaf);
  EXPECT_EQ(*open_about(*leaf, patient_key), event.about);
  EXPECT_EQ(*open_actor(*leaf, office_key), event.actor);
  EXPECT_EQ(open_about(*leaf, office_key).error().code, Code::kCorrupt);
  EXPECT_EQ(open_actor(*leaf, patient_key).error().code, Code::kCorrupt);
  Leaf moved = *leaf;
  moved.patient = patient_of(2);
  EXPECT_EQ(open_about(moved, patient_key).error().code, Code::kCorrupt);
  moved = *leaf;
  moved.kind = Kind::kRefusal;
  EXPECT_EQ(open_actor(moved, office_key).error().code, Code::kCorrupt);
  moved = *leaf;
  std::swap(moved.about, moved.actor);
  EXPECT_EQ(open_about(moved, office_key).error().code, Code::kCorrupt);
}

// Frozen: docs/formats.md section "Ledger entry".
TEST(Seals, FrozenBytes) {
  SeededRandom random(7);
  Event event{{}, Kind::kRefusal, patient_of(1), "about", "actor"};
  SealedEvent sealed = seal(event, Bytes(32, 1), Bytes(32, 2), random);
  EXPECT_EQ(sealed.about.size(), crypto::kEnvelopeOverheadBytes + 64);
  EXPECT_EQ(hex(crypto::sha256(make_leaf(sealed, 1, {}))),
            "905133f6a06f34d6eb4a36bee19079d5b52d408a91f039c597e3539d2941e8d8");
}

TEST(Seals, LengthsTellLittle) {
  SeededRandom random(1);
  Bytes key(32, 1);
  std::set<size_t> sizes;
  for (size_t n = 0; n < 200; ++n) {
    Event event{event_of(n, 1).id, Kind::kDisclosure, patient_of(1), std::string(n, 'a'), ""};
    SealedEvent sealed = seal(event, key, key, random);
    sizes.insert(sealed.about.size());
    Bytes bytes = make_leaf(sealed, 1, {});
    EXPECT_EQ(*open_about(*parse_leaf(bytes), key), event.about);
  }
  EXPECT_EQ(sizes.size(), 4u);
}

}  // namespace
}  // namespace zhimi::ledger
