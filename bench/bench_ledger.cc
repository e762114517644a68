// The ledger: durable entries, one alone, opening, verifying; each beside its limit in the same run.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
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
  Events() : patients_(kPatients) {
    for (auto& patient : patients_) random_.fill(patient);
  }
  ledger::SealedEvent next() {
    ledger::SealedEvent event;
    random_.fill(event.id);
    event.kind = ledger::Kind::kDisclosure;
    event.patient = patients_[random_.below(kPatients)];
    event.about.assign(kPartBytes, 1);
    event.actor.assign(kPartBytes, 2);
    return event;
  }

 private:
  SeededRandom random_{7};
  std::vector<ledger::PatientMac> patients_;
};

// Keeps `in_flight` entries waiting until `count` are durable, each durable one followed by the next, as busy readers
// would; returns entries a second.
class Pipeline {
 public:
  Pipeline(ledger::Log& log, Events& events, size_t count) : log_(log), events_(events), count_(count) {}
  double run(size_t in_flight) {
    auto start = Clock::now();
    for (size_t i = 0; i < in_flight; ++i) submit_next();
    finished_.get_future().wait();
    return static_cast<double>(count_) / seconds_since(start);
  }

 private:
  void submit_next() {
    ledger::SealedEvent event;
    {
      std::lock_guard lock(mutex_);
      if (submitted_ == count_) return;
      ++submitted_;
      event = events_.next();
    }
    log_.submit(std::move(event), [this](Result<ledger::Receipt> receipt) {
      if (!receipt) give_up(receipt.error());
      if (++durable_ == count_) return finished_.set_value();
      submit_next();
    });
  }

  ledger::Log& log_;
  Events& events_;
  const size_t count_;
  std::mutex mutex_;
  size_t submitted_ = 0;
  std::atomic<size_t> durable_ = 0;
  std::promise<void> finished_;
};

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
  double rate = Pipeline(*log, events, kEntries).run(256);
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
