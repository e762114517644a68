// One thin SQL session. SQLite now; PostgreSQL takes the same text ($1 parameters, ON CONFLICT … RETURNING). A session
// belongs to one thread at a time. Every fault is a Result: kUnavailable (disk full, locked, I/O), kConflict
// (constraint), kCorrupt (not a database).
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

// A parameter or column. Views are borrowed for the call (parameters) or until the next row (columns).
using Value = std::variant<std::monostate, int64_t, std::string_view, ByteView>;

// One row being visited.
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
  // Runs one statement; statements are prepared once and cached by their text.
  virtual Status run(std::string_view sql, std::span<const Value> parameters = {}) = 0;
  // Visits each row; a visitor that returns an error ends the visit with it.
  virtual Status query(std::string_view sql, std::span<const Value> parameters,
                       const std::function<Status(const Row&)>& visit) = 0;
  virtual Status begin() = 0;   // takes the write lock
  virtual Status commit() = 0;  // durable when it returns; after an error the transaction is rolled back
  virtual void rollback() = 0;
};

// Rolls back unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(Session& session);
  Transaction(Transaction&& o) noexcept : session_(std::exchange(o.session_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  ~Transaction() {
    if (session_) session_->rollback();
  }
  Status commit();

 private:
  explicit Transaction(Session* session) : session_(session) {}
  Session* session_;
};

// One numbered step of a schema, applied in order and once.
struct Migration {
  int version;
  std::string_view sql;  // may hold several statements
};

// WAL, synchronous=FULL, foreign keys, secure_delete; the file is created with mode 0600. `path` ":memory:" makes an
// in-memory twin.
Result<std::unique_ptr<Session>> open_sqlite(const std::filesystem::path& path);
// Brings the schema up to date in one transaction. kConflict: the file was written by a newer version, which is left
// untouched.
Status migrate(Session& session, std::string_view schema_name, std::span<const Migration> migrations);

}  // namespace zhimi::store
