#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "base/random.h"
#include "crypto/provider.h"
#include "formats/resource_stream.h"
#include "intake/intake.h"
#include "ledger/log.h"
#include "store/session.h"

namespace zhimi::intake {
namespace {

namespace fs = std::filesystem;

template <class T>
T must(Result<T> r) {
  if (!r) {
    ADD_FAILURE() << r.error().what;
    std::abort();
  }
  return std::move(*r);
}

// A log that is out of order.
class BrokenLog final : public ledger::Log {
 public:
  void submit(ledger::SealedEvent, ledger::Done done) override {
    done(make_error(Code::kUnavailable, "the ledger's disk is full"));
  }
  Result<std::string> checkpoint() override { return make_error(Code::kUnavailable, "full"); }
  uint64_t size() const override { return 0; }
  Result<Bytes> leaf(uint64_t) override { return make_error(Code::kNotFound, "empty"); }
  std::string key() const override { return {}; }
  Status read(uint64_t, uint64_t, const std::function<Status(uint64_t, ByteView)>&) override { return {}; }
  Result<std::vector<Digest>> tile(unsigned, uint64_t, unsigned) override {
    return make_error(Code::kNotFound, "empty");
  }
};

class ImportTest : public ::testing::Test {
 protected:
  ImportTest() {
    std::string name = fs::temp_directory_path() / "zhimi-import-XXXXXX";
    if (!mkdtemp(name.data())) std::abort();
    folder_ = name;
    keys_ = must(store::open_sqlite(":memory:"));
    data_ = must(store::open_sqlite(":memory:"));
    provider_ = must(crypto::PassphraseProvider::create("test", {.memory_kib = 64, .passes = 1, .lanes = 1}, random_));
    keyring_ = must(vault::Keyring::create(*keys_, *provider_, random_));
    vault_ = must(vault::Vault::open(*data_, *keys_, *keyring_, clock_, random_, map_.digest()));
    log_ = ledger::memory_log(signer_, clock_, {.origin = "zhimi.example/test"});
  }
  ~ImportTest() override { fs::remove_all(folder_); }

  fs::path file(std::string_view contents, const std::string& name = "file") {
    fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary).write(contents.data(), static_cast<std::streamsize>(contents.size()));
    return path;
  }
  Result<Summary> import(const fs::path& path, const std::function<void(const Progress&)>& progress = {}) {
    return import_file({*vault_, *log_, map_, labels_, office_key_, clock_, random_}, path, "li.na", progress);
  }
  Result<Summary> import_text(std::string_view contents) { return import(file(contents)); }
  std::string refusal(std::string_view contents) {
    uint64_t before = vault_->record_count();
    auto r = import_text(contents);
    EXPECT_FALSE(r);
    EXPECT_EQ(vault_->record_count(), before) << "all or nothing";
    return r ? "" : r.error().what;
  }
  std::string about(uint64_t index) {
    Bytes leaf = must(log_->leaf(index));
    return must(ledger::open_about(must(ledger::parse_leaf(leaf)), office_key_));
  }
  std::string actor(uint64_t index) {
    Bytes leaf = must(log_->leaf(index));
    return must(ledger::open_actor(must(ledger::parse_leaf(leaf)), office_key_));
  }

