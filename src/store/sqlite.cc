#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <charconv>
#include <string>
#include <system_error>
#include <unordered_map>

#include "store/session.h"

namespace zhimi::store {

namespace {

constexpr int kBusyTimeoutMs = 5000;
constexpr size_t kCachedStatements = 128;
constexpr int kValueBytes = 64 << 20;
constexpr int kParameters = 1000;

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

struct Finalize {
  void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};

struct Statement {
  std::unique_ptr<sqlite3_stmt, Finalize> stmt;
  // SQLite numbers $n by first appearance, PostgreSQL by n: slot i + 1 of SQLite takes parameters[order[i]].
  std::vector<int> order;
};

Error fault(sqlite3* db, int rc) {
  int extended = db ? sqlite3_extended_errcode(db) : rc;
  std::string reason = sqlite3_errstr(extended);
  switch (rc & 0xff) {
    case SQLITE_FULL:
      return make_error(Code::kUnavailable, "the disk of the database is full: free space, then try again");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return make_error(Code::kUnavailable, "another process holds the database: wait for it, then try again");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      return make_error(Code::kUnavailable, "the database cannot be read or written (" + reason +
                                                "): check the disk and the file's permissions, then try again");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return make_error(Code::kUnavailable, "the database cannot be written (" + reason +
                                                "): make the file and its folder writable for this account");
    case SQLITE_NOMEM:
      return make_error(Code::kUnavailable, "no memory left for the database: free some, then try again");
    case SQLITE_CONSTRAINT:
      return make_error(Code::kConflict,
                        std::string("the database refuses this row: ") + (db ? sqlite3_errmsg(db) : ""));
    case SQLITE_CORRUPT:
      return make_error(Code::kCorrupt, "the database file is damaged: restore it from a backup");
    case SQLITE_NOTADB:
      return make_error(Code::kCorrupt, "the file is not a database: check the path, or restore it from a backup");
    case SQLITE_TOOBIG:
      return make_error(Code::kTooLarge, "a value is too large for the database: the limit is 64 MiB");
    default:  // a wrong statement: its text is ours and holds no value
      return make_error(Code::kInternal,
                        std::string("a database statement is wrong: ") + (db ? sqlite3_errmsg(db) : reason));
  }
}

Error wrong(const char* what) {
  return make_error(Code::kInternal, std::string("a database statement is wrong: ") + what);
}

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* stmt) : stmt_(stmt) {}
  int64_t integer(int column) const override { return sqlite3_column_int64(stmt_, checked(column)); }
  std::string_view text(int column) const override {
    auto* p = reinterpret_cast<const char*>(sqlite3_column_text(stmt_, checked(column)));
    return p ? std::string_view(p, size(column)) : std::string_view();
  }
  ByteView blob(int column) const override {
    auto* p = static_cast<const uint8_t*>(sqlite3_column_blob(stmt_, checked(column)));
    return p ? ByteView(p, size(column)) : ByteView();
  }
  bool null(int column) const override { return sqlite3_column_type(stmt_, checked(column)) == SQLITE_NULL; }

 private:
  int checked(int column) const {
    assert(column >= 0 && column < sqlite3_column_count(stmt_));
    return column;
  }
  size_t size(int column) const { return static_cast<size_t>(sqlite3_column_bytes(stmt_, column)); }
  sqlite3_stmt* stmt_;
};

// Statements at rest, by their text. One in use is taken out, so a visitor may run the same text again.
class StatementCache {
 public:
  Statement take(std::string_view sql) {
    auto it = slots_.find(sql);
    return it == slots_.end() ? Statement{} : std::move(it->second.statement);
  }
  void give(std::string_view sql, Statement statement) {
    auto it = slots_.find(sql);
    if (it == slots_.end()) {
      if (slots_.size() >= kCachedStatements) forget_oldest();
      it = slots_.emplace(sql, Slot{}).first;
    }
    it->second = Slot{std::move(statement), ++now_};
  }

