// One thin SQL session. SQLite now; PostgreSQL takes the same text ($1 parameters, ON CONFLICT … RETURNING). A session
// belongs to one thread at a time. Every fault is a Result: kUnavailable (disk full, locked, I/O), kConflict
// (constraint), kCorrupt (not a database), kTooLarge (a value or statement beyond SQLite's bounds), kInternal (a wrong
// statement). Texts name tables and files, never values.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "base/bytes.h"
#include "base/result.h"

namespace zhimi::store {

// A parameter or column. Views are borrowed for the call (parameters) or until the next row (columns). Empty text and
// blob are values, not null. Text is UTF-8; PostgreSQL refuses NUL in it, so bytes belong in a blob.
using Value = std::variant<std::monostate, int64_t, std::string_view, ByteView>;

// One row being visited. Columns count from 0; null reads as 0 or empty.
class Row {
 public:
  virtual ~Row() = default;
  virtual int64_t integer(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual ByteView blob(int column) const = 0;
  virtual bool null(int column) const = 0;
};

class Session {
 public:
  virtual ~Session() = default;
  // Runs one statement; rows it returns are ignored. Statements are prepared once and cached by their text (bounded),
  // so values belong in `parameters`: $1 is the first. Text without parameters may hold several statements.
  virtual Status run(std::string_view sql, std::span<const Value> parameters = {}) = 0;
  // Visits each row of one statement; a visitor that returns an error ends the visit with it. A visitor may use the
  // session.
  virtual Status query(std::string_view sql, std::span<const Value> parameters,
                       const std::function<Status(const Row&)>& visit) = 0;
  // Takes the write lock, waiting at most five seconds for another process. Transactions do not nest.
  virtual Status begin() = 0;
  // Durable when it returns; after an error the transaction is rolled back. When a full disk already undid the
  // transaction, every call up to here or to rollback() is refused, so that nothing is committed by halves.
  virtual Status commit() = 0;
  virtual void rollback() = 0;  // nothing to do when no transaction is open
};

// Rolls back unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(Session& session);  // borrows `session`, which outlives it
  Transaction(Transaction&& o) noexcept : session_(std::exchange(o.session_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  ~Transaction() {
    if (session_) session_->rollback();
  }
  Status commit();  // once

 private:
  explicit Transaction(Session* session) : session_(session) {}
  Session* session_;
};

// One numbered step of a schema, applied in order and once. Versions rise from 1.
struct Migration {
  int version;
  std::string_view sql;  // may hold several statements
};

// WAL, synchronous=FULL, foreign keys, secure_delete. The file and its -wal and -shm have mode 0600; an existing file
// is tightened to it. `path` ":memory:" makes an in-memory twin. kNotFound: the folder is missing. kCorrupt: not a
// database. A page freed by secure_delete is overwritten in the file at the next checkpoint ("PRAGMA
// wal_checkpoint(TRUNCATE)").
// kAlone: no other session, of this process or another, uses the file while this one is open. Reads then take no locks,
// and a full disk does not stop them, since the log's index stays in memory.
enum class Sharing : uint8_t { kShared, kAlone };
Result<std::unique_ptr<Session>> open_sqlite(const std::filesystem::path& path, Sharing sharing = Sharing::kShared);
// Brings the schema up to date in one transaction. kConflict: the file was written by a newer version, which is left
// untouched. Versions are kept in the table zhimi_schema, one row per schema name.
Status migrate(Session& session, std::string_view schema_name, std::span<const Migration> migrations);

}  // namespace zhimi::store
