// The ledger: durable entries, one alone, opening, verifying; each beside its limit in the same run.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "base/clock.h"
#include "base/random.h"
#include "ledger/log.h"
#include "report.h"
#include "store/session.h"
#include "tiles/tree.h"
#include "tiles/verify.h"

namespace zhimi::bench {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr size_t kEntries = 300'000, kPatients = 20'000, kPartBytes = 212;  // a part of 128 bytes, sealed
constexpr const char* kOrigin = "zhimi.example/bench";

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

[[noreturn]] void give_up(const Error& error) {
  fmt::print(stderr, "bench ledger: {}\n", error.what);
  std::exit(1);
}
template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error());
  return std::move(*result);
}
void must(Status status) {
  if (!status) give_up(status.error());
}

class Events {
 public:
  ledger::SealedEvent next() {
    ledger::SealedEvent event;
    random_.fill(event.id);
    event.kind = ledger::Kind::kDisclosure;
    SeededRandom(1 + random_.below(kPatients)).fill(event.patient);
    event.about.assign(kPartBytes, 1);
    event.actor.assign(kPartBytes, 2);
    return event;
  }

 private:
  SeededRandom random_{7};
};

// Keeps `in_flight` entries waiting until `count` are durable; returns entries a second.
double pipelined(ledger::Log& log, Events& events, size_t count, size_t in_flight) {
  std::mutex mutex;
  std::condition_variable room;
  size_t waiting = 0, failed = 0;
  auto start = Clock::now();
  std::vector<ledger::SealedEvent> next;
  for (size_t submitted = 0; submitted < count;) {
    next.clear();
    size_t take;
    {
      std::unique_lock lock(mutex);
      room.wait(lock, [&] { return waiting < in_flight; });
      take = std::min(in_flight - waiting, count - submitted);
      waiting += take;
    }
    for (size_t i = 0; i < take; ++i)
      log.submit(events.next(), [&](Result<ledger::Receipt> receipt) {
        std::lock_guard lock(mutex);
        failed += !receipt;
        if (--waiting <= in_flight / 2) room.notify_one();
      });
    submitted += take;
  }
  std::unique_lock lock(mutex);
  room.wait(lock, [&] { return waiting == 0; });
  if (failed) give_up(make_error(Code::kInternal, "entries failed"));
  return static_cast<double>(count) / seconds_since(start);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

template <class Work>
double median_us(size_t times, Work&& work) {
  std::vector<double> values;
  for (size_t i = 0; i < times; ++i) {
    auto start = Clock::now();
    work();
    values.push_back(seconds_since(start) * 1e6);
  }
  return median(std::move(values));
}

// One row of a leaf's size, durably, in a database of its own.
double commit_us(const fs::path& folder) {
  auto session = must(store::open_sqlite(folder / "limit.db"));
  must(session->run("CREATE TABLE row (number INTEGER PRIMARY KEY, bytes BYTEA NOT NULL)"));
  Bytes bytes(tiles::kLeafFixedBytes + 2 * kPartBytes, 3);
  int64_t number = 0;
  return median_us(500, [&] {
    const store::Value row[] = {++number, ByteView(bytes)};
    must(session->begin());
    must(session->run("INSERT INTO row (number, bytes) VALUES ($1, $2)", row));
    must(session->commit());
  });
}

// Leaf and interior hashes of entries that are already in memory.
double hashing_per_second() {
  Bytes leaf(tiles::kLeafFixedBytes + 2 * kPartBytes, 3);
  double ns = ns_per_op([&](size_t n) {
    Digest hash{};
    for (size_t i = 0; i < n; ++i) {
      leaf[0] = hash[0];
      hash = tiles::node_hash(tiles::leaf_hash(leaf), hash);
    }
  });
  return 1e9 / ns;
}

void rows(Report& report, const fs::path& folder) {
  crypto::Signer signer = must(crypto::Signer::from_seed(Bytes(32, 1)));
  SystemClock clock;
  Events events;
  auto session = must(store::open_sqlite(folder / "ledger.db"));
  auto log = must(ledger::open_log(*session, signer, clock, {kOrigin}));

  double limit_us = commit_us(folder);
  double one_us = median_us(500, [&] { must(log->append(events.next())); });
  report.row("ledger, one durable entry alone", one_us, "us", "<= 2 x a commit", one_us / limit_us,
             one_us <= 2 * limit_us);
  report.row("  limit: a durable SQLite commit", limit_us, "us");

  double hashed = hashing_per_second();
  double rate = pipelined(*log, events, kEntries, 256);
  report.row("ledger, durable entries, 256 in flight", rate, "1/s", ">= 150000", rate / hashed, rate >= 150'000);

  must(log->checkpoint());
  double round_us = median_us(50, [&] {
    must(log->append(events.next()));
    must(log->checkpoint());
  });
  report.row("ledger, entry and checkpoint", round_us, "us", "", round_us / limit_us);
  std::string key = log->key();
  auto start = Clock::now();
  must(ledger::export_tiles(*log, folder / "export"));
  uint64_t size = log->size();
  report.row("ledger, export", static_cast<double>(size) / seconds_since(start), "1/s");
  log.reset();
  double open_us = median_us(7, [&] { must(ledger::open_log(*session, signer, clock, {kOrigin})); });
  report.row(fmt::format("ledger, open with {} entries", size), open_us / 1000, "ms");

  double verify_us = median_us(5, [&] { must(tiles::verify_folder(folder / "export", {key, {}, {}})); });
  double verified = static_cast<double>(size) / verify_us * 1e6;
  report.row("ledger, verify", verified, "1/s", ">= 500000", verified / hashed, verified >= 500'000);
  report.row("  limit: leaf and node hash alone", hashed, "1/s");

  auto memory = ledger::memory_log(signer, clock, {kOrigin});
  double memory_us = ns_per_op([&](size_t n) {
                       for (size_t i = 0; i < n; ++i) must(memory->append(events.next()));
                     }) /
                     1000;
  report.row("ledger, one entry in the in-memory twin", memory_us, "us");
}

}  // namespace

void bench_ledger(Report& report) {
  fs::path folder = fs::temp_directory_path() / fmt::format("zhimi-bench-ledger-{}", ::getpid());
  fs::create_directories(folder);
  rows(report, folder);
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

}  // namespace zhimi::bench
