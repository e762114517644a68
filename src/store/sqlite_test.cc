// What belongs to files: modes, damage, other processes, what remains on disk.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "base/file.h"
#include "base/random.h"
#include "store/session.h"
#include "store/test_folder.h"

namespace zhimi::store {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<Session> must_open(const fs::path& path) {
  auto session = open_sqlite(path);
  EXPECT_TRUE(session) << session.error().what;
  return session ? std::move(*session) : nullptr;
}

void must_run(Session& session, std::string_view sql) {
  Status status = session.run(sql);
  ASSERT_TRUE(status) << sql << ": " << status.error().what;
}

std::string first_text(Session& session, std::string_view sql) {
  std::string out = "no row";
  Status status = session.query(sql, {}, [&](const Row& row) -> Status {
    out = row.text(0);
    return {};
  });
  return status ? out : status.error().what;
}

Bytes contents(const fs::path& path) { return read_file(path, 64 << 20).value(); }

int mode(const fs::path& path) {
  struct stat st{};
  return stat(path.c_str(), &st) == 0 ? static_cast<int>(st.st_mode & 0777) : -1;
}

class SqliteFile : public testing::Test {
 protected:
  TestFolder folder_;
  fs::path file_ = folder_.path() / "a.db";
};

TEST_F(SqliteFile, SettingsAreAsPromised) {
  auto s = must_open(file_);
  const std::pair<const char*, const char*> kSettings[] = {
      {"PRAGMA journal_mode", "wal"}, {"PRAGMA synchronous", "2"},    {"PRAGMA foreign_keys", "1"},
      {"PRAGMA secure_delete", "1"},  {"PRAGMA temp_store", "2"},     {"PRAGMA trusted_schema", "0"},
      {"PRAGMA encoding", "UTF-8"},   {"PRAGMA cell_size_check", "1"}};
  for (auto [sql, wanted] : kSettings) EXPECT_EQ(first_text(*s, sql), wanted) << sql;
  std::string mmap = first_text(*s, "PRAGMA mmap_size");
  EXPECT_TRUE(mmap == "0" || mmap == "no row") << mmap;
  // Defensive: the schema table cannot be edited by hand.
  must_run(*s, "CREATE TABLE t (x); PRAGMA writable_schema = ON");
  EXPECT_FALSE(s->run("UPDATE sqlite_schema SET sql = 'x'"));
}

TEST_F(SqliteFile, FilesArePrivateWhateverTheUmask) {
  mode_t before = umask(0);
  auto s = must_open(file_);
  must_run(*s, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
  umask(before);
  for (const char* suffix : {"", "-wal", "-shm"}) EXPECT_EQ(mode(file_.string() + suffix), 0600) << suffix;
}

TEST_F(SqliteFile, AnOpenFileIsTightened) {
  must_open(file_);
  ASSERT_EQ(chmod(file_.c_str(), 0664), 0);
  auto s = must_open(file_);
  EXPECT_EQ(mode(file_), 0600);
}

TEST_F(SqliteFile, CommittedRowsAreThereForTheNextSession) {
  {
    auto s = must_open(file_);
    must_run(*s, "CREATE TABLE t (x)");
    auto transaction = Transaction::begin(*s);
    ASSERT_TRUE(transaction);
    must_run(*s, "INSERT INTO t VALUES ('kept')");
    ASSERT_TRUE(transaction->commit());
    ASSERT_TRUE(s->begin());
    must_run(*s, "INSERT INTO t VALUES ('lost')");
  }  // closed with a transaction open
  auto s = must_open(file_);
  EXPECT_EQ(first_text(*s, "SELECT group_concat(x) FROM t"), "kept");
}

TEST_F(SqliteFile, AnotherWriterIsWaitedForThenUnavailable) {
  auto a = must_open(file_), b = must_open(file_);
  must_run(*a, "CREATE TABLE t (x)");
  must_run(*b, "PRAGMA busy_timeout = 1");
  ASSERT_TRUE(a->begin());
  must_run(*a, "INSERT INTO t VALUES (1)");
  EXPECT_EQ(first_text(*b, "SELECT count(*) FROM t"), "0");  // readers go on, and see nothing unfinished
  Status status = b->begin();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kUnavailable);
  EXPECT_NE(status.error().what.find("another process"), std::string::npos) << status.error().what;
  ASSERT_TRUE(a->commit());
  ASSERT_TRUE(b->begin());
  EXPECT_EQ(first_text(*b, "SELECT count(*) FROM t"), "1");
}

TEST_F(SqliteFile, AFileThatIsNoDatabaseIsRefusedAndLeftAlone) {
  uint64_t seed = 50;
  SeededRandom random(seed);
  for (size_t size : {1, 15, 100, 511, 512, 4096, 10000}) {
    Bytes junk(size);
    random.fill(junk);
    ASSERT_TRUE(write_file(file_, junk));
    auto s = open_sqlite(file_);
    ASSERT_FALSE(s) << "seed " << seed << " size " << size;
    EXPECT_EQ(s.error().code, Code::kCorrupt) << s.error().what;
    EXPECT_EQ(contents(file_), junk);
  }
}

// Damage may be noticed when the file is opened or when the page is read; never as anything but kCorrupt.
TEST_F(SqliteFile, ADamagedDatabaseIsCorrupt) {
  {
    auto s = must_open(file_);
    must_run(*s, "CREATE TABLE t (x TEXT)");
    for (int i = 0; i < 200; ++i) must_run(*s, "INSERT INTO t VALUES (hex(zeroblob(500)))");
  }
  Bytes damaged = contents(file_);
  std::fill(damaged.begin() + 4096, damaged.end(), uint8_t{0xa5});
  ASSERT_TRUE(write_file(file_, damaged));
  auto s = open_sqlite(file_);
  Status status;
  if (s)
    status = (*s)->query("SELECT x FROM t", {}, [](const Row&) -> Status { return {}; });
  else
    status = s.error();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kCorrupt) << status.error().what;
  EXPECT_NE(status.error().what.find("backup"), std::string::npos);
}

