// What every session promises, on a file and on the in-memory twin.
#include "store/session.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "store/test_folder.h"

namespace zhimi::store {
namespace {

class AnySession : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto opened = open_sqlite(std::string_view(GetParam()) == "file" ? folder_.path() / "a.db" : ":memory:");
    ASSERT_TRUE(opened) << opened.error().what;
    session_ = std::move(*opened);
    run("CREATE TABLE t (id BIGINT PRIMARY KEY, word TEXT, data BYTEA)");
  }
  Status try_run(std::string_view sql, const std::vector<Value>& values = {}) { return session_->run(sql, values); }
  void run(std::string_view sql, const std::vector<Value>& values = {}) {
    Status status = try_run(sql, values);
    ASSERT_TRUE(status) << status.error().what;
  }
  void insert(int64_t id) { run("INSERT INTO t (id) VALUES ($1)", {id}); }
  int64_t number(std::string_view sql, const std::vector<Value>& values = {}) {
    int64_t n = -1;
    Status status = session_->query(sql, values, [&](const Row& row) -> Status {
      n = row.integer(0);
      return {};
    });
    EXPECT_TRUE(status) << status.error().what;
    return n;
  }
  int64_t rows() { return number("SELECT count(*) FROM t"); }

  TestFolder folder_;
  std::unique_ptr<Session> session_;
};
INSTANTIATE_TEST_SUITE_P(Twins, AnySession, testing::Values("file", "memory"), [](auto& p) { return p.param; });

TEST_P(AnySession, KeepsEveryValueExactly) {
  using namespace std::literals;
  const std::string_view words[] = {"", "plain", "孕妇 织密 🩺", "nul\0inside"sv, "\0"sv, "quote ' \" ; --"};
  const Bytes blobs[] = {{}, {0}, {0, 1, 0, 255}, Bytes(100'000, 0xee), to_bytes("孕妇")};
  int64_t id = 0;
  for (std::string_view word : words)
    for (const Bytes& blob : blobs) {
      run("INSERT INTO t VALUES ($1, $2, $3)", {++id, word, ByteView(blob)});
      int visited = 0;
      ASSERT_TRUE(session_->query("SELECT word, data, id FROM t WHERE word = $1 AND data = $2 AND id = $3",
                                  std::vector<Value>{word, ByteView(blob), id}, [&](const Row& row) -> Status {
                                    ++visited;
                                    EXPECT_EQ(row.text(0), word);
                                    EXPECT_EQ(Bytes(row.blob(1).begin(), row.blob(1).end()), blob);
                                    EXPECT_EQ(row.integer(2), id);
                                    EXPECT_FALSE(row.null(0) || row.null(1));
                                    return {};
                                  }));
      EXPECT_EQ(visited, 1) << id;
    }
}

TEST_P(AnySession, KeepsEveryInteger) {
  for (int64_t n :
       {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0}, std::numeric_limits<int64_t>::max()}) {
    insert(n);
    EXPECT_EQ(number("SELECT id FROM t WHERE id = $1", {n}), n);
  }
}

TEST_P(AnySession, NullIsNotEmpty) {
  run("INSERT INTO t VALUES (1, $1, $2)", {std::monostate{}, std::monostate{}});
  run("INSERT INTO t VALUES (2, $1, $2)", {std::string_view{}, ByteView{}});
  std::vector<bool> nulls;
  ASSERT_TRUE(session_->query("SELECT word, data FROM t ORDER BY id", {}, [&](const Row& row) -> Status {
    nulls.push_back(row.null(0));
    nulls.push_back(row.null(1));
    EXPECT_EQ(row.text(0), "");
    EXPECT_TRUE(row.blob(1).empty());
    return {};
  }));
  EXPECT_EQ(nulls, (std::vector<bool>{true, true, false, false}));
}

TEST_P(AnySession, ParametersGoByNumberNotByPlace) {
  run("INSERT INTO t (data, word, id) VALUES ($3, $2, $1)", {int64_t{5}, "five", view("V")});
  EXPECT_EQ(number("SELECT id FROM t WHERE word = $2 AND data = $1", {view("V"), "five"}), 5);
  EXPECT_EQ(number("SELECT $2 * 10 + $1 + $2 * 100", {int64_t{1}, int64_t{2}}), 221);
  EXPECT_EQ(number("SELECT $12 + $1 + 0 * ($2+$3+$4+$5+$6+$7+$8+$9+$10+$11)",
                   {int64_t{1}, int64_t{0}, int64_t{0}, int64_t{0}, int64_t{0}, int64_t{0}, int64_t{0}, int64_t{0},
                    int64_t{0}, int64_t{0}, int64_t{0}, int64_t{40}}),
            41);
}

TEST_P(AnySession, WrongStatementsAreBugsAndChangeNothing) {
  auto code = [&](std::string_view sql, const std::vector<Value>& values = {}) {
    Status status = try_run(sql, values);
    EXPECT_FALSE(status) << sql;
    return status ? Code::kUsage : status.error().code;
  };
  EXPECT_EQ(code("INSERT INTO t (id) VALUES ($1)"), Code::kInternal);                            // a value too few
  EXPECT_EQ(code("INSERT INTO t (id) VALUES ($1)", {int64_t{1}, int64_t{2}}), Code::kInternal);  // too many
  EXPECT_EQ(code("INSERT INTO t (id) VALUES (?)", {int64_t{1}}), Code::kInternal);
  EXPECT_EQ(code("INSERT INTO t (id) VALUES (:id)", {int64_t{1}}), Code::kInternal);
  EXPECT_EQ(code("INSERT INTO t (id) VALUES ($0)", {int64_t{1}}), Code::kInternal);
  EXPECT_EQ(code("INSERT INTO t (id) VALUES (1); INSERT INTO t (id) VALUES ($1)", {int64_t{2}}), Code::kInternal);
  EXPECT_EQ(code(""), Code::kInternal);
  EXPECT_EQ(code("SELEKT"), Code::kInternal);
  EXPECT_EQ(code("INSERT INTO t (id) VALUES (\"word\")"), Code::kInternal);  // "word" is a column, never a string
  EXPECT_EQ(rows(), 0);
  insert(1);  // the cached statement still works
}

TEST_P(AnySession, SeveralStatementsStopAtTheFirstFault) {
  run("INSERT INTO t (id) VALUES (1); INSERT INTO t (id) VALUES (2);\n ; ");
  EXPECT_EQ(rows(), 2);
  EXPECT_FALSE(try_run("INSERT INTO t (id) VALUES (3); INSERT INTO t (id) VALUES (3); INSERT INTO t (id) VALUES (4)"));
  EXPECT_EQ(rows(), 3);
}

TEST_P(AnySession, AConstraintIsAConflictThatNamesTheColumnNotTheValue) {
  run("CREATE UNIQUE INDEX one_word ON t (word)");
  run("INSERT INTO t (id, word) VALUES (1, $1)", {"WANG Xiaoming"});
  Status status = try_run("INSERT INTO t (id, word) VALUES (2, $1)", {"WANG Xiaoming"});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kConflict);
  EXPECT_NE(status.error().what.find("t.word"), std::string::npos);
  EXPECT_EQ(status.error().what.find("WANG"), std::string::npos);
  EXPECT_EQ(rows(), 1);
}

