// What the door's tests share: a small hospital, a log in memory, a door over them.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "door/door.h"

namespace zhimi::door {

inline std::string read_text(const std::string& path) {
  std::ifstream in(std::string(ZHIMI_SOURCE_DIR) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline const classify::Map& test_map() {
  static const classify::Map map = [] {
    auto m = classify::Map::parse(read_text("packs/maps/fhir-r4.map"));
    if (!m) throw std::runtime_error(m.error().what);
    return std::move(*m);
  }();
  return map;
}

inline const directory::Directory& test_directory() {
  static const directory::Directory d = [] {
    auto parsed = directory::Directory::parse(read_text("testdata/sample/hospital.toml"), "hospital.toml");
    if (!parsed) throw std::runtime_error(parsed.error().what);
    return std::move(*parsed);
  }();
  return d;
}

inline constexpr int64_t kNow = 1'790'000'000'000;

// A door over a MemorySource and a log in memory. The randomness starts anew with each Bench, so two of them give the
// same ids.
struct TestDoor {
  FixedClock clock{kNow};
  SeededRandom random{7};
  crypto::Signer signer = std::move(*crypto::Signer::from_seed(Digest{1}));
  MemorySource source;
  std::unique_ptr<ledger::Log> log = ledger::memory_log(signer, clock, {"zhimi/test"});
  mark::TokenCipher tokens{Digest{2}};
  Digest office_key{3};
  std::shared_ptr<const policy::Snapshot> snapshot;
  std::unique_ptr<Door> door;

  explicit TestDoor(std::shared_ptr<const policy::Snapshot> policy) : snapshot(std::move(policy)) {
    door = std::make_unique<Door>(parts());
  }
  Parts parts() {
    return {[this] { return snapshot; }, test_map(), source, *log, nullptr, tokens, office_key, clock, random};
  }
};

}  // namespace zhimi::door