TEST_F(SqliteFile, PathsThatCannotBeAreToldApart) {
  EXPECT_EQ(open_sqlite(folder_.path() / "missing" / "a.db").error().code, Code::kNotFound);
  EXPECT_EQ(open_sqlite(folder_.path()).error().code, Code::kInvalid);
  EXPECT_EQ(open_sqlite("").error().code, Code::kNotFound);
}

TEST_F(SqliteFile, ANameThatLooksLikeAUriIsAName) {
  fs::path odd = folder_.path() / "file:a.db?mode=memory";
  auto s = must_open(odd);
  must_run(*s, "CREATE TABLE t (x)");
  EXPECT_TRUE(fs::exists(odd));
}

TEST_F(SqliteFile, ANewerSchemaLeavesTheFileAsItWas) {
  constexpr Migration kOld[] = {{1, "CREATE TABLE a (x BIGINT)"}};
  constexpr Migration kNew[] = {kOld[0], {2, "CREATE TABLE b (x BIGINT)"}};
  ASSERT_TRUE(migrate(*must_open(file_), "data", kNew));
  Bytes before = contents(file_);
  EXPECT_EQ(migrate(*must_open(file_), "data", kOld).error().code, Code::kConflict);
  EXPECT_EQ(contents(file_), before);
}

TEST_F(SqliteFile, DeletedBytesLeaveTheDiskWithTheCheckpoint) {
  const std::string marker = "unmistakable-marker-of-a-wrapped-key";
  auto on_disk = [&] {
    for (const char* suffix : {"", "-wal"}) {
      fs::path path = file_.string() + suffix;
      if (!fs::exists(path)) continue;
      Bytes b = contents(path);
      if (text(b).find(marker) != std::string_view::npos) return true;
    }
    return false;
  };
  auto s = must_open(file_);
  must_run(*s, "CREATE TABLE t (id BIGINT PRIMARY KEY, x TEXT)");
  for (int64_t id = 0; id < 100; ++id) {
    const Value row[] = {id, marker};
    ASSERT_TRUE(s->run("INSERT INTO t VALUES ($1, $2)", row));
  }
  EXPECT_TRUE(on_disk());
  must_run(*s, "DELETE FROM t WHERE id >= 0");
  EXPECT_EQ(first_text(*s, "PRAGMA wal_checkpoint(TRUNCATE)"), "0");
  EXPECT_FALSE(on_disk());
}

}  // namespace
}  // namespace zhimi::store