TEST_P(AnySession, ForeignKeysHold) {
  run("CREATE TABLE child (parent BIGINT NOT NULL REFERENCES t (id))");
  insert(1);
  run("INSERT INTO child VALUES (1)");
  EXPECT_EQ(try_run("INSERT INTO child VALUES (2)").error().code, Code::kConflict);
  EXPECT_EQ(try_run("DELETE FROM t").error().code, Code::kConflict);
}

TEST_P(AnySession, AVisitorEndsTheVisitWithItsError) {
  for (int64_t id = 1; id <= 10; ++id) insert(id);
  int visited = 0;
  Status status = session_->query("SELECT id FROM t", {}, [&](const Row&) -> Status {
    if (++visited == 3) return make_error(Code::kTooLarge, "enough");
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().what, "enough");
  EXPECT_EQ(visited, 3);
  run("DELETE FROM t");  // nothing is left open
  EXPECT_EQ(rows(), 0);
}

TEST_P(AnySession, AVisitorMayUseTheSessionEvenWithTheSameText) {
  for (int64_t id = 1; id <= 3; ++id) insert(id);
  const std::string_view sql = "SELECT id FROM t ORDER BY id";
  std::string seen;
  auto visit = [&](auto& self, int depth) -> Status {
    return session_->query(sql, {}, [&, depth](const Row& row) -> Status {
      seen += std::to_string(row.integer(0));
      return depth == 1 ? Status() : self(self, depth + 1);
    });
  };
  ASSERT_TRUE(visit(visit, 0));
  EXPECT_EQ(seen, "112321233123");
}

TEST_P(AnySession, MoreTextsThanTheCacheHolds) {
  insert(1);
  for (int round = 0; round < 2; ++round)
    for (int64_t n = 0; n < 400; ++n)
      ASSERT_EQ(number("SELECT id + " + std::to_string(n) + " FROM t WHERE id = $1", {int64_t{1}}), n + 1);
}

TEST_P(AnySession, OversizeValuesAreRefused) {
  Bytes large((64 << 20) + 1);
  Status status = try_run("INSERT INTO t (id, data) VALUES (1, $1)", {ByteView(large)});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kTooLarge);
  EXPECT_EQ(rows(), 0);
  insert(1);
}

TEST_P(AnySession, ATransactionThatGoesRollsBack) {
  {
    auto transaction = Transaction::begin(*session_);
    ASSERT_TRUE(transaction);
    insert(1);
    EXPECT_EQ(rows(), 1);
    Transaction moved = std::move(*transaction);
    EXPECT_EQ(rows(), 1);
  }
  EXPECT_EQ(rows(), 0);
}

TEST_P(AnySession, ACommittedTransactionStays) {
  auto transaction = Transaction::begin(*session_);
  ASSERT_TRUE(transaction);
  insert(1);
  ASSERT_TRUE(transaction->commit());
  session_->rollback();
  EXPECT_EQ(rows(), 1);
  EXPECT_EQ(transaction->commit().error().code, Code::kInternal);
  EXPECT_EQ(session_->commit().error().code, Code::kInternal);
}

