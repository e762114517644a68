#include "store/session.h"

#include <string>

namespace zhimi::store {

Result<Transaction> Transaction::begin(Session& session) {
  ZHIMI_CHECK(session.begin());
  return Transaction(&session);
}

Status Transaction::commit() {
  if (!session_) return make_error(Code::kInternal, "this transaction was committed before");
  return std::exchange(session_, nullptr)->commit();
}

namespace {

Result<int64_t> stored_version(Session& session, std::string_view schema_name) {
  const Value name[] = {schema_name};
  int64_t version = 0;
  ZHIMI_CHECK(session.query("SELECT version FROM zhimi_schema WHERE name = $1", name, [&](const Row& row) -> Status {
    version = row.integer(0);
    return {};
  }));
  return version;
}

}  // namespace

Status migrate(Session& session, std::string_view schema_name, std::span<const Migration> migrations) {
  int64_t newest = 0;
  for (const Migration& m : migrations) {
    if (m.version <= newest) return make_error(Code::kInternal, "migrations are out of order");
    newest = m.version;
  }
  ZHIMI_TRY(Transaction transaction, Transaction::begin(session));
  ZHIMI_CHECK(session.run("CREATE TABLE IF NOT EXISTS zhimi_schema (name TEXT PRIMARY KEY, version BIGINT NOT NULL)"));
  ZHIMI_TRY(int64_t stored, stored_version(session, schema_name));
  if (stored > newest)
    return make_error(Code::kConflict, "the database holds version " + std::to_string(stored) + " of \"" +
                                           std::string(schema_name) + "\" and this program knows " +
                                           std::to_string(newest) + ": use the newer zhimi that wrote it");
  if (stored == newest) return transaction.commit();
  for (const Migration& m : migrations)
    if (m.version > stored) ZHIMI_CHECK(session.run(m.sql));
  const Value row[] = {schema_name, newest};
  ZHIMI_CHECK(
      session.run("INSERT INTO zhimi_schema (name, version) VALUES ($1, $2) "
                  "ON CONFLICT (name) DO UPDATE SET version = excluded.version",
                  row));
  return transaction.commit();
}

}  // namespace zhimi::store