 private:
  struct Slot {
    Statement statement;
    uint64_t used = 0;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  void forget_oldest() {
    auto oldest = slots_.begin();
    for (auto it = slots_.begin(); it != slots_.end(); ++it)
      if (it->second.used < oldest->second.used) oldest = it;
    slots_.erase(oldest);
  }
  std::unordered_map<std::string, Slot, Hash, std::equal_to<>> slots_;
  uint64_t now_ = 0;
};

// SQLite reads "$1" as a name.
Status number_parameters(Statement& s) {
  int count = sqlite3_bind_parameter_count(s.stmt.get());
  for (int i = 1; i <= count; ++i) {
    std::string_view name = sqlite3_bind_parameter_name(s.stmt.get(), i) ?: "";
    int number = 0;
    auto [end, error] = std::from_chars(name.data() + !name.empty(), name.data() + name.size(), number);
    if (name.empty() || name[0] != '$' || error != std::errc() || end != name.data() + name.size() || number < 1)
      return wrong("parameters are written $1, $2 and so on");
    s.order.push_back(number - 1);
  }
  return {};
}

int bind(sqlite3_stmt* stmt, int slot, const Value& value) {
  if (auto* n = std::get_if<int64_t>(&value)) return sqlite3_bind_int64(stmt, slot, *n);
  // A null pointer would bind NULL.
  if (auto* t = std::get_if<std::string_view>(&value))
    return sqlite3_bind_text64(stmt, slot, t->empty() ? "" : t->data(), t->size(), SQLITE_STATIC, SQLITE_UTF8);
  if (auto* b = std::get_if<ByteView>(&value))
    return sqlite3_bind_blob64(stmt, slot, b->empty() ? reinterpret_cast<const uint8_t*>("") : b->data(), b->size(),
                               SQLITE_STATIC);
  return sqlite3_bind_null(stmt, slot);
}

bool blank(std::string_view sql) { return sql.find_first_not_of(" \t\r\n;") == std::string_view::npos; }

class SqliteSession final : public Session {
 public:
  explicit SqliteSession(Database db) : db_(std::move(db)) {}

  ~SqliteSession() override { rollback(); }

  Status run(std::string_view sql, std::span<const Value> parameters) override {
    return query(sql, parameters, [](const Row&) -> Status { return {}; });
  }

  Status query(std::string_view sql, std::span<const Value> parameters,
               const std::function<Status(const Row&)>& visit) override {
    ZHIMI_CHECK(still_in_transaction());
    Statement s = cache_.take(sql);
    if (!s.stmt) {
      std::string_view rest;
      ZHIMI_TRY(s, prepare(sql, rest));
      if (!blank(rest)) return run_each(std::move(s), rest, parameters);
    }
    ZHIMI_CHECK(bind_all(s, parameters));
    Status result = step(s, visit);
    sqlite3_reset(s.stmt.get());
    sqlite3_clear_bindings(s.stmt.get());
    cache_.give(sql, std::move(s));
    return result;
  }

  Status begin() override {
    if (open_) return make_error(Code::kInternal, "a transaction is open already");
    ZHIMI_CHECK(run("BEGIN IMMEDIATE", {}));
    open_ = true;
    return {};
  }

  Status commit() override {
    if (!open_) return make_error(Code::kInternal, "no transaction is open");
    Status done = run("COMMIT", {});
    rollback();
    return done;
  }

  void rollback() override {
    open_ = false;
    if (!sqlite3_get_autocommit(db_.get())) sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }

 private:
  // SQLite undoes a whole transaction by itself on some faults and would then commit each further statement alone.
  Status still_in_transaction() {
    if (open_ && sqlite3_get_autocommit(db_.get()))
      return make_error(Code::kUnavailable, "an earlier fault undid the transaction: begin it again");
    return {};
  }

  Result<Statement> prepare(std::string_view sql, std::string_view& rest) {
    sqlite3_stmt* raw = nullptr;
    const char* tail = nullptr;
    int rc =
        sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw, &tail);
    if (rc != SQLITE_OK) return fault(db_.get(), rc);
    Statement s;
    s.stmt.reset(raw);
    if (!raw) return wrong("it is empty");
    rest = sql.substr(static_cast<size_t>(tail - sql.data()));
    ZHIMI_CHECK(number_parameters(s));
    return s;
  }

  Status bind_all(const Statement& s, std::span<const Value> parameters) {
    size_t used = 0;
    for (size_t i = 0; i < s.order.size(); ++i) {
      auto from = static_cast<size_t>(s.order[i]);
      if (from >= parameters.size()) return wrong("it has more parameters than values");
      used = std::max(used, from + 1);
      int rc = bind(s.stmt.get(), static_cast<int>(i) + 1, parameters[from]);
      if (rc != SQLITE_OK) return fault(db_.get(), rc);
    }
    if (used != parameters.size()) return wrong("it has fewer parameters than values");
    return {};
  }