TEST_P(AnySession, TransactionsDoNotNest) {
  auto outer = Transaction::begin(*session_);
  ASSERT_TRUE(outer);
  insert(1);
  EXPECT_EQ(Transaction::begin(*session_).error().code, Code::kInternal);
  ASSERT_TRUE(outer->commit());
  EXPECT_EQ(rows(), 1);
}

TEST_P(AnySession, AConstraintInsideATransactionLeavesItOpen) {
  auto transaction = Transaction::begin(*session_);
  ASSERT_TRUE(transaction);
  insert(1);
  EXPECT_FALSE(try_run("INSERT INTO t (id) VALUES (1)"));
  insert(2);
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(rows(), 2);
}

TEST_P(AnySession, AFullDiskIsUnavailableAndUndoesTheWholeTransaction) {
  insert(1);
  number("PRAGMA max_page_count = " + std::to_string(number("PRAGMA page_count") + 20));
  Bytes page(3000, 7);
  Status status;
  {
    auto transaction = Transaction::begin(*session_);
    ASSERT_TRUE(transaction);
    for (int64_t id = 2; status && id < 1000; ++id)
      status = try_run("INSERT INTO t (id, data) VALUES ($1, $2)", {id, ByteView(page)});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kUnavailable);
    EXPECT_NE(status.error().what.find("full"), std::string::npos) << status.error().what;
    // A caller that goes on gets nothing committed by halves.
    EXPECT_FALSE(try_run("INSERT INTO t (id) VALUES (5000)"));
    EXPECT_EQ(transaction->commit().error().code, Code::kUnavailable);
  }
  EXPECT_EQ(rows(), 1);
  number("PRAGMA max_page_count = 100000");
  auto transaction = Transaction::begin(*session_);
  ASSERT_TRUE(transaction);
  for (int64_t id = 2; id <= 100; ++id) run("INSERT INTO t (id, data) VALUES ($1, $2)", {id, ByteView(page)});
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(rows(), 100);
}

constexpr Migration kFirst[] = {{1, "CREATE TABLE a (x BIGINT); INSERT INTO a VALUES (1)"}};
constexpr Migration kSecond[] = {kFirst[0], {2, "UPDATE a SET x = x + 1"}, {5, "ALTER TABLE a ADD COLUMN y TEXT"}};

TEST_P(AnySession, MigrationsRunInOrderAndOnce) {
  ASSERT_TRUE(migrate(*session_, "data", kFirst));
  ASSERT_TRUE(migrate(*session_, "data", kFirst));
  EXPECT_EQ(number("SELECT x FROM a"), 1);
  ASSERT_TRUE(migrate(*session_, "data", kSecond));
  ASSERT_TRUE(migrate(*session_, "data", kSecond));
  EXPECT_EQ(number("SELECT x FROM a WHERE y IS NULL"), 2);
  EXPECT_EQ(number("SELECT version FROM zhimi_schema WHERE name = $1", {"data"}), 5);
}

TEST_P(AnySession, ANewerSchemaIsLeftUntouched) {
  ASSERT_TRUE(migrate(*session_, "data", kSecond));
  Status status = migrate(*session_, "data", kFirst);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kConflict);
  EXPECT_NE(status.error().what.find("newer"), std::string::npos);
  EXPECT_EQ(number("SELECT version FROM zhimi_schema WHERE name = $1", {"data"}), 5);
  EXPECT_EQ(number("SELECT x FROM a"), 2);
}

TEST_P(AnySession, AFailingMigrationLeavesNothing) {
  constexpr Migration kBroken[] = {kFirst[0], {2, "INSERT INTO a VALUES (2); INSERT INTO missing VALUES (1)"}};
  EXPECT_FALSE(migrate(*session_, "data", kBroken));
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'zhimi_schema')"), 0);
  ASSERT_TRUE(migrate(*session_, "data", kSecond));
}

TEST_P(AnySession, SchemasCountApart) {
  ASSERT_TRUE(migrate(*session_, "data", kSecond));
  constexpr Migration kOther[] = {{1, "CREATE TABLE b (x BIGINT)"}};
  ASSERT_TRUE(migrate(*session_, "other", kOther));
  EXPECT_EQ(number("SELECT version FROM zhimi_schema WHERE name = $1", {"other"}), 1);
  EXPECT_EQ(number("SELECT version FROM zhimi_schema WHERE name = $1", {"data"}), 5);
}

TEST_P(AnySession, MigrationsOutOfOrderAreABug) {
  constexpr Migration kBack[] = {{2, "CREATE TABLE a (x BIGINT)"}, {1, "CREATE TABLE b (x BIGINT)"}};
  EXPECT_EQ(migrate(*session_, "data", kBack).error().code, Code::kInternal);
  constexpr Migration kZero[] = {{0, "CREATE TABLE a (x BIGINT)"}};
  EXPECT_EQ(migrate(*session_, "data", kZero).error().code, Code::kInternal);
}

}  // namespace
}  // namespace zhimi::store
