#include "vault/vault.h"

#include <set>

#include "base/limits.h"
#include "vault/relabel.h"
#include "vault/test_home.h"

namespace zhimi::vault {
namespace {

using words::Label, words::Relation;
using LabelSet = words::Set<Label>;

constexpr std::string_view kMother = R"({"resourceType":"Patient","id":"p-1","name":[{"text":"林晓月"}]})";

NewRecord mother() {
  return {.id = {"Patient", "p-1"},
          .patient = "p-1",
          .json = kMother,
          .labels = {Label::kVip},
          .birth_ms = 631'152'000'000};
}
Tie attending(std::string actor) {
  return {.relation = Relation::kAttending, .actor = std::move(actor), .author = "Practitioner/d-9"};
}

struct VaultTest : testing::Test {
  Folder folder;
  Home home = Home::make(folder.path);
  Vault& vault() { return *home.vault; }
};

TEST_F(VaultTest, RecordsComeBack) {
  NewRecord place{.id = {"Location", "ward-3"}, .patient = "", .json = R"({"resourceType":"Location"})"};
  must(home.put(mother()));
  must(home.put(observation("ob-1", "p-1", R"({"a":1})")));
  must(home.put(place));
  EXPECT_EQ(must(home.read("p-1", {"Patient", "p-1"})), kMother);
  EXPECT_EQ(must(home.read("p-1", {"Observation", "ob-1"})), R"({"a":1})");
  EXPECT_EQ(must(home.read("", {"Location", "ward-3"})), place.json);
  EXPECT_EQ(vault().record_count(), 3u);
  home = Home::open(folder.path);
  EXPECT_EQ(must(home.read("p-1", {"Patient", "p-1"})), kMother);
  EXPECT_EQ(must(home.read("", {"Location", "ward-3"})), place.json);
  EXPECT_EQ(vault().record_count(), 3u);
}

TEST_F(VaultTest, SizesFromOneByteToTheLimitComeBack) {
  for (size_t size : {size_t{1}, size_t{2}, size_t{255}, size_t{256}, size_t{65'536}, limits::kResourceBytes}) {
    std::string json(size, 'x');
    must(home.put(observation("big", "p-1", json)));
    EXPECT_EQ(must(home.read("p-1", {"Observation", "big"})), json);
  }
  EXPECT_EQ(code_of(home.put(observation("big", "p-1", std::string(limits::kResourceBytes + 1, 'x')))),
            code_name(Code::kTooLarge));
  EXPECT_EQ(must(vault().record("p-1", {"Observation", "big"})).version, 6u);
}

TEST_F(VaultTest, OpeningAppendsAndLeavesRoomToReadBeyond) {
  must(home.put(observation("ob-1", "p-1", "12345")));
  Bytes out = to_bytes("before");
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(must(open_record(vault(), home.receipt("p-1"), "p-1", {"Observation", "ob-1"}, out)), 5u);
    ASSERT_GE(out.capacity(), out.size() + 64);
  }
  EXPECT_EQ(out.size(), 6u + 500u);
  EXPECT_EQ(text(out).substr(0, 11), "before12345");
}

TEST_F(VaultTest, PatientFactsTellWhatIsKnown) {
  PatientFacts nobody = must(vault().patient("p-1"));
  EXPECT_FALSE(nobody.known);
  EXPECT_EQ(nobody.mac, vault().patient_mac("p-1"));
  EXPECT_EQ(nobody.number, 0u);
  EXPECT_TRUE(nobody.id.empty());

  must(home.put(observation("ob-1", "p-1", "{}")));
  EXPECT_EQ(must(vault().patient("p-1")).birth_ms, INT64_MIN) << "an observation may come before its patient";
  must(home.put(mother()));
  PatientFacts facts = must(vault().patient("p-1"));
  EXPECT_TRUE(facts.known);
  EXPECT_EQ(facts.id, "p-1");
  EXPECT_EQ(facts.birth_ms, 631'152'000'000);
  EXPECT_EQ(facts.labels, LabelSet{Label::kVip});
  EXPECT_EQ(facts.mac, nobody.mac);
  EXPECT_NE(facts.number, 0u);

  must(home.put({.id = {"Patient", "p-2"}, .patient = "p-2", .json = "{}"}));
  EXPECT_NE(must(vault().patient("p-2")).number, facts.number);
  home = Home::open(folder.path);
  EXPECT_EQ(must(vault().patient("p-1")).number, facts.number);
  EXPECT_EQ(must(vault().patient("p-1")).birth_ms, facts.birth_ms);
}

TEST_F(VaultTest, TiesAreTheUnionOverCurrentVersions) {
  NewRecord encounter{.id = {"Encounter", "e-1"},
                      .patient = "p-1",
                      .json = "{}",
                      .ties = {attending("Practitioner/d-1"), attending("Practitioner/d-2")}};
  NewRecord order{.id = {"ServiceRequest", "s-1"}, .patient = "p-1", .json = "{}"};
  order.ties = {{.relation = Relation::kOrdered, .department = "ultrasound", .from_ms = 5, .until_ms = 9}};
  must(home.put(encounter));
  must(home.put(order));
  must(home.put(observation("ob-1", "p-1", "{}")));
  must(home.put({.id = {"Encounter", "e-2"}, .patient = "p-2", .json = "{}", .ties = {attending("Practitioner/d-3")}}));
  std::vector<Tie> ties = must(vault().patient("p-1")).ties;
  ASSERT_EQ(ties.size(), 3u);
  EXPECT_EQ(ties[0].actor, "Practitioner/d-1");
  EXPECT_EQ(ties[0].author, "Practitioner/d-9");
  EXPECT_EQ(ties[2].department, "ultrasound");
  EXPECT_EQ(ties[2].until_ms, 9);
  EXPECT_TRUE(ties[0].certain);

  encounter.ties.pop_back();
  encounter.gone = true;
  must(home.put(encounter));
  ties = must(vault().patient("p-1")).ties;
  ASSERT_EQ(ties.size(), 2u) << "a tie that the newest version does not prove is no tie";
  EXPECT_FALSE(ties[0].certain) << "entered in error: possible only";
  EXPECT_TRUE(ties[1].certain);

  encounter.ties.clear();
  must(home.put(encounter));
  EXPECT_EQ(must(vault().patient("p-1")).ties.size(), 1u);
}

// The cache is told by the stored change number, so another writer's batch is seen at once.
TEST_F(VaultTest, AnotherVaultsWritesAreSeen) {
  must(home.put({.id = {"Encounter", "e-1"}, .patient = "p-1", .json = "{}", .ties = {attending("Practitioner/d-1")}}));
  EXPECT_EQ(must(vault().patient("p-1")).ties.size(), 1u);
  Home other = Home::open(folder.path);
  must(
      other.put({.id = {"Encounter", "e-2"}, .patient = "p-1", .json = "{}", .ties = {attending("Practitioner/d-2")}}));
  must(other.put(mother()));
  EXPECT_EQ(must(vault().patient("p-1")).ties.size(), 2u);
  EXPECT_EQ(must(vault().patient("p-1")).labels, LabelSet{Label::kVip});
  must(home.put(observation("ob-7", "p-9", "{}")));
  EXPECT_EQ(must(other.read("p-9", {"Observation", "ob-7"})), "{}");
  EXPECT_NE(must(vault().patient("p-9")).number, must(vault().patient("p-1")).number);
}

TEST_F(VaultTest, MorePatientsThanTheCachesHold) {
  auto batch = must(vault().batch());
  auto id = [](int i) { return "p-" + std::to_string(i); };
  constexpr int kPatients = 5000;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < kPatients; ++i)
      must(batch.put({.id = {"Encounter", "e-" + std::to_string(i)},
                      .patient = id(i),
                      .json = "{}",
                      .ties = {attending("Practitioner/d-1")}}));
  must(batch.commit());
  std::set<uint64_t> numbers;
  for (int i = 0; i < kPatients; ++i) {
    PatientFacts facts = must(vault().patient(id(i)));
    numbers.insert(facts.number);
    ASSERT_EQ(facts.ties.size(), 1u);
    ASSERT_EQ(facts.id, id(i));
  }
  EXPECT_EQ(numbers.size(), size_t{kPatients});
  for (int i = 0; i < kPatients; i += 97)
    EXPECT_EQ(must(home.read(id(i), {"Encounter", "e-" + std::to_string(i)})), "{}");
}

TEST_F(VaultTest, MoreTiesThanTheCacheHolds) {
  auto batch = must(vault().batch());
  for (int patient = 0; patient < 5; ++patient)
    for (int i = 0; i < 40; ++i) {
      NewRecord r{.id = {"Encounter", std::to_string(patient) + "-" + std::to_string(i)},
                  .patient = "p-" + std::to_string(patient),
                  .json = "{}"};
      r.ties.assign(500, attending("Practitioner/d-1"));
      must(batch.put(r));
    }
  must(batch.commit());
  for (int round = 0; round < 2; ++round)
    for (int patient = 0; patient < 5; ++patient) {
      const PatientFacts* facts = must(vault().look_at("p-" + std::to_string(patient)));
      EXPECT_EQ(facts->ties.size(), 20'000u);
      EXPECT_EQ(facts->id, "p-" + std::to_string(patient));
    }
}

TEST_F(VaultTest, VersionsCountAndTheNewestIsRead) {
  for (int i = 1; i <= 5; ++i) {
    must(home.put(observation("ob-1", "p-1", "version " + std::to_string(i))));
    EXPECT_EQ(must(vault().record("p-1", {"Observation", "ob-1"})).version, static_cast<uint32_t>(i));
    EXPECT_EQ(must(home.read("p-1", {"Observation", "ob-1"})), "version " + std::to_string(i));
  }
  EXPECT_EQ(vault().record_count(), 1u);
  EXPECT_EQ(home.number("SELECT count(*) FROM version"), 5) << "older versions are kept";
  // And hang together: each points to the one before.
  EXPECT_EQ(home.number("WITH RECURSIVE chain(n) AS (SELECT newest FROM record UNION ALL SELECT previous FROM version, "
                        "chain WHERE number = n) "
                        "SELECT count(*) FROM chain WHERE n > 0"),
            5);
}

TEST_F(VaultTest, ADecisionOnAnOlderVersionDoesNotOpenTheNewer) {
  must(home.put(observation("ob-1", "p-1", "1")));
  uint32_t decided = must(vault().record("p-1", {"Observation", "ob-1"})).version;
  Bytes out;
  EXPECT_EQ(must(open_record(vault(), home.receipt("p-1"), "p-1", {"Observation", "ob-1"}, out, decided)), 1u);
  must(home.put(observation("ob-1", "p-1", "22")));
  EXPECT_EQ(code_of(open_record(vault(), home.receipt("p-1"), "p-1", {"Observation", "ob-1"}, out, decided)),
            code_name(Code::kConflict));
  EXPECT_EQ(out.size(), 1u);
}

TEST_F(VaultTest, LabelsAreSticky) {
  NewRecord r = observation("ob-1", "p-1", "{}");
  r.labels = {Label::kHiv};
  must(home.put(r));
  r.labels = {Label::kReproductive};
  must(home.put(r));
  r.labels = {};
  r.gone = true;
  must(home.put(r));
  EXPECT_EQ(must(vault().record("p-1", r.id)).labels, (LabelSet{Label::kHiv, Label::kReproductive}));
  NewRecord patient = mother();
  must(home.put(patient));
  patient.labels = {Label::kEmployee};
  must(home.put(patient));
  EXPECT_EQ(must(vault().patient("p-1")).labels, (LabelSet{Label::kVip, Label::kEmployee}));
}

TEST_F(VaultTest, RecordsAreListedByTypeInTheOrderOfFirstWriting) {
  auto batch = must(vault().batch());
  for (int i = 0; i < 50; ++i) {
    must(batch.put(observation("ob-" + std::to_string(i * 7 % 50), "p-1", "{}")));
    must(batch.put({.id = {"Condition", "c-" + std::to_string(i)}, .patient = "p-1", .json = "{}"}));
    must(batch.put(observation("other-" + std::to_string(i), "p-2", "{}")));
  }
  must(batch.put(observation("ob-7", "p-1", "{ }")));  // a new version keeps its place
  must(batch.commit());
  auto some = must(vault().records("p-1", "Observation", 10'000));
  ASSERT_EQ(some.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(some[i].id, (RecordId{"Observation", "ob-" + std::to_string(i * 7 % 50)}));
  EXPECT_EQ(some[1].version, 2u);
  EXPECT_EQ(must(vault().records("p-1", "Observation", 3)).size(), 3u);
  EXPECT_EQ(must(vault().records("p-1", "", 10'000)).size(), 100u);
  EXPECT_EQ(must(vault().records("p-1", "Medication", 10)).size(), 0u);
  EXPECT_EQ(must(vault().records("p-3", "Observation", 10)).size(), 0u);
}

TEST_F(VaultTest, ARecordIsFoundUnderItsPatientOnly) {
  must(home.put(observation("ob-1", "p-1", "{}")));
  must(home.put(mother()));
  must(home.put({.id = {"Patient", "p-2"}, .patient = "p-2", .json = "{}"}));
  RecordId id{"Observation", "ob-1"};
  for (std::string patient : {"p-2", "p-3", ""}) {
    EXPECT_EQ(code_of(vault().record(patient, id)), code_name(Code::kNotFound));
    EXPECT_EQ(code_of(home.read(patient, id)), code_name(Code::kNotFound));
  }
  EXPECT_EQ(code_of(vault().record("p-1", {"Observation", "ob-2"})), code_name(Code::kNotFound));
  EXPECT_EQ(code_of(vault().record("p-1", {"Condition", "ob-1"})), code_name(Code::kNotFound));
}

TEST_F(VaultTest, MovingARecordToAnotherPatientIsAConflict) {
  must(home.put(observation("ob-1", "p-1", "mine")));
  {
    auto batch = must(vault().batch());
    must(batch.put(observation("ob-2", "p-2", "new")));
    EXPECT_EQ(code_of(batch.put(observation("ob-1", "p-2", "mine"))), code_name(Code::kConflict));
    EXPECT_EQ(code_of(batch.put(observation("ob-3", "p-2", "late"))), code_name(Code::kConflict))
        << "the batch has ended";
    EXPECT_EQ(code_of(batch.commit()), code_name(Code::kConflict));
  }
  EXPECT_EQ(must(home.read("p-1", {"Observation", "ob-1"})), "mine");
  EXPECT_FALSE(must(vault().patient("p-2")).known) << "nothing of the batch was written";
  EXPECT_EQ(vault().record_count(), 1u);
}

TEST_F(VaultTest, WrongRecordsAreRefusedWhole) {
  NewRecord wrong[] = {observation("", "p-1", "{}"),
                       observation(std::string(65, 'x'), "p-1", "{}"),
                       observation("ob-1", std::string(65, 'x'), "{}"),
                       observation("ob-1", "p-1", ""),
                       {.id = {"", "x"}, .patient = "p-1", .json = "{}"},
                       {.id = {"Patient", "p-2"}, .patient = "p-1", .json = "{}"}};
  for (const NewRecord& r : wrong) EXPECT_EQ(code_of(home.put(r)), code_name(Code::kInvalid));
  EXPECT_EQ(vault().record_count(), 0u);
}

TEST_F(VaultTest, NothingIsVisibleBeforeCommit) {
  Home other = Home::open(folder.path);
  auto batch = must(vault().batch());
  must(batch.put(observation("ob-1", "p-1", "{}")));
  EXPECT_FALSE(must(other.vault->patient("p-1")).known);
  EXPECT_EQ(code_of(vault().patient("p-1")), code_name(Code::kConflict)) << "its own reads wait";
  EXPECT_EQ(code_of(vault().batch()), code_name(Code::kConflict));
  must(batch.commit());
  EXPECT_TRUE(must(other.vault->patient("p-1")).known);
  EXPECT_TRUE(must(vault().patient("p-1")).known);
}

TEST_F(VaultTest, OnlyADisclosureOfThisPatientOpens) {
  must(home.put(observation("ob-1", "p-1", "{}")));
  must(home.put(observation("ob-2", "p-2", "{}")));
  RecordId id{"Observation", "ob-1"};
  using ledger::Kind;
  for (Kind kind : {Kind::kRefusal, Kind::kOutcome, Kind::kImport, Kind::kConfiguration}) {
    Bytes out;
    EXPECT_EQ(code_of(open_record(vault(), home.receipt("p-1", kind), "p-1", id, out)), code_name(Code::kRefused));
    EXPECT_TRUE(out.empty());
  }
  Bytes out;
  EXPECT_EQ(code_of(open_record(vault(), home.receipt("p-2"), "p-1", id, out)), code_name(Code::kRefused));
  EXPECT_EQ(code_of(open_record(vault(), home.receipt(""), "p-1", id, out)), code_name(Code::kRefused));
  EXPECT_EQ(code_of(open_record(vault(), home.receipt("p-2"), "p-2", id, out)), code_name(Code::kNotFound));
  EXPECT_TRUE(out.empty());
}

TEST_F(VaultTest, AnotherMapHidesUntilRelabelled) {
  NewRecord r = observation("ob-1", "p-1", "hiv");
  r.labels = {Label::kGenetic};
  must(home.put(r));
  must(home.put(mother()));
  {
    auto batch = must(vault().batch());
    for (int i = 0; i < 700; ++i)
      must(batch.put(observation("n-" + std::to_string(i), "p-" + std::to_string(i % 300), "plain")));
    must(batch.commit());
  }
  EXPECT_TRUE(must(vault().record("p-1", r.id)).current_map);

  home = Home::open(folder.path, 2, "labels-2");
  EXPECT_FALSE(must(vault().record("p-1", r.id)).current_map);
  EXPECT_EQ(must(vault().patient("p-1")).labels, LabelSet{Label::kVip});
  auto label_of = [](const RecordId& id, std::string_view json) -> Result<LabelSet> {
    if (json == "hiv") return LabelSet{Label::kHiv};
    if (id.type == "Patient") return LabelSet{Label::kEmployee};
    return LabelSet();
  };
  auto failing = [&](const RecordId& id, std::string_view json) -> Result<LabelSet> {
    if (id.id == "n-600") return make_error(Code::kInvalid, "no");
    return label_of(id, json);
  };
  EXPECT_EQ(code_of(relabel(vault(), failing)), code_name(Code::kInvalid));
  EXPECT_FALSE(must(vault().record("p-1", r.id)).current_map) << "all or nothing";
  EXPECT_EQ(must(relabel(vault(), label_of)), 702u);
  EXPECT_EQ(must(relabel(vault(), label_of)), 0u);
  RecordFacts facts = must(vault().record("p-1", r.id));
  EXPECT_TRUE(facts.current_map);
  EXPECT_EQ(facts.labels, (LabelSet{Label::kGenetic, Label::kHiv}));
  EXPECT_EQ(facts.version, 1u);
  EXPECT_EQ(must(vault().patient("p-1")).labels, (LabelSet{Label::kVip, Label::kEmployee})) << "the cache was told";
  EXPECT_EQ(must(home.read("p-1", r.id)), "hiv");
  must(home.put(observation("ob-1", "p-1", "next")));
  EXPECT_EQ(must(vault().record("p-1", r.id)).labels, (LabelSet{Label::kGenetic, Label::kHiv}));
}

// A cloned machine repeats its random bytes; its ciphertexts repeat only where the plaintext does.
TEST_F(VaultTest, RepeatedRandomnessRepeatsNoKeyStream) {
  must(home.put(mother()));
  auto clone = [&](std::string_view json, uint64_t seed) {
    Folder copy;
    for (const char* name : {"provider", "data.db", "data.db-wal", "keyring.db", "keyring.db-wal"})
      if (std::filesystem::exists(folder.path / name)) std::filesystem::copy_file(folder.path / name, copy.path / name);
    Home h = Home::open(copy.path, seed);
    must(h.put(observation("ob-1", "p-1", json)));
    std::pair<std::string, std::string> made;
    must(
        h.data->query("SELECT v.sealed, r.facts FROM record r JOIN version v ON v.number = r.newest WHERE r.number = 2",
                      {}, [&](const store::Row& row) -> Status {
                        made = {hex(row.blob(0)), hex(row.blob(1))};
                        return {};
                      }));
    return made;
  };
  auto a = clone("value 111", 77), same = clone("value 111", 77), b = clone("value 222", 77);
  EXPECT_EQ(a, same);
  // Salt and commitment, 64 bytes after the header of 4, say which key and nonce were used.
  EXPECT_NE(a.first.substr(8, 64), b.first.substr(8, 64));
  EXPECT_NE(a.first.substr(72, 64), b.first.substr(72, 64));
  EXPECT_EQ(a.second, b.second) << "equal facts may be equal";
}

}  // namespace
}  // namespace zhimi::vault