  fs::path folder_;
  SeededRandom random_{11};
  FixedClock clock_{1'800'000'000'000};
  Digest office_key_{9, 9, 9};
  classify::Map map_ =
      must(classify::Map::parse(text(must(read_file(ZHIMI_SOURCE_DIR "/packs/maps/fhir-r4.map", 16 << 20)))));
  classify::Labels labels_ =
      must(classify::Labels::parse(text(must(read_file(ZHIMI_SOURCE_DIR "/packs/labels.tsv", 16 << 20)))));
  std::unique_ptr<store::Session> keys_, data_;
  std::unique_ptr<crypto::PassphraseProvider> provider_;
  std::unique_ptr<vault::Keyring> keyring_;
  std::unique_ptr<vault::Vault> vault_;
  crypto::Signer signer_ = must(crypto::Signer::from_seed(Digest{7}));
  std::unique_ptr<ledger::Log> log_;
};

const std::string kPatient = R"({"resourceType":"Patient","id":"p1","birthDate":"1994-02-03",)"
                             R"("generalPractitioner":[{"reference":"Practitioner/d1"}]})";

std::string observation(int i, const std::string& patient = "p1") {
  return fmt::format(
      R"({{"resourceType":"Observation","id":"o{}","status":"final","subject":{{"reference":"Patient/{}"}}}})", i,
      patient);
}

TEST_F(ImportTest, StoresFactsAndNotesItTwice) {
  std::string condition =
      R"({"id":"c1","subject":{"reference":"Patient/p1"},"resourceType":"Condition","code":{"coding":[)"
      R"({"system":"http://hl7.org/fhir/sid/icd-10","code":"B20"}]}})";
  auto summary = import(
      file(kPatient + "\n" + condition + "\n" + R"({"resourceType":"Practitioner","id":"d1"})", "Wang Min p1.ndjson"));
  ASSERT_TRUE(summary) << summary.error().what;
  EXPECT_EQ(summary->resources, 3u);
  EXPECT_EQ(summary->by_type, (std::map<std::string, uint64_t>{{"Condition", 1}, {"Patient", 1}, {"Practitioner", 1}}));
  EXPECT_EQ(vault_->record_count(), 3u);

  auto patient = must(vault_->patient("p1"));
  EXPECT_TRUE(patient.known);
  EXPECT_EQ(patient.birth_ms, *parse_fhir_time("1994-02-03"));
  ASSERT_EQ(patient.ties.size(), 1u);
  EXPECT_EQ(patient.ties[0].actor, "Practitioner/d1");
  EXPECT_TRUE(must(vault_->record("p1", {"Condition", "c1"})).labels.has(words::Label::kHiv));
  EXPECT_TRUE(vault_->record("", {"Practitioner", "d1"}));

  ASSERT_EQ(log_->size(), 2u);
  EXPECT_NE(actor(0).find("li.na"), std::string::npos);
  EXPECT_NE(about(0).find(R"("phase":"begin","bytes":)"), std::string::npos);
  EXPECT_NE(about(1).find(R"("resources":3,"types":{"Condition":1,"Patient":1,"Practitioner":1},"sha256":")"),
            std::string::npos)
      << about(1);
  for (uint64_t i = 0; i < 2; ++i)
    for (const std::string& s : {about(i), actor(i)})
      EXPECT_EQ(s.find("Wang"), std::string::npos) << "a file's name may be a patient's";
}

TEST_F(ImportTest, ABadLineMeansNothingIsImported) {
  ASSERT_TRUE(import_text(kPatient));
  std::string lines;
  for (int i = 1; i <= 1000; ++i)
    lines += (i == 500 ? R"({"resourceType":"Observation","id":"o500","a":1,"a":2})" : observation(i)) + "\n";
  std::string what = refusal(lines);
  EXPECT_NE(what.find(", line 500, byte "), std::string::npos) << what;
  EXPECT_NE(what.find("nothing of this file is imported"), std::string::npos) << what;
  EXPECT_NE(about(log_->size() - 1).find(R"("aborted":"invalid")"), std::string::npos);
  EXPECT_FALSE(vault_->record("p1", {"Observation", "o1"}));
  EXPECT_TRUE(import_text(observation(1))) << "and the vault goes on";
}

TEST_F(ImportTest, ErrorsNamePlaceAndHoldNoContent) {
  std::string what =
      refusal(kPatient + "\n\n" + R"({"resourceType":"Observation","id":"SECRET","subject":{"display":"SECRET"}})");
  EXPECT_NE(what.find(fmt::format(", line 3, byte {}, resource 2: names its patient in a way", kPatient.size() + 2)),
            std::string::npos)
      << what;
  EXPECT_EQ(what.find("SECRET"), std::string::npos);
  EXPECT_NE(refusal(kPatient + "\n" + kPatient.substr(0, 50)).find("truncated"), std::string::npos);
  EXPECT_NE(refusal(kPatient + "\n" +
                    R"({"resourceType":"Observation","id":"x","subject":{"reference":"Patient/p1"},"valueInteger":)" +
                    std::string(65, '9') + "}")
                .find("number"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"resourceType":"Patient","id":"x","multipleBirthInteger":)" + std::string(30, '9') + "}")
                .find("64 bits"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"exportId":"x"})").find("resourceType"), std::string::npos);
  EXPECT_NE(
      refusal(R"({"resourceType":"Patient","id":"p","name":")" + std::string("\xc4\xe3\xba\xc3") + "\"}").find("UTF-8"),
      std::string::npos)
      << "GBK";
}

