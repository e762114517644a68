#include <algorithm>
#include <array>

#include "base/random.h"
#include "ledger/backend.h"

namespace zhimi::ledger {

namespace {

using store::Row;
using store::Value;

// `writer` fences: it names the one who wrote last. A tile's place is level × 2^40 + number.
constexpr store::Migration kMigrations[] = {{1, R"(
CREATE TABLE batch (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, leaves BYTEA NOT NULL);
CREATE TABLE tile (place INTEGER PRIMARY KEY, root BYTEA NOT NULL, ids BYTEA NOT NULL, hashes BYTEA NOT NULL);
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL);
CREATE TABLE heads (number INTEGER PRIMARY KEY, heads BYTEA NOT NULL);
CREATE TABLE writer (one INTEGER PRIMARY KEY CHECK (one = 1), term INTEGER NOT NULL, token BYTEA NOT NULL);
INSERT INTO writer VALUES (1, 0, '');
)"}};

using Token = std::array<uint8_t, 16>;

int64_t signed_of(uint64_t v) { return static_cast<int64_t>(v); }
int64_t place(unsigned level, uint64_t number) { return signed_of((uint64_t{level} << 40) + number); }

Result<Digest> digest_of(ByteView bytes) {
  if (bytes.size() != sizeof(Digest)) return make_error(Code::kCorrupt, "a stored hash is not 32 bytes long");
  Digest digest;
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

class SqlBackend final : public Backend {
 public:
  explicit SqlBackend(store::Session& session) : session_(session) { SystemRandom().fill(token_); }

  Status open() {
    ZHIMI_CHECK(store::migrate(session_, "ledger", kMigrations));
    ZHIMI_TRY(auto writer, writer_row());
    term_ = writer.first;
    return {};
  }

  Status write(const Write& write) override {
    ZHIMI_TRY(auto transaction, store::Transaction::begin(session_));
    ZHIMI_CHECK(claim(write.first));
    ZHIMI_CHECK(write_leaves(write));
    ZHIMI_CHECK(write_checkpoint(write));
    return transaction.commit();
  }

  Result<uint64_t> size() override {
    ZHIMI_TRY(auto writer, writer_row());
    ZHIMI_CHECK(check_writer(writer));
    return stored_size();
  }

  Status batches(uint64_t first, uint64_t last, const VisitBatch& visit) override {
    const Value range[] = {signed_of(first), signed_of(last)};
    return session_.query(
        "SELECT first, count, leaves FROM batch WHERE first >= (SELECT max(first) FROM batch WHERE first <= $1) "
        "AND first < $2 ORDER BY first",
        range, [&](const Row& row) {
          return visit(static_cast<uint64_t>(row.integer(0)), static_cast<uint32_t>(row.integer(1)), row.blob(2));
        });
  }

  Result<std::optional<StoredCheckpoint>> newest_checkpoint() override {
    std::optional<StoredCheckpoint> newest;
    ZHIMI_CHECK(session_.query("SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1", {},
                               [&](const Row& row) -> Status {
                                 newest = {static_cast<uint64_t>(row.integer(0)), std::string(row.text(1))};
                                 return {};
                               }));
    return newest;
  }

  Result<std::vector<Digest>> tile(unsigned level, uint64_t number) override {
    const Value key[] = {place(level, number)};
    std::vector<Digest> hashes;
    ZHIMI_CHECK(session_.query("SELECT hashes FROM tile WHERE place = $1", key, [&](const Row& row) -> Status {
      hashes = tiles::tile_hashes(row.blob(0));
      return {};
    }));
    if (hashes.empty()) return make_error(Code::kNotFound, "that tile is not stored");
    if (hashes.size() != tiles::kTileWidth) return make_error(Code::kCorrupt, "a stored tile is not 8192 bytes long");
    return hashes;
  }

  Result<std::vector<Digest>> tile_roots(unsigned level, uint64_t first, uint64_t count) override {
    const Value range[] = {place(level, first), place(level, first + count)};
    std::vector<Digest> roots;
    ZHIMI_CHECK(session_.query("SELECT root FROM tile WHERE place >= $1 AND place < $2 ORDER BY place", range,
                               [&](const Row& row) -> Status {
                                 ZHIMI_TRY(Digest root, digest_of(row.blob(0)));
                                 roots.push_back(root);
                                 return {};
                               }));
    return roots;
  }

  Status ids(uint64_t tiles, const std::function<Status(uint64_t, ByteView)>& visit) override {
    const Value range[] = {place(0, tiles)};
    return session_.query("SELECT place, ids FROM tile WHERE place < $1 ORDER BY place", range,
                          [&](const Row& row) { return visit(static_cast<uint64_t>(row.integer(0)), row.blob(1)); });
  }

  Status heads(const std::function<Status(ByteView)>& visit) override {
    return session_.query("SELECT heads FROM heads ORDER BY number", {},
                          [&](const Row& row) { return visit(row.blob(0)); });
  }

 private:
  using Writer = std::pair<int64_t, Bytes>;

  Result<Writer> writer_row() {
    std::optional<Writer> writer;
    ZHIMI_CHECK(session_.query("SELECT term, token FROM writer WHERE one = 1", {}, [&](const Row& row) -> Status {
      writer = {row.integer(0), Bytes(row.blob(1).begin(), row.blob(1).end())};
      return {};
    }));
    if (!writer)
      return make_error(Code::kCorrupt, "the ledger's writer row is gone: restore ledger.db from its backup");
    return *writer;
  }

  Result<uint64_t> stored_size() {
    uint64_t size = 0;
    ZHIMI_CHECK(session_.query("SELECT first + count FROM batch ORDER BY first DESC LIMIT 1", {}, [&](const Row& row) {
      size = static_cast<uint64_t>(row.integer(0));
      return Status();
    }));
    return size;
  }

  bool ours(const Writer& writer) const { return std::ranges::equal(writer.second, token_); }

  Status check_writer(const Writer& writer) const {
    if (ours(writer) || writer.first == term_) return {};
    return fenced();
  }

  static Error fenced() {
    return make_error(Code::kConflict, "another process writes this ledger now: let it finish, then try again");
  }

  // Inside a transaction: nobody wrote since we read it, and from now on it is we who write.
  Status claim(uint64_t size) {
    ZHIMI_TRY(Writer writer, writer_row());
    ZHIMI_CHECK(check_writer(writer));
    if (ours(writer)) return {};
    ZHIMI_TRY(uint64_t stored, stored_size());
    if (stored != size) return fenced();
    const Value mine[] = {term_ + 1, ByteView(token_)};
    return session_.run("UPDATE writer SET term = $1, token = $2 WHERE one = 1", mine);
  }

  Status write_leaves(const Write& write) {
    if (write.count == 0) return {};
    const Value batch[] = {signed_of(write.first), int64_t{write.count}, write.leaves};
    ZHIMI_CHECK(session_.run("INSERT INTO batch (first, count, leaves) VALUES ($1, $2, $3)", batch));
    size_t next_ids = 0;
    for (const tiles::FullTile& tile : write.tiles) {
      ByteView ids = tile.level == 0 ? ByteView(write.ids[next_ids++]) : ByteView();
      const Value row[] = {place(tile.level, tile.number), ByteView(tile.root), ids, tiles::tile_bytes(tile.hashes)};
      ZHIMI_CHECK(session_.run("INSERT INTO tile (place, root, ids, hashes) VALUES ($1, $2, $3, $4)", row));
    }
    return {};
  }

  Status write_checkpoint(const Write& write) {
    if (write.note.empty()) return {};
    const Value checkpoint[] = {signed_of(write.checkpoint_size), write.note};
    ZHIMI_CHECK(session_.run("INSERT INTO checkpoint (size, note) VALUES ($1, $2)", checkpoint));
    if (write.replace_heads) ZHIMI_CHECK(session_.run("DELETE FROM heads"));
    for (const Bytes& heads : write.heads) {
      const Value row[] = {ByteView(heads)};
      ZHIMI_CHECK(session_.run(
          "INSERT INTO heads (number, heads) VALUES ((SELECT coalesce(max(number), 0) + 1 FROM heads), $1)", row));
    }
    return {};
  }

  store::Session& session_;
  Token token_{};
  int64_t term_ = 0;  // as it stood when we opened
};

}  // namespace

Result<std::unique_ptr<Backend>> sql_backend(store::Session& session) {
  auto backend = std::make_unique<SqlBackend>(session);
  ZHIMI_CHECK(backend->open());
  return std::unique_ptr<Backend>(std::move(backend));
}

}  // namespace zhimi::ledger
