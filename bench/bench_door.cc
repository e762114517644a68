// disclose_now over the vault with the log in memory: 2 KiB resources, one core.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "crypto/provider.h"
#include "door/door.h"
#include "report.h"
#include "vault/keyring.h"

namespace zhimi::bench {

namespace {

template <class T>
T must(Result<T> r) {
  if (!r) throw std::runtime_error(r.error().what);
  return std::move(*r);
}

std::string file_text(const char* path) {
  std::ifstream in(std::string(ZHIMI_SOURCE_DIR) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string resource_2k(int i) {
  std::string json = fmt::format(
      R"({{"resourceType":"Observation","id":"o{}","status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"718-7","display":"Hemoglobin"}}]}},"subject":{{"reference":"Patient/p1"}},"effectiveDateTime":"2026-10-01T08:00:00+08:00","component":[)",
      i);
  for (int k = 0; json.size() < 2000; ++k)
    json += fmt::format(
        R"({}{{"code":{{"coding":[{{"system":"http://loinc.org","code":"{}-1","display":"value"}}]}},"valueQuantity":{{"value":{},"unit":"g/L"}}}})",
        k ? "," : "", 1000 + k, 100 + k);
  return json + "]}";
}

constexpr char kPolicy[] = R"(
permit doctor
  role physician  step prescribing  purpose TREAT
  show name clear, observation clear, link clear, event-date clear
)";

}  // namespace

void bench_door(Report& report) {
  namespace fs = std::filesystem;
  fs::path folder = fs::temp_directory_path() / fmt::format("zhimi-bench-door-{}", ::getpid());
  fs::create_directories(folder);
  SystemClock clock;
  SystemRandom random;
  auto provider = must(crypto::PassphraseProvider::create("bench", {8, 1, 1}, random));
  auto keys = must(store::open_sqlite(folder / "keyring.db", store::Sharing::kAlone));
  auto data = must(store::open_sqlite(folder / "data.db", store::Sharing::kAlone));
  auto keyring = must(vault::Keyring::create(*keys, *provider, random));
  auto vault = must(vault::Vault::open(*data, *keys, *keyring, clock, random, Digest{1}));
  {
    auto batch = must(vault->batch());
    for (int i = 0; i < 200; ++i) {
      std::string json = resource_2k(i);
      vault::NewRecord record{
          {"Observation", fmt::format("o{}", i)}, fmt::format("p{}", i % 50), json, {}, {}, 0, false};
      if (!batch.put(record)) throw std::runtime_error("put");
    }
    if (!batch.commit()) throw std::runtime_error("commit");
  }
  auto map = must(classify::Map::parse(file_text("packs/maps/fhir-r4.map")));
  auto hospital = must(directory::Directory::parse(file_text("testdata/sample/hospital.toml"), "hospital.toml"));
  auto snapshot = must(policy::Snapshot::compile(kPolicy, "bench.policy"));
  auto signer = must(crypto::Signer::from_seed(Digest{4}));
  auto log = ledger::memory_log(signer, clock, {"zhimi/bench"});
  mark::TokenCipher tokens{Digest{2}};
  Digest office{3};
  door::VaultSource source(*vault, *keyring);
  door::Door door(door::Parts{[&] { return snapshot; }, map, source, *log, nullptr, tokens, office, clock, random});
  std::string account;
  for (const auto& a : hospital.accounts())
    if (a.roles.has(words::Role::kPhysician) && (a.steps.empty() || a.steps.has(words::Step::kPrescribing)))
      account = a.id;
  auto who = must(hospital.subject(account, ""));
  int i = 0;
  double ns = ns_per_op([&](size_t n) {
    for (; n; --n, ++i) {
      door::Request request{who,
                            {words::Step::kPrescribing, words::Purpose::kTreat, ""},
                            fmt::format("p{}", i % 50),
                            "Observation",
                            fmt::format("o{}", i % 200),
                            false};
      if (!door.disclose_now(request)) throw std::runtime_error("refused");
    }
  });
  report.row("door.disclose_now_2KiB", 1e9 / ns, "per_s", ">= 25000", {}, 1e9 / ns >= 25000);
  fs::remove_all(folder);
}

}  // namespace zhimi::bench