TEST_F(ImportTest, WhatCannotBeOpenedLeavesNoEntry) {
  auto r = import(folder_ / "absent");
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, Code::kNotFound);
  EXPECT_EQ(log_->size(), 0u);
}

TEST_F(ImportTest, NothingIsStoredWithoutAnEntry) {
  BrokenLog broken;
  auto r = import_file({*vault_, broken, map_, labels_, office_key_, clock_, random_}, file(kPatient), "li.na", {});
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, Code::kUnavailable);
  EXPECT_EQ(vault_->record_count(), 0u);
}

TEST_F(ImportTest, ARecordStaysWithItsPatient) {
  ASSERT_TRUE(import_text(kPatient + observation(1)));
  auto r = import_text(observation(2) + "\n" + observation(1, "p2"));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, Code::kConflict);
  EXPECT_NE(r.error().what.find("line 2"), std::string::npos);
  EXPECT_EQ(vault_->record_count(), 2u);
}

TEST_F(ImportTest, ImportingAgainMakesVersions) {
  ASSERT_TRUE(import_text(kPatient));
  ASSERT_TRUE(import_text(kPatient));
  EXPECT_EQ(vault_->record_count(), 1u);
  EXPECT_EQ(must(vault_->record("p1", {"Patient", "p1"})).version, 2u);
}

TEST_F(ImportTest, EntriesMayReferForward) {
  std::string bundle =
      R"({"resourceType":"Bundle","entry":[)"
      R"({"fullUrl":"urn:uuid:b","resource":{"resourceType":"Binary","contentType":"text/plain","data":"aGk="}},)"
      R"({"fullUrl":"urn:uuid:d","resource":{"resourceType":"DocumentReference","status":"current",)"
      R"("subject":{"reference":"urn:uuid:p"},"content":[{"attachment":{"url":"urn:uuid:b"}}]}},)"
      R"({"fullUrl":"urn:uuid:e","resource":{"resourceType":"Encounter","status":"in-progress",)"
      R"("subject":{"reference":"urn:uuid:p"},)"
      R"("participant":[{"individual":{"reference":"urn:uuid:q"}}]}},)"
      R"({"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"mother-1"}},)"
      R"({"fullUrl":"urn:uuid:q","resource":{"resourceType":"Practitioner","id":"d-9"}}]})";
  std::string twice = bundle.substr(0, bundle.size() - 2) +
                      R"(,{"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"other"}}]})";
  EXPECT_NE(refusal(twice).find("contradict"), std::string::npos);

  auto summary = import_text(bundle);
  ASSERT_TRUE(summary) << summary.error().what;
  EXPECT_EQ(summary->resources, 5u);
  EXPECT_TRUE(vault_->record("mother-1", {"Binary", "b"}));
  EXPECT_TRUE(vault_->record("mother-1", {"DocumentReference", "d"}));
  auto patient = must(vault_->patient("mother-1"));
  ASSERT_EQ(patient.ties.size(), 1u);
  EXPECT_EQ(patient.ties[0].actor, "Practitioner/d-9");
  EXPECT_FALSE(must(vault_->patient("p")).known) << "nobody is called by the uuid";
  EXPECT_EQ(log_->size(), 4u);

  std::string orphan = R"({"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:b",)"
                       R"("resource":{"resourceType":"Binary","data":"aGk="}}]})";
  EXPECT_NE(refusal(orphan).find("securityContext"), std::string::npos);
}

