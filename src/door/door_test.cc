#include "door/door.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/limits.h"
#include "door/facts.h"
#include "door/fixture.h"

namespace zhimi::door {
namespace {

using words::Purpose, words::Relation, words::Step;

constexpr char kPolicy[] = R"(
permit doctor
  role physician  step prescribing, inpatient  purpose TREAT  relation attending
  show name clear, phone dial, observation clear, link clear, event-date clear
  duty watermark

permit emergency
  role physician  purpose ETREAT
  show name clear, allergy clear
  duty reason

forbid hiv
  label hiv
  cap observation hidden
)";

std::shared_ptr<const policy::Snapshot> test_policy() {
  auto s = policy::Snapshot::compile(kPolicy, "test.policy");
  if (!s) throw std::runtime_error(s.error().what);
  return *s;
}

// Any physician of the sample hospital.
directory::Subject physician() {
  for (const auto& account : test_directory().accounts())
    if (account.roles == words::Set<words::Role>{words::Role::kPhysician})
      return std::move(*test_directory().subject(account.id, ""));
  throw std::runtime_error("no physician in the sample hospital");
}

class DoorTest : public ::testing::Test {
 protected:
  DoorTest() {
    auto& p = test.source.patients["p1"];
    p.facts.id = "p1";
    p.facts.number = 1;
    p.facts.birth_ms = 0;
    p.facts.ties.push_back({Relation::kAttending, who.references()[0]});
    add("Patient", "p1",
        R"({"resourceType":"Patient","id":"p1","name":[{"text":"林晓雯"}],"telecom":[{"system":"phone","value":"10000000001"}]})");
    add("Observation", "o1", R"({"resourceType":"Observation","id":"o1","status":"final"})");
    add("Observation", "o2", R"({"resourceType":"Observation","id":"o2","status":"final"})", {words::Label::kHiv});
  }
  void add(const char* type, const char* id, const char* json, words::Set<words::Label> labels = {}) {
    test.source.patients["p1"].records.push_back({{{type, id}, 1, labels, true}, json});
  }
  Request request(const char* type = "Patient") {
    return {who, {Step::kPrescribing, Purpose::kTreat, ""}, "p1", type, "", false};
  }
  // Kinds of the entries so far, outcomes included.
  std::vector<ledger::Kind> kinds() {
    EXPECT_TRUE(test.log->checkpoint());
    std::vector<ledger::Kind> out;
    for (uint64_t i = 0; i < test.log->size(); ++i) out.push_back(ledger::parse_leaf(*test.log->leaf(i))->kind);
    return out;
  }

  directory::Subject who = physician();
  TestDoor test{test_policy()};
};

TEST_F(DoorTest, ShowsWhatThePolicyShowsAndRecordsIt) {
  auto d = test.door->disclose_now(request());
  ASSERT_TRUE(d) << d.error().what;
  std::string body(text(d->body()));
  EXPECT_NE(body.find("林晓雯"), std::string::npos);
  EXPECT_EQ(body.find("10000000001"), std::string::npos);
  EXPECT_NE(body.find("dial:"), std::string::npos);
  EXPECT_EQ(d->rules(), std::vector<std::string>{"doctor"});
  EXPECT_NE(d->watermark().find(who.account()), std::string::npos);
  EXPECT_TRUE(d->may_be_incomplete());
  EXPECT_EQ(kinds(), (std::vector{ledger::Kind::kDisclosure, ledger::Kind::kOutcome, ledger::Kind::kHeads}));
  auto entry = test.log->leaf(d->receipt().index());
  auto leaf = ledger::parse_leaf(*entry);
  auto actor = ledger::open_actor(*leaf, test.office_key);
  ASSERT_TRUE(actor);
  EXPECT_NE(actor->find(who.account()), std::string::npos);
  EXPECT_NE(actor->find("\"rules\":[\"doctor\"]"), std::string::npos);
}

TEST_F(DoorTest, WithheldRecordsLeaveNoTrace) {
  auto d = test.door->disclose_now(request("Observation"));
  ASSERT_TRUE(d) << d.error().what;
  EXPECT_EQ(
      text(d->body()),
      R"({"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Observation","id":"o1","status":"final"}}]})");
}

TEST_F(DoorTest, EveryRefusalLooksTheSameAndIsAnEntry) {
  Request not_mine = request();
  test.source.patients["p1"].facts.ties.clear();
  Request unknown = request();
  unknown.patient = "nobody";
  Request hidden = request("Observation");
  hidden.id = "o2";
  Request absent = request("Observation");
  absent.id = "o99";
  Request wrong_step = request();
  wrong_step.context.step = Step::kBilling;
  for (const Request& r : {not_mine, unknown, hidden, absent, wrong_step}) {
    auto d = test.door->disclose_now(r);
    ASSERT_FALSE(d);
    EXPECT_EQ(d.error().code, Code::kRefused);
    EXPECT_EQ(d.error().what, refused().what);
  }
  auto k = kinds();
  EXPECT_EQ(std::count(k.begin(), k.end(), ledger::Kind::kRefusal), 5);
}

TEST_F(DoorTest, MalformedRequestsAreToldApartFromRefusals) {
  Request r = request();
  r.patient = "../etc";
  EXPECT_EQ(test.door->disclose_now(r).error().code, Code::kInvalid);
  r = request("Patients");
  EXPECT_EQ(test.door->disclose_now(r).error().code, Code::kInvalid);
  r = request();
  r.context.reason = std::string(limits::kReasonBytes + 1, 'x');
  EXPECT_EQ(test.door->disclose_now(r).error().code, Code::kInvalid);
}

TEST_F(DoorTest, ReasonIsOwedWhereThePolicyAsks) {
  Request r = request();
  r.context.purpose = Purpose::kEtreat;
  auto without = test.door->disclose_now(r);
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().what.find("--reason"), std::string::npos);
  r.context.reason = "unconscious, allergies unknown";
  EXPECT_TRUE(test.door->disclose_now(r));
}

