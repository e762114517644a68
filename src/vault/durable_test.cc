// Full disks and kill -9: a batch is whole or absent.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <random>

#include "vault/test_home.h"

namespace zhimi::vault {
namespace {

int64_t pages(store::Session& session) {
  int64_t n = 0;
  must(session.query("PRAGMA page_count", {}, [&](const store::Row& row) -> Status {
    n = row.integer(0);
    return {};
  }));
  return n;
}
// A disk with room for `n` more pages of this database.
void leave_room(store::Session& session, int64_t n) {
  must(session.run("PRAGMA max_page_count = " + std::to_string(pages(session) + n)));
}
void leave_all_room(store::Session& session) { must(session.run("PRAGMA max_page_count = 1000000000")); }

Status write_forty(Home& home) {
  ZHIMI_TRY(auto batch, home.vault->batch());
  for (int i = 0; i < 40; ++i) {
    std::string json(static_cast<size_t>(100 + i * 97), 'x');
    ZHIMI_CHECK(batch.put(observation("ob-" + std::to_string(i), "p-" + std::to_string(i % 40), json)));
  }
  return batch.commit();
}

void expect_nothing_written(Home& home) {
  EXPECT_EQ(home.vault->record_count(), 1u);
  EXPECT_EQ(home.number("SELECT count(*) FROM record"), 1);
  EXPECT_EQ(home.number("SELECT count(*) FROM version"), 1);
  EXPECT_EQ(home.number("SELECT count(*) FROM patient"), 1);
  EXPECT_EQ(must(home.read("p-0", {"Observation", "first"})), "{}");
}

TEST(FullDisk, OfTheDataWritesNothing) {
  Folder folder;
  Home home = Home::make(folder.path);
  must(home.put(observation("first", "p-0", "{}")));
  int failures = 0;
  for (int64_t room = 0;; ++room) {
    leave_room(*home.data, room);
    Status status = write_forty(home);
    if (status) break;
    ASSERT_EQ(code_of(status), code_name(Code::kUnavailable)) << "room for " << room;
    ++failures;
    expect_nothing_written(home);
  }
  EXPECT_GT(failures, 10);
  EXPECT_EQ(home.vault->record_count(), 41u);
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(must(home.read("p-" + std::to_string(i % 40), {"Observation", "ob-" + std::to_string(i)})).size(),
              static_cast<size_t>(100 + i * 97));
}

TEST(FullDisk, OfTheKeysWritesNothing) {
  Folder folder;
  Home home = Home::make(folder.path);
  must(home.put(observation("first", "p-0", "{}")));
  int failures = 0;
  for (int64_t room = 0;; ++room) {
    leave_room(*home.keys, room);
    Status status = write_forty(home);
    if (status) break;
    ASSERT_EQ(code_of(status), code_name(Code::kUnavailable)) << "room for " << room;
    ++failures;
    expect_nothing_written(home);
    EXPECT_EQ(code_of(home.keyring->audit_key(home.vault->patient_mac("p-1"))), code_name(Code::kNotFound));
  }
  EXPECT_GE(failures, 1);
  // The keys are durable although this process forgets them.
  home = Home::open(folder.path);
  EXPECT_EQ(must(home.read("p-39", {"Observation", "ob-39"})).size(), 100u + 39 * 97);
}

TEST(FullDisk, KeysWithoutRecordsDoNoHarm) {
  Folder folder;
  Home home = Home::make(folder.path);
  must(home.put(observation("first", "p-0", "{}")));
  leave_room(*home.data, 1);
  // Fails in the data after its keys were made: nothing is left of them, and nothing is needed.
  EXPECT_EQ(code_of(write_forty(home)), code_name(Code::kUnavailable));
  // A crash between the two commits leaves keys alone: imitated by writing the records and losing data.db's part.
  leave_all_room(*home.data);
  Folder before;
  must(home.data->run("PRAGMA wal_checkpoint(TRUNCATE)"));
  std::filesystem::copy_file(folder.path / "data.db", before.path / "data.db");
  must(write_forty(home));
  home = Home::open(folder.path);
  std::string audit = hex(must(home.keyring->audit_key(home.vault->patient_mac("p-7"))).reveal());
  home.vault.reset();
  home.data.reset();
  std::filesystem::remove(folder.path / "data.db-wal");
  std::filesystem::copy_file(before.path / "data.db", folder.path / "data.db",
                             std::filesystem::copy_options::overwrite_existing);
  home = Home::open(folder.path);
  expect_nothing_written(home);
  must(write_forty(home));
  EXPECT_EQ(hex(must(home.keyring->audit_key(home.vault->patient_mac("p-7"))).reveal()), audit)
      << "the keys that were there are used";
  EXPECT_EQ(must(home.read("p-7", {"Observation", "ob-7"})).size(), 100u + 7 * 97);
}

constexpr int kRecordsInBatch = 12;

std::string content(int batch, int i) {
  return "batch " + std::to_string(batch) + " record " + std::to_string(i) +
         std::string(static_cast<size_t>(i * 301), '.');
}
std::string patient_of(int batch, int i) {
  return i % 2 ? "new-" + std::to_string(batch) : "p-" + std::to_string(i % 5);
}

// Batches for ever; one byte down the pipe after each step, 'C' after a commit returned.
[[noreturn]] void write_until_killed(const std::filesystem::path& folder, int from_batch, int pipe) {
  Home home = Home::open(folder, static_cast<uint64_t>(from_batch) + 1000);
  for (int b = from_batch;; ++b) {
    auto batch = must(home.vault->batch());
    for (int i = 0; i < kRecordsInBatch; ++i) {
      std::string json = content(b, i);
      if (!batch.put(observation("b" + std::to_string(b) + "-" + std::to_string(i), patient_of(b, i), json))) _exit(3);
      if (write(pipe, ".", 1) != 1) _exit(4);
    }
    std::string json = "hot " + std::to_string(b);
    if (!batch.put(observation("hot", "p-hot", json)) || !batch.commit()) _exit(5);
    if (write(pipe, "C", 1) != 1) _exit(6);
  }
}

// How many batches are there; each must be whole, and none may follow an absent one.
int whole_batches(Home& home, int most) {
  int found = 0;
  for (int b = 0; b <= most; ++b) {
    int present = 0;
    for (int i = 0; i < kRecordsInBatch; ++i) {
      auto json = home.read(patient_of(b, i), {"Observation", "b" + std::to_string(b) + "-" + std::to_string(i)});
      EXPECT_EQ(json ? *json : json.error().what, present || json ? content(b, i) : "this patient has no such record");
      present += json.has_value();
    }
    EXPECT_TRUE(present == 0 || present == kRecordsInBatch) << "batch " << b << " has " << present;
    EXPECT_TRUE(!present || found == b) << "an absent batch lies before batch " << b;
    found += present != 0;
  }
  auto hot = home.read("p-hot", {"Observation", "hot"});
  EXPECT_EQ(hot ? *hot : "none", found ? "hot " + std::to_string(found - 1) : "none");
  auto facts = home.vault->record("p-hot", {"Observation", "hot"});
  EXPECT_EQ(facts ? facts->version : 0, static_cast<uint32_t>(found));
  EXPECT_EQ(home.vault->record_count(), static_cast<uint64_t>(found * kRecordsInBatch + (found ? 1 : 0)));
  return found;
}

TEST(Crash, KilledAtAnyMomentABatchIsWholeOrAbsent) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  SeededRandom random(seed);
  Folder folder;
  {
    Home::make(folder.path);
  }
  int committed = 0;
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      write_until_killed(folder.path, committed, ends[1]);
    }
    close(ends[1]);
    int acknowledged = 0;
    char step = 0;
    for (uint64_t steps = random.below(kRecordsInBatch * 4); steps && read(ends[0], &step, 1) == 1; --steps)
      acknowledged += step == 'C';
    // A little later than the step, without a clock.
    for (uint64_t spins = random.below(20'000); spins; --spins) (void)crypto::sha256(ByteView());
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself with " << WEXITSTATUS(status);
    while (read(ends[0], &step, 1) == 1) acknowledged += step == 'C';
    close(ends[0]);

    Home home = Home::open(folder.path);
    int now = whole_batches(home, committed + acknowledged + 2);
    EXPECT_GE(now, committed + acknowledged) << "a commit that returned is durable";
    EXPECT_LE(now, committed + acknowledged + 1);
    committed = now;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(committed, 0);
}

}  // namespace
}  // namespace zhimi::vault