TEST_F(ImportTest, AParentIsGuardianOfAMinorKnownFromAnotherFile) {
  ASSERT_TRUE(import_text(R"({"resourceType":"Patient","id":"kid","birthDate":"2020-01-01"})"));
  std::string mother = R"({"resourceType":"RelatedPerson","id":"r","patient":{"reference":"Patient/kid"},)"
                       R"("relationship":[{"coding":[{"code":"MTH"}]}]})";
  ASSERT_TRUE(import_text(observation(1, "kid") + "\n" + mother));
  auto ties = must(vault_->patient("kid")).ties;
  ASSERT_EQ(ties.size(), 1u);
  EXPECT_EQ(ties[0].relation, words::Relation::kGuardian);
  EXPECT_EQ(ties[0].actor, "RelatedPerson/r");
  EXPECT_TRUE(ties[0].certain);
  EXPECT_LT(ties[0].until_ms, *parse_fhir_time("2038-01-02"));
}

TEST_F(ImportTest, TellsProgressInBytesOfTheFile) {
  std::string lines = kPatient + "\n";
  for (int i = 0; i < 4000; ++i)
    lines += R"({"resourceType":"Observation","id":"o)" + std::to_string(i) +
             R"(","subject":{"reference":"Patient/p1"},"note":[{"text":")" + std::string(1000, 'x') + "\"}]}\n";
  std::string packed(ZSTD_compressBound(lines.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), lines.data(), lines.size(), 3));
  fs::path path = file(packed);
  std::vector<Progress> seen;
  auto summary = import(path, [&](const Progress& p) { seen.push_back(p); });
  ASSERT_TRUE(summary) << summary.error().what;
  EXPECT_EQ(summary->resources, 4001u);
  ASSERT_GE(seen.size(), 4u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end(), [](auto& a, auto& b) { return a.bytes_done < b.bytes_done; }));
  EXPECT_EQ(seen.back().bytes_done, packed.size());
  EXPECT_EQ(seen.back().bytes_all, packed.size());
  EXPECT_EQ(seen.back().resources, 4001u);
}

// What of the data nobody here wrote cannot be imported, and why. Everything else must be, whole.
struct Refusal {
  std::string_view file, why;
};
constexpr Refusal kRefusals[] = {
    {"log.ndjson.zst", "resourceType"},  // the log of a bulk export is no FHIR
    {"contained-basic.json", "no id"},   // a Condition without id and subject
    {"contained-in-bundle.json", "names no patient"},
    {"Contract-R4.json", "names no patient"},
    {"Binary-f006.json", "securityContext"},                    // a photo of whom?
    {"QuestionnaireResponse-3141.json", "contained resource"},  // its patient has no identity outside
    {"Person-f002.json", "cannot be followed"},                 // linked to a RelatedPerson only
};

TEST_F(ImportTest, EveryFileOfTheCorpora) {
  fs::path corpora = fs::path(ZHIMI_SOURCE_DIR) / "testdata/fhir";
  ASSERT_TRUE(fs::is_directory(corpora));
  size_t files = 0;
  uint64_t resources = 0;
  std::vector<std::string_view> refused;
  for (const auto& entry : fs::recursive_directory_iterator(corpora)) {
    std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || name == "SOURCE.md" || name == "LICENSE") continue;
    ++files;
    const Refusal* known =
        std::find_if(std::begin(kRefusals), std::end(kRefusals), [&](const Refusal& r) { return r.file == name; });
    auto summary = import(entry.path());
    if (known == std::end(kRefusals)) {
      EXPECT_TRUE(summary) << summary.error().what;
      if (summary) resources += summary->resources;
    } else {
      ASSERT_FALSE(summary) << name;
      EXPECT_NE(summary.error().what.find(known->why), std::string::npos) << summary.error().what;
      refused.push_back(known->file);
    }
  }
  EXPECT_EQ(refused.size(), std::size(kRefusals));
  EXPECT_GE(files, 70u);
  EXPECT_GE(resources, 7000u);
  EXPECT_TRUE(must(vault_->patient("d88f994a-5efa-421d-9c40-5f116d2114a6")).known);
}

}  // namespace
}  // namespace zhimi::intake