  Status step(const Statement& s, const std::function<Status(const Row&)>& visit) {
    SqliteRow row(s.stmt.get());
    for (;;) {
      int rc = sqlite3_step(s.stmt.get());
      if (rc == SQLITE_DONE) return {};
      if (rc != SQLITE_ROW) return fault(db_.get(), rc);
      ZHIMI_CHECK(visit(row));
    }
  }

  Status run_each(Statement s, std::string_view rest, std::span<const Value> parameters) {
    if (!parameters.empty()) return wrong("several statements take no parameters");
    for (;;) {
      ZHIMI_CHECK(still_in_transaction());
      ZHIMI_CHECK(bind_all(s, {}));
      ZHIMI_CHECK(step(s, [](const Row&) -> Status { return {}; }));
      if (blank(rest)) return {};
      std::string_view sql = rest;
      ZHIMI_TRY(s, prepare(sql, rest));
    }
  }

  Database db_;
  StatementCache cache_;  // finalized before the database is closed
  bool open_ = false;     // between begin() and commit() or rollback()
};

Error file_fault(const std::filesystem::path& path, int error) {
  Code code = error == ENOENT ? Code::kNotFound : error == EISDIR ? Code::kInvalid : Code::kUnavailable;
  const char* next = error == ENOENT ? "create its folder first" : "check the path and its permissions";
  return make_error(
      code, "cannot open the database " + path.string() + " (" + std::generic_category().message(error) + "): " + next);
}

// SQLite takes a file shorter than this for an empty one, and would overwrite it.
constexpr off_t kSmallestBytes = 512;

// SQLite gives its -wal and -shm the mode of the database file.
Status make_private(const std::filesystem::path& path) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return file_fault(path, errno);
  struct stat st{};
  bool ok = ::fstat(fd, &st) == 0 && ((st.st_mode & 0777) == 0600 || ::fchmod(fd, 0600) == 0);
  int error = errno;
  ::close(fd);
  if (!ok) return file_fault(path, error);
  if (st.st_size > 0 && st.st_size < kSmallestBytes) return fault(nullptr, SQLITE_NOTADB);
  return {};
}

void harden(sqlite3* db) {
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kValueBytes);
  sqlite3_limit(db, SQLITE_LIMIT_VARIABLE_NUMBER, kParameters);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
}

// An unknown pragma is silent in SQLite, so those that matter are read back.
Status expect(Session& session, std::string_view sql, std::initializer_list<std::string_view> wanted) {
  bool good = false;
  ZHIMI_CHECK(session.query(sql, {}, [&](const Row& row) -> Status {
    for (std::string_view w : wanted) good |= row.text(0) == w;
    return {};
  }));
  if (!good)
    return make_error(Code::kUnavailable,
                      "the database cannot be made durable (" + std::string(sql) + "): put it on a local disk");
  return {};
}

Status configure(Session& session, Sharing sharing) {
  if (sharing == Sharing::kAlone) ZHIMI_CHECK(expect(session, "PRAGMA locking_mode = EXCLUSIVE", {"exclusive"}));
  // Only a new file takes the page size: records are a few kilobytes, and fill pages of 8 KiB better than of 4.
  ZHIMI_CHECK(session.run("PRAGMA page_size = 8192"));
  ZHIMI_CHECK(expect(session, "PRAGMA journal_mode = WAL", {"wal", "memory"}));
  ZHIMI_CHECK(
      session.run("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; "
                  "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON; "
                  "PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864"));
  ZHIMI_CHECK(expect(session, "PRAGMA synchronous", {"2"}));
  ZHIMI_CHECK(expect(session, "PRAGMA foreign_keys", {"1"}));
  return expect(session, "PRAGMA secure_delete", {"1"});
}

}  // namespace

Result<std::unique_ptr<Session>> open_sqlite(const std::filesystem::path& path, Sharing sharing) {
  std::filesystem::path file = path;
  if (path != ":memory:") {
    // Absolute, so that no name means anything else to SQLite: "" and "file:x" would.
    std::error_code error;
    file = std::filesystem::absolute(path, error);
    if (path.empty() || error) return file_fault(path, path.empty() ? ENOENT : error.value());
    ZHIMI_CHECK(make_private(file));
  }
  sqlite3* raw = nullptr;
  int rc =
      sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database db(raw);
  if (rc != SQLITE_OK) return fault(raw, rc);
  harden(raw);
  auto session = std::make_unique<SqliteSession>(std::move(db));
  ZHIMI_CHECK(configure(*session, sharing));
  return session;
}

}  // namespace zhimi::store
