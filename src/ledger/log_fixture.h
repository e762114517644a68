// What the tests of the log share: events by number, a session that fails, a log in a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "ledger/log.h"
#include "tiles/note.h"
#include "tiles/verify.h"

namespace zhimi::ledger {

namespace fs = std::filesystem;

inline crypto::Signer signer_of(uint8_t seed) { return *crypto::Signer::from_seed(Bytes(32, seed)); }

inline PatientMac patient_of(uint64_t number) {
  if (number == 0) return tiles::kNoPatient;
  PatientMac mac;
  SeededRandom(number).fill(mac);
  return mac;
}

inline SealedEvent event_of(uint64_t number, uint64_t patient, Kind kind = Kind::kDisclosure) {
  SeededRandom random(number + 1'000'000);
  SealedEvent event;
  random.fill(event.id);
  event.kind = kind;
  event.patient = patient_of(patient);
  event.about.resize(32 + random.below(100));
  event.actor.resize(32 + random.below(100));
  random.fill(event.about);
  random.fill(event.actor);
  return event;
}

// Fails one commit: before it reaches the disk, or after.
class FaultySession final : public store::Session {
 public:
  enum class Fault { kNone, kBefore, kAfter };
  explicit FaultySession(store::Session& inner) : inner_(inner) {}
  void fail(Fault fault, int nth_commit = 1) {
    fault_ = fault;
    countdown_ = nth_commit;
  }
  int commits() const { return commits_; }

  Status run(std::string_view sql, std::span<const store::Value> parameters) override {
    return inner_.run(sql, parameters);
  }
  Status query(std::string_view sql, std::span<const store::Value> parameters,
               const std::function<Status(const store::Row&)>& visit) override {
    return inner_.query(sql, parameters, visit);
  }
  Status begin() override { return inner_.begin(); }
  Status commit() override {
    ++commits_;
    if (fault_ == Fault::kNone || --countdown_ > 0) return inner_.commit();
    bool durable = fault_ == Fault::kAfter;
    fault_ = Fault::kNone;
    if (durable) {
      EXPECT_TRUE(inner_.commit());
    } else {
      inner_.rollback();
    }
    return make_error(Code::kUnavailable, "no space left on the device");
  }
  void rollback() override { inner_.rollback(); }

 private:
  store::Session& inner_;
  Fault fault_ = Fault::kNone;
  int countdown_ = 0, commits_ = 0;
};

class LogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("zhimi-log-test-" + std::to_string(std::random_device()()));
    fs::create_directories(folder_);
    session_ = open_session(":memory:");
  }
  void TearDown() override {
    session_.reset();
    fs::remove_all(folder_);
  }
  static std::unique_ptr<store::Session> open_session(const fs::path& path) {
    auto session = store::open_sqlite(path);
    EXPECT_TRUE(session) << session.error().what;
    return std::move(*session);
  }
  std::unique_ptr<Log> open() { return open(*session_); }
  std::unique_ptr<Log> open(store::Session& session) {
    auto log = open_log(session, signer_, clock_, {"zhimi.example/test"});
    EXPECT_TRUE(log) << log.error().what;
    return log ? std::move(*log) : nullptr;
  }
  void change(std::string_view sql) {
    Status status = session_->run(sql);
    ASSERT_TRUE(status) << status.error().what;
  }
  std::string verifier_key() {
    return tiles::verifier_key_text(tiles::make_verifier_key("zhimi.example/test", signer_.public_key()));
  }
  // Everything anyone may ask of a log, checked from outside.
  tiles::Verified verify(Log& log) {
    fs::path out = folder_ / ("export-" + std::to_string(++exports_));
    Status status = export_tiles(log, out);
    EXPECT_TRUE(status) << status.error().what;
    auto verified = tiles::verify_folder(out, {verifier_key(), {}, {}});
    EXPECT_TRUE(verified) << verified.error().what;
    return verified ? *verified : tiles::Verified();
  }

  fs::path folder_;
  crypto::Signer signer_ = signer_of(1);
  FixedClock clock_{1'790'000'000'000};
  std::unique_ptr<store::Session> session_;
  int exports_ = 0;
};

}  // namespace zhimi::ledger
