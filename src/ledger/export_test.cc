// What an auditor's verifier makes of an export that somebody changed.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>

#include "base/file.h"
#include "ledger/log.h"
#include "tiles/bundle.h"
#include "tiles/folder.h"
#include "tiles/heads.h"
#include "tiles/note.h"
#include "tiles/verify.h"

namespace zhimi::ledger {
namespace {

namespace fs = std::filesystem;
constexpr const char* kOrigin = "zhimi.example/test";

SealedEvent event_of(uint64_t number) {
  SeededRandom random(number);
  SealedEvent event;
  random.fill(event.id);
  event.kind = number % 4 ? Kind::kDisclosure : Kind::kRefusal;
  if (number % 5) SeededRandom(number % 5).fill(event.patient);
  event.about.resize(number % 3);
  event.actor.resize(1);
  return event;
}

class ExportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("zhimi-export-test-" + std::to_string(std::random_device()()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // A log of `size` leaves, with a checkpoint about every 100.
  std::unique_ptr<Log> grow(uint64_t size, uint64_t first = 1) {
    auto log = memory_log(signer_, clock_, {kOrigin});
    for (uint64_t i = first; log->size() + 1 < size; ++i) {
      EXPECT_TRUE(log->append(event_of(i)));
      if (i % 100 == 99 && log->size() + 2 < size) {
        EXPECT_TRUE(log->checkpoint());
      }
    }
    EXPECT_TRUE(log->checkpoint());
    EXPECT_EQ(log->size(), size);
    return log;
  }
  void export_log(uint64_t size) {
    auto log = grow(size);
    key_ = log->key();
    Status status = export_tiles(*log, folder_);
    ASSERT_TRUE(status) << status.error().what;
  }
  Result<tiles::Verified> verify() { return tiles::verify_folder(folder_, {key_, older_, {}}); }
  std::string complaint() {
    auto verified = verify();
    if (verified) return "verified";
    EXPECT_EQ(verified.error().code, Code::kCorrupt) << verified.error().what;
    return verified.error().what;
  }
  std::vector<std::string> files() {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_))
      if (entry.is_regular_file()) names.push_back(entry.path().lexically_relative(folder_).generic_string());
    std::ranges::sort(names);
    return names;
  }
  Bytes read(const std::string& name) { return *read_file(folder_ / name, 1 << 24); }
  void write(const std::string& name, ByteView bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << text(bytes);
  }
  void flip_bytes(uint64_t step) {
    uint64_t seed = std::random_device()();
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    for (const std::string& name : files()) {
      Bytes good = read(name);
      for (size_t at = step > 1 ? random.below(step) : 0; at < good.size(); at += step) {
        Bytes bad = good;
        bad[at] ^= static_cast<uint8_t>(1 + random.below(255));
        write(name, bad);
        std::string what = complaint();
        // The file that was changed is the first one named.
        EXPECT_TRUE(what.starts_with(name)) << name << " byte " << at << ": " << what;
      }
      write(name, good);
    }
    EXPECT_TRUE(verify());
  }

