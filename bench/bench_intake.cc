// Import end to end: split, check, extract, encrypt, commit durably; and what memory a file of ten times the size
// takes.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "crypto/provider.h"
#include "formats/resource_stream.h"
#include "intake/intake.h"
#include "ledger/log.h"
#include "report.h"
#include "store/session.h"

namespace zhimi::bench {

namespace {

namespace fs = std::filesystem;

template <class T>
T must(Result<T> r) {
  if (!r) {
    std::fprintf(stderr, "%s\n", r.error().what.c_str());
    std::abort();
  }
  return std::move(*r);
}

struct Folder {
  fs::path path;
  Folder() {
    std::string name = fs::temp_directory_path() / "zhimi-bench-XXXXXX";
    if (!mkdtemp(name.data())) std::abort();
    path = name;
  }
  Folder(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }
};

// A resource with its ids made new in each round, so that every round is new patients and new records.
std::string renumbered(std::string_view json, uint64_t round) {
  std::string out(json);
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (size_t i = 0; i + 36 <= out.size(); ++i) {  // the first eight digits of each UUID
    if (out[i + 8] != '-' || out[i + 13] != '-' || out[i + 18] != '-' || out[i + 23] != '-') continue;
    for (size_t d = 0; d < 4; ++d) {
      size_t old = kDigits.find(out[i + d]);
      if (old != std::string_view::npos) out[i + d] = kDigits[(old + (round >> (4 * d))) % 16];
    }
    i += 35;
  }
  return out;
}

// Writes the NDJSON samples `rounds` times; returns how many resources.
uint64_t write_sample(const fs::path& path, uint64_t rounds) {
  std::ofstream out(path, std::ios::binary);
  uint64_t count = 0;
  for (uint64_t round = 0; round < rounds; ++round)
    for (const char* type : {"Patient", "Condition", "Encounter", "Immunization", "MedicationRequest", "Procedure"}) {
      auto input = must(formats::open_input(fs::path(ZHIMI_SOURCE_DIR) / "testdata/fhir/bulk-10-patients" /
                                            (std::string(type) + ".000.ndjson.zst")));
      auto status =
          formats::read_resources(*input, [&](ByteView resource, const formats::Place&, std::string_view) -> Status {
            out << renumbered(text(resource), round) << '\n';
            ++count;
            return {};
          });
      if (!status) std::abort();
    }
  return count;
}

struct Cost {
  double seconds;
  double processor_seconds;
  double peak_mib;
};

double processor_seconds(const rusage& u) {
  auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(u.ru_utime) + seconds(u.ru_stime);
}

Cost import_once(const fs::path& folder, const fs::path& file) {
  SystemRandom random;
  SystemClock clock;
  auto keys = must(store::open_sqlite(folder / "keyring.db"));
  auto data = must(store::open_sqlite(folder / "data.db"));
  auto entries = must(store::open_sqlite(folder / "ledger.db"));
  auto provider =
      must(crypto::PassphraseProvider::create("bench", {.memory_kib = 64, .passes = 1, .lanes = 1}, random));
  auto keyring = must(vault::Keyring::create(*keys, *provider, random));
  auto vault = must(vault::Vault::open(*data, *keys, *keyring, clock, random, Digest{}));
  auto signer = must(crypto::Signer::from_seed(Digest{}));
  auto log = must(ledger::open_log(*entries, signer, clock, {.origin = "zhimi.example/bench"}));
  auto map = must(classify::Map::parse(text(must(read_file(ZHIMI_SOURCE_DIR "/packs/maps/fhir-r4.map", 16 << 20)))));
  auto labels = must(classify::Labels::parse(text(must(read_file(ZHIMI_SOURCE_DIR "/packs/labels.tsv", 16 << 20)))));
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  auto begin = std::chrono::steady_clock::now();
  must(intake::import_file({*vault, *log, map, labels, Digest{}, clock, random}, file, "bench", {}));
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  getrusage(RUSAGE_SELF, &after);
  return {seconds, processor_seconds(after) - processor_seconds(before), static_cast<double>(after.ru_maxrss) / 1024};
}

// In a process of its own, so that the peak is this import's.
Cost import_apart(const fs::path& file) {
  Folder folder;
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  pid_t child = ::fork();
  if (child < 0) std::abort();
  if (child == 0) {
    Cost cost = import_once(folder.path, file);
    _exit(::write(ends[1], &cost, sizeof cost) == sizeof cost ? 0 : 1);
  }
  ::close(ends[1]);
  Cost cost{};
  bool whole = ::read(ends[0], &cost, sizeof cost) == sizeof cost;
  ::close(ends[0]);
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0 || !whole) std::abort();
  return cost;
}

}  // namespace

void bench_intake(Report& report) {
  constexpr uint64_t kRounds = 3;
  Folder folder;
  fs::path small = folder.path / "small.ndjson", large = folder.path / "large.ndjson";
  auto count = static_cast<double>(write_sample(small, kRounds));
  auto count10 = static_cast<double>(write_sample(large, kRounds * 10));

  std::string bytes;
  {
    auto all = must(read_file(small, size_t{1} << 30));
    bytes = text(all);
  }
  double split_ns = ns_per_op([&](size_t n) {
    for (size_t i = 0; i < n; ++i) {
      auto input = formats::memory_input(view(bytes));
      if (!formats::read_resources(*input,
                                   [](ByteView, const formats::Place&, std::string_view) -> Status { return {}; }))
        std::abort();
    }
  });
  double split_mb = static_cast<double>(bytes.size()) * 1000 / split_ns;
  report.row("splitting NDJSON", split_mb, "MB/s", ">= 500", {}, split_mb >= 500);
  bytes = {};

  Cost one = import_apart(small), ten = import_apart(large);
  double rate = count / one.seconds, rate10 = count10 / ten.seconds;
  report.row("import", rate, "resources/s", ">= 10,000", {}, rate >= 10'000);
  report.row("import, file of ten times the size", rate10, "resources/s", ">= 10,000", {}, rate10 >= 10'000);
  report.row("import, by processor time", count10 / ten.processor_seconds, "resources/s");
  report.row("import, peak memory", one.peak_mib, "MiB");
  report.row("import, peak memory at ten times the size", ten.peak_mib, "MiB", "flat", ten.peak_mib / one.peak_mib,
             ten.peak_mib < one.peak_mib + 64);
}

}  // namespace zhimi::bench