TEST_F(DoorTest, StaleLabelsHide) {
  for (auto& record : test.source.patients["p1"].records) record.facts.current_map = false;
  EXPECT_EQ(test.door->disclose_now(request()).error().code, Code::kRefused);
}

TEST_F(DoorTest, TiesEndWithTheirTime) {
  test.source.patients["p1"].facts.ties[0].until_ms = kNow;
  EXPECT_EQ(test.door->disclose_now(request()).error().code, Code::kRefused);
  test.source.patients["p1"].facts.ties[0].until_ms = kNow + 1;
  EXPECT_TRUE(test.door->disclose_now(request()));
  test.source.patients["p1"].facts.ties[0].certain = false;
  EXPECT_EQ(test.door->disclose_now(request()).error().code, Code::kRefused);
}

TEST_F(DoorTest, TooMuchForOneAnswerIsRefusedWholeAndTheOutcomeSaysAborted) {
  std::string big = R"({"resourceType":"Observation","id":"big","status":")" + std::string(3 << 20, 'x') + "\"}";
  add("Observation", "big1", big.c_str());
  add("Observation", "big2", big.c_str());
  auto d = test.door->disclose_now(request("Observation"));
  ASSERT_FALSE(d);
  EXPECT_EQ(d.error().code, Code::kTooLarge);
  EXPECT_EQ(kinds(), (std::vector{ledger::Kind::kDisclosure, ledger::Kind::kOutcome, ledger::Kind::kHeads}));
}

// A log that fails, and a source that tells whether it was opened.
class FailingLog final : public ledger::Log {
 public:
  void submit(ledger::SealedEvent, ledger::Done done) override { done(make_error(Code::kUnavailable, "disk full")); }
  Result<std::string> checkpoint() override { return make_error(Code::kUnavailable, "disk full"); }
  uint64_t size() const override { return 0; }
  Result<Bytes> leaf(uint64_t) override { return make_error(Code::kNotFound, "empty"); }
};

class JournalTest : public DoorTest {
 protected:
  JournalTest() {
    folder = std::filesystem::temp_directory_path() / fmt::format("zhimi-door-{}", ::getpid());
    std::filesystem::create_directories(folder);
    journal = std::move(*ledger::Journal::open(folder / "journal", test.office_key, test.random));
    Parts parts{[this] { return test.snapshot; },
                test_map(),
                test.source,
                failing,
                journal.get(),
                test.tokens,
                test.office_key,
                test.clock,
                test.random};
    door = std::make_unique<Door>(std::move(parts));
  }
  ~JournalTest() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder;
  FailingLog failing;
  std::unique_ptr<ledger::Journal> journal;
  std::unique_ptr<Door> door;
};

TEST_F(JournalTest, CareGoesOnByTheJournalAndMergesExactly) {
  auto d = door->disclose_now(request());
  ASSERT_TRUE(d) << d.error().what;
  EXPECT_TRUE(d->receipt().journaled());
  auto merged = journal->merge(*test.log);
  ASSERT_TRUE(merged);
  EXPECT_EQ(kinds(), (std::vector{ledger::Kind::kDisclosure, ledger::Kind::kOutcome, ledger::Kind::kHeads}));
  auto leaf_bytes = test.log->leaf(0);
  EXPECT_EQ(ledger::parse_leaf(*leaf_bytes)->id, d->receipt().id());
}

TEST_F(JournalTest, NothingElseOpensWithoutTheLedger) {
  Request r = request();
  test.source.patients["p1"].facts.ties.clear();
  r.context.purpose = Purpose::kHresch;
  auto d = door->disclose_now(r);
  ASSERT_FALSE(d);
  EXPECT_EQ(d.error().code, Code::kUnavailable);
  EXPECT_TRUE(journal->empty());
}

}  // namespace
}  // namespace zhimi::door