  fs::path folder_;
  crypto::Signer signer_ = *crypto::Signer::from_seed(Bytes(32, 1));
  FixedClock clock_{1'790'000'000'000};
  std::string key_;
  std::optional<std::string> older_;
};

TEST_F(ExportTest, EveryByteOfASmallLog) {
  export_log(17);
  flip_bytes(1);
}

TEST_F(ExportTest, BytesOfALogOfTwoLevels) {
  export_log(600);
  EXPECT_EQ(files(),
            (std::vector<std::string>{"checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2",
                                      "tile/entries/000", "tile/entries/001", "tile/entries/002.p/88", "zhimi.vkey"}));
  flip_bytes(199);
}

TEST_F(ExportTest, ALogOfExactlyOneTile) {
  export_log(256);
  flip_bytes(97);
}

TEST_F(ExportTest, NamesTheEntry) {
  export_log(600);
  Bytes bundle = read("tile/entries/001");
  tiles::BundleReader reader(bundle);
  for (int i = 0; i < 44; ++i) (void)reader.next();
  size_t at = static_cast<size_t>(reader.next()->data() - bundle.data());
  bundle[at + 60] ^= 1;
  write("tile/entries/001", bundle);
  EXPECT_EQ(complaint(), "tile/entries/001: entry 300 does not match its hash in tile/0/001");
}

TEST_F(ExportTest, MissingLongerAndShorterFiles) {
  export_log(600);
  for (const std::string& name : files()) {
    if (name == "checkpoint" || name == "zhimi.vkey") continue;
    Bytes good = read(name);
    fs::remove(folder_ / name);
    EXPECT_EQ(complaint(), name + " is missing");
    for (int change : {-1, 1, 32, -32}) {
      Bytes bad = good;
      bad.resize(bad.size() + static_cast<size_t>(change));
      write(name, bad);
      EXPECT_TRUE(complaint().starts_with(name)) << complaint();
    }
    write(name, {});
    EXPECT_TRUE(complaint().starts_with(name)) << complaint();
    write(name, good);
  }
  fs::remove(folder_ / "zhimi.vkey");
  EXPECT_TRUE(verify());
  fs::remove(folder_ / "checkpoint");
  EXPECT_EQ(verify().error().code, Code::kNotFound);
}

TEST_F(ExportTest, AFileThatDoesNotBelong) {
  export_log(600);
  for (const char* name :
       {"tile/0/003", "tile/0/002.p/87", "tile/0/001.new", "tile/2/000", "tile/notes.txt", "tile/entries/003"}) {
    fs::create_directories((folder_ / name).parent_path());
    write(name, view("x"));
    EXPECT_TRUE(complaint().starts_with(std::string(name) + " does not belong")) << complaint();
    fs::remove(folder_ / name);
  }
  EXPECT_TRUE(verify());
}

TEST_F(ExportTest, AnotherKey) {
  export_log(17);
  crypto::Signer other = *crypto::Signer::from_seed(Bytes(32, 2));
  std::string good = key_;
  key_ = tiles::verifier_key_text(tiles::make_verifier_key(kOrigin, other.public_key()));
  EXPECT_TRUE(complaint().starts_with("checkpoint: not signed by the given key")) << complaint();
  key_ = good + "x";
  EXPECT_EQ(verify().error().code, Code::kInvalid);
  key_ = "";
  EXPECT_EQ(verify().error().code, Code::kInvalid);
}

TEST_F(ExportTest, OlderCheckpoints) {
  auto log = grow(300);
  key_ = log->key();
  std::string at_300 = *log->checkpoint();
  for (uint64_t i = 1000; i < 1400; ++i) ASSERT_TRUE(log->append(event_of(i)));
  ASSERT_TRUE(export_tiles(*log, folder_));
  older_ = at_300;
  EXPECT_TRUE(verify());
  older_ = *log->checkpoint();
  EXPECT_TRUE(verify());
  // Cut off: the older checkpoint is longer than the log.
  ASSERT_TRUE(log->append(event_of(2000)));
  older_ = *log->checkpoint();
  EXPECT_NE(complaint().find("this log has 701 entries, but the older checkpoint commits to 703"), std::string::npos);
  // Two histories under one key.
  older_ = *grow(300, 5000)->checkpoint();
  EXPECT_NE(complaint().find("two histories"), std::string::npos) << complaint();
  // Of another key.
  older_ = *memory_log(*crypto::Signer::from_seed(Bytes(32, 2)), clock_, {kOrigin})->checkpoint();
  EXPECT_TRUE(complaint().starts_with("the older checkpoint: not signed")) << complaint();
  older_ = "nonsense";
  EXPECT_TRUE(complaint().starts_with("the older checkpoint: ")) << complaint();
}

// A log whose keeper lies: every hash and signature is right, but what the leaves say is not.
class LyingKeeper : public ExportTest {
 protected:
  void add(Kind kind, uint64_t patient, int64_t count_lie = 0, bool head_lie = false) {
    tiles::Leaf leaf;
    SeededRandom(leaves_.size()).fill(leaf.id);
    leaf.kind = kind;
    if (patient) {
      SeededRandom(patient).fill(leaf.patient);
      const tiles::PatientHead* known = heads_.find(leaf.patient);
      leaf.patient_count = (known ? known->count : 0) + 1 + static_cast<uint64_t>(count_lie);
      if (known) leaf.previous_head = known->head;
      if (head_lie) leaf.previous_head[3] ^= 1;
    }
    Bytes bytes = tiles::make_leaf(leaf);
    if (patient)
      heads_.put({leaf.patient, leaf.patient_count, tiles::next_head(leaf.previous_head, tiles::leaf_hash(bytes))});
    leaves_.push_back(bytes);
  }
  void add_heads(int patients_lie = 0) {
    leaves_.push_back(tiles::make_heads_leaf(
        leaves_.size(), {heads_.root(), heads_.patients() + static_cast<uint64_t>(patients_lie), 0}));
  }
  std::string verdict() {
    std::vector<Digest> hashes;
    Bytes bundle;
    tiles::Tree tree;
    std::vector<tiles::FullTile> none;
    for (const Bytes& leaf : leaves_) {
      hashes.push_back(tiles::leaf_hash(leaf));
      tree.append(hashes.back(), none);
      tiles::append_bundle_entry(bundle, leaf);
    }
    unsigned width = static_cast<unsigned>(leaves_.size());
    for (const std::string& name : {tiles::tile_path(0, 0, width), tiles::bundle_path(0, width)})
      fs::create_directories((folder_ / name).parent_path());
    write(tiles::tile_path(0, 0, width), tiles::tile_bytes(hashes));
    write(tiles::bundle_path(0, width), bundle);
    write("checkpoint",
          view(tiles::sign_note(tiles::checkpoint_text({kOrigin, leaves_.size(), tree.root()}), kOrigin, signer_)));
    key_ = tiles::verifier_key_text(tiles::make_verifier_key(kOrigin, signer_.public_key()));
    return complaint();
  }
  std::vector<Bytes> leaves_;
  tiles::HeadsMap heads_;
};

TEST_F(LyingKeeper, TellsTheTruthOnce) {
  add(Kind::kDisclosure, 1);
  add(Kind::kConfiguration, 0);
  add(Kind::kRefusal, 1);
  add_heads();
  EXPECT_EQ(verdict(), "verified");
}
TEST_F(LyingKeeper, LeavesOutAnEntryOfOnePatient) {
  add(Kind::kDisclosure, 1);
  add(Kind::kDisclosure, 1);
  leaves_.pop_back();
  add(Kind::kDisclosure, 1);
  add_heads();
  EXPECT_NE(verdict().find("entry 1: its patient's running number does not follow"), std::string::npos) << verdict();
}
TEST_F(LyingKeeper, LeavesOutThePatientsLastEntry) {
  add(Kind::kDisclosure, 1);
  add(Kind::kDisclosure, 1);
  leaves_.pop_back();
  add_heads();
  EXPECT_NE(verdict().find("entry 1: its commitment to all patients does not match"), std::string::npos) << verdict();
}
TEST_F(LyingKeeper, BendsNumberOrChain) {
  add(Kind::kDisclosure, 1);
  add(Kind::kDisclosure, 1, 1);
  add_heads();
  EXPECT_NE(verdict().find("entry 1: its patient's running number"), std::string::npos) << verdict();
  leaves_.clear();
  heads_ = {};
  add(Kind::kDisclosure, 1);
  add(Kind::kDisclosure, 1, 0, true);
  add_heads();
  EXPECT_NE(verdict().find("entry 1: its patient's chain"), std::string::npos) << verdict();
}
TEST_F(LyingKeeper, MiscountsThePatients) {
  add(Kind::kDisclosure, 1);
  add_heads(1);
  EXPECT_NE(verdict().find("entry 1: its commitment"), std::string::npos) << verdict();
}
TEST_F(LyingKeeper, SignsWithoutHeads) {
  add(Kind::kDisclosure, 1);
  add_heads();
  add(Kind::kDisclosure, 1);
  EXPECT_EQ(verdict(), "checkpoint: does not end in a commitment to all patients");
}
TEST_F(LyingKeeper, WritesSomethingThatIsNoLeaf) {
  add_heads();
  leaves_.insert(leaves_.begin(), to_bytes("not a leaf"));
  EXPECT_TRUE(verdict().starts_with("tile/entries/000.p/2: entry 0: ")) << verdict();
}
TEST_F(LyingKeeper, MovesAHeadsLeaf) {
  add_heads();
  leaves_.push_back(leaves_[0]);
  EXPECT_NE(verdict().find("entry 1: a heads leaf in another place"), std::string::npos) << verdict();
}

TEST_F(ExportTest, ProofsBindTheirEntry) {
  auto log = grow(300);
  for (uint64_t index : {0u, 100u, 255u, 256u, 299u}) {
    std::string proof = *prove(*log, index);
    ASSERT_EQ(*tiles::verify_proof(proof, "", log->key()), index);
    SeededRandom random(index);
    for (size_t at = 0; at < proof.size(); at += 1 + random.below(7)) {
      std::string bad = proof;
      bad[at] = static_cast<char>(bad[at] ^ (1 + random.below(127)));
      auto verified = tiles::verify_proof(bad, "", log->key());
      EXPECT_FALSE(verified) << at;
    }
  }
}

}  // namespace
}  // namespace zhimi::ledger
