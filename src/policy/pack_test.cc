// The hospital pack (packs/policies): its own tests, and what must hold over everything one account can reach.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>

#include "policy/check.h"
#include "policy/policy.h"
#include "support/mutants.h"

namespace zhimi::policy {
namespace {

using words::Form, words::FormSet, words::Language;

std::string pack_file(const std::string& name) {
  std::ifstream in(std::string(ZHIMI_SOURCE_DIR) + "/packs/policies/" + name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

const Policy& hospital() {
  static const Policy policy = [] {
    auto parsed = parse(pack_file("hospital.policy"), "hospital.policy");
    EXPECT_TRUE(parsed) << parsed.error().what;
    return parsed ? *parsed : Policy{};
  }();
  return policy;
}

template <class Word, class F>
void each_word(F&& f) {
  for (size_t i = 0; i < words::Kind<Word>::count; ++i) f(static_cast<Word>(i));
}

TEST(Pack, BothLanguagesAreTheSamePolicyInCanonicalLayout) {
  auto chinese = parse(pack_file("hospital.zh.policy"), "hospital.zh.policy");
  ASSERT_TRUE(chinese) << chinese.error().what;
  EXPECT_EQ(*chinese, hospital());
  EXPECT_EQ(format(hospital(), Language::kEnglish), pack_file("hospital.policy"));
  EXPECT_EQ(format(hospital(), Language::kChinese), pack_file("hospital.zh.policy"))
      << "made by: zhimi policy format packs/policies/hospital.policy --lang zh";
}

TEST(Pack, ItsOwnTestsPassAndLeaveNoRuleOut) {
  auto report = run_tests(hospital(), pack_file("hospital.test"), "hospital.test");
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->failures, std::vector<std::string>());
  EXPECT_EQ(report->untested, std::vector<std::string>());
}

TEST(Pack, CoversAllStepsAndEveryRole) {
  Set<Step> steps;
  Set<Role> roles;
  for (const Rule& rule : hospital().rules) {
    roles = roles | rule.roles;
    if (rule.kind != Rule::Kind::kPermit) continue;
    steps = steps | rule.steps;
    EXPECT_FALSE(rule.roles.empty()) << rule.name << ": a permit for everybody";
  }
  EXPECT_EQ(steps, Set<Step>::all());
  EXPECT_EQ(roles, Set<Role>::all());
}

// Calls f(question) for every step, purpose and terminal with each of these facts.
template <class F>
void each_question(Set<Role> roles, const std::vector<Set<Relation>>& relations, const std::vector<Set<Label>>& labels,
                   F&& f) {
  Question q{.roles = roles};
  for (Set<Relation> held : relations)
    for (Set<Label> label : labels) {
      q.facts = {.relations_definitely = held, .labels_definitely = label};
      q.facts.settle();
      each_word<Step>([&](Step s) {
        each_word<Purpose>([&](Purpose p) {
          each_word<Terminal>([&](Terminal t) {
            q.step = s, q.purpose = p, q.terminal = t;
            f(static_cast<const Question&>(q));
          });
        });
      });
    }
}

std::vector<Set<Relation>> all_relations() {
  std::vector<Set<Relation>> relations{{}, Set<Relation>::all()};
  each_word<Relation>([&](Relation r) { relations.push_back({r}); });
  return relations;
}

// No label, and each that a permit asks for: any other only lets forbids take more away.
std::vector<Set<Label>> widening_labels() {
  Set<Label> asked;
  for (const Rule& rule : hospital().rules)
    if (rule.kind == Rule::Kind::kPermit) asked = asked | rule.labels;
  std::vector<Set<Label>> labels{{}};
  asked.each([&](Label l) { labels.push_back({l}); });
  return labels;
}

// Each relation proven alone, none, and all at once. Since permits join, what these show together is all that an
// account of these roles can ever be shown.
template <class F>
void each_question(Set<Role> roles, F&& f) {
  each_question(roles, all_relations(), widening_labels(), f);
}

const Snapshot& snapshot() {
  static const auto compiled = Snapshot::compile(hospital(), Digest{});
  return *compiled;
}

Table reach(Set<Role> roles) {
  Table all;
  each_question(roles, [&](const Question& q) { all.join(snapshot().compute(q).table); });
  return all;
}

const Table& reach_of(Role role) {
  static const std::vector<Table> all = [] {
    std::vector<Table> tables;
    each_word<Role>([&](Role r) { tables.push_back(reach({r})); });
    return tables;
  }();
  return all[static_cast<size_t>(role)];
}

FormSet up_to(Category category, std::initializer_list<Form> forms) {
  FormSet all = words::kHidden;
  for (Form f : forms) all |= words::closure(category, f);
  return all;
}

TEST(Reach, NobodySeesWhatTheirWorkNeverNeeds) {
  struct Never {
    std::vector<Role> roles;
    Category category;
    std::initializer_list<Form> at_most;
  };
  using R = Role;
  using C = Category;
  const std::vector<R> outsiders{R::kContractor, R::kPartnerApp, R::kInsurer, R::kVolunteer, R::kQueueScreen};
  const std::vector<R> desks{R::kRegistrationClerk, R::kQueueScreen,   R::kVolunteer,  R::kBillingClerk,
                             R::kTriageNurse,       R::kPartnerApp,    R::kContractor, R::kInsurer,
                             R::kDataSteward,       R::kPrivacyOfficer};
  const Never nevers[] = {
      {outsiders, C::kName, {Form::kMaskedSurname}},
      {outsiders, C::kAddress, {}},
      {outsiders, C::kNote, {}},
      {outsiders, C::kDiagnosis, {}},
      {outsiders, C::kBirthDate, {}},
      {outsiders, C::kRelative, {}},
      {{R::kContractor, R::kInsurer}, C::kIdNumber, {Form::kToken}},
      {{R::kContractor}, C::kName, {}},
      {{R::kContractor}, C::kLink, {Form::kToken}},
      {{R::kPartnerApp}, C::kPhone, {Form::kDial}},
      {{R::kPartnerApp, R::kVolunteer, R::kQueueScreen}, C::kIdNumber, {}},
      {{R::kResearcher}, C::kName, {Form::kToken}},
      {{R::kResearcher}, C::kIdNumber, {Form::kToken}},
      {{R::kResearcher}, C::kRecordNumber, {Form::kToken}},
      {{R::kResearcher}, C::kLink, {Form::kToken}},
      {{R::kResearcher}, C::kBirthDate, {Form::kCoarseYear}},
      {{R::kResearcher}, C::kEventDate, {Form::kCoarseMonth}},
      {{R::kResearcher}, C::kNote, {}},
      {{R::kResearcher}, C::kDocument, {}},
      {{R::kResearcher}, C::kPhone, {}},
      {{R::kRegistrationClerk, R::kBillingClerk, R::kTriageNurse, R::kDataSteward, R::kPrivacyOfficer},
       C::kDiagnosis,
       {}},
      {{R::kRegistrationClerk}, C::kPhone, {Form::kMaskedTail}},
      {{R::kRegistrationClerk, R::kInsuranceOfficer}, C::kIdNumber, {Form::kMaskedTail}},
      {{R::kRegistrationClerk, R::kBillingClerk, R::kWardNurse, R::kHeadNurse, R::kPharmacist, R::kTechnician,
        R::kLabTechnician, R::kTriageNurse, R::kTransferCoordinator, R::kCoder, R::kInsuranceOfficer,
        R::kInfectionControl, R::kStudent},
       C::kNote,
       {}},
      {{R::kPhysician, R::kEmergencyPhysician, R::kConsultant, R::kWardNurse, R::kHeadNurse, R::kMidwife,
        R::kPharmacist},
       C::kIdNumber,
       {}},
      {{R::kPhysician, R::kEmergencyPhysician, R::kWardNurse, R::kHeadNurse, R::kMidwife, R::kTransferCoordinator},
       C::kPhone,
       {Form::kDial}},
      {{R::kQualityControl, R::kCoder, R::kPrivacyOfficer, R::kStudent}, C::kName, {Form::kMaskedSurname}},
      {{R::kTechnician, R::kLabTechnician}, C::kBirthDate, {Form::kCoarseYear}},
  };
  for (const Never& never : nevers)
    for (Role role : never.roles) {
      FormSet seen = reach_of(role)[never.category];
      EXPECT_TRUE(words::at_most(seen, up_to(never.category, never.at_most)))
          << words::name(role) << " can reach " << words::name(never.category) << " "
          << words::describe(never.category, seen);
    }
  for (Role role : desks)
    for (Category c : {C::kObservation, C::kImaging, C::kGenomics, C::kQuestionnaire})
      EXPECT_EQ(reach_of(role)[c], words::kHidden) << words::name(role);
}

TEST(Reach, TheQueueScreenSeesASurnameAndATicket) {
  Table expected;
  expected[Category::kStructure] = words::clear(Category::kStructure);
  expected[Category::kName] = words::closure(Category::kName, Form::kMaskedSurname);
  expected[Category::kTicket] = words::clear(Category::kTicket);
  EXPECT_EQ(reach_of(Role::kQueueScreen), expected);
}

TEST(Reach, AdministratorsSeeNothingWhateverElseTheyAre) {
  for (Role admin : {Role::kSystemAdministrator, Role::kSecurityAdministrator}) {
    EXPECT_TRUE(reach_of(admin).hides_everything());
    each_word<Role>([&](Role other) {
      each_question({admin, other}, [&](const Question& q) {
        if (q.facts.relations_definitely.has(Relation::kSelf)) return;
        ASSERT_TRUE(snapshot().compute(q).refused()) << words::name(other);
      });
    });
  }
  for (Category c : {Category::kName, Category::kIdNumber, Category::kPhone, Category::kDiagnosis, Category::kNote,
                     Category::kEncounter})
    EXPECT_EQ(reach_of(Role::kAuditAdministrator)[c], words::kHidden);
}

// GB 11643: a resident number holds the birth date, so the masked number and the clear date give most of it away.
TEST(Reach, NobodyJoinsAMaskedNumberWithABirthDate) {
  each_word<Role>([&](Role role) {
    FormSet number = reach_of(role)[Category::kIdNumber], birth = reach_of(role)[Category::kBirthDate];
    bool whole = number == words::clear(Category::kIdNumber);
    bool masked = words::at_most(words::closure(Category::kIdNumber, Form::kMaskedTail), number) && !whole;
    EXPECT_FALSE(masked && birth == words::clear(Category::kBirthDate)) << words::name(role);
  });
}

// GB/T 39725-2020 section 6.2: at level 5 the same department is not enough.
TEST(Reach, LevelFiveIsForTheAttendingPhysician) {
  const Set<Relation> tied{Relation::kDepartment, Relation::kCareTeam, Relation::kOnDuty, Relation::kScheduled,
                           Relation::kConsulted};
  each_word<Role>([&](Role role) {
    for (Label label : {Label::kPsychiatric, Label::kHiv, Label::kSti, Label::kGenetic})
      for (bool certain : {true, false})
        each_word<Step>([&](Step s) {
          each_word<Purpose>([&](Purpose p) {
            if (p == Purpose::kEtreat) return;
            Question q{.roles = {role}, .step = s, .purpose = p};
            q.facts.relations_definitely = tied;
            q.facts.relations_possibly = tied | Set<Relation>{Relation::kAttending};
            (certain ? q.facts.labels_definitely : q.facts.labels_possibly) = {label};
            EXPECT_TRUE(snapshot().compute(q).refused()) << words::name(role) << " " << words::name(label);
          });
        });
  });
}

TEST(Reach, ProxiesNeverSeeDelicateRecords) {
  std::vector<Set<Label>> delicate;
  Set<Label>::all().without({Label::kMinor, Label::kVip, Label::kEmployee}).each([&](Label l) {
    delicate.push_back({l});
  });
  each_word<Role>([&](Role role) {
    each_question({role}, {{Relation::kProxy}, {Relation::kProxy, Relation::kGuardian}}, delicate,
                  [&](const Question& q) { ASSERT_TRUE(snapshot().compute(q).refused()) << words::name(role); });
  });
}

TEST(Reach, MarketingSeesNothing) {
  each_word<Role>([&](Role role) {
    each_question({role}, [&](const Question& q) {
      if (q.purpose != Purpose::kHmarkt) return;
      ASSERT_TRUE(snapshot().compute(q).refused()) << words::name(role);
    });
  });
}

// The antenatal visit of an expectant mother: known to who treats her and to nobody who sells.
TEST(Reach, AnAntenatalVisitStaysAmongThoseWhoTreat) {
  for (Role role : {Role::kRegistrationClerk, Role::kQueueScreen, Role::kContractor, Role::kPartnerApp, Role::kInsurer,
                    Role::kVolunteer, Role::kStudent})
    each_question({role}, all_relations(), {{Label::kReproductive}},
                  [&](const Question& q) { ASSERT_TRUE(snapshot().compute(q).refused()) << words::name(role); });
}

bool shows_more(const Policy& mutant, const Policy& policy) {
  bool more = false;
  auto leaky = Snapshot::compile(mutant, Digest{});
  auto honest = Snapshot::compile(policy, Digest{});
  each_word<Role>([&](Role role) {
    if (!more)
      each_question({role}, [&](const Question& q) {
        if (more) return;
        Table a = leaky->compute(q).table, b = honest->compute(q).table;
        for (size_t i = 0; i < words::kTableSize; ++i) more |= !words::at_most(a.raw()[i], b.raw()[i]);
      });
  });
  return more;
}

TEST(Mutants, EachLeaks) {
  auto mutants = testing::leaky_mutants(hospital());
  EXPECT_GE(mutants.size(), 6u);
  for (const auto& [name, mutant] : mutants) EXPECT_TRUE(shows_more(mutant, hospital())) << name;
}

TEST(Mutants, CarelessFactsShowMore) {
  Question q{.roles = {Role::kPhysician}, .step = Step::kPrescribing, .purpose = Purpose::kTreat};
  q.facts.relations_possibly = {Relation::kAttending};
  EXPECT_TRUE(snapshot().compute(q).refused());
  q.facts = testing::possible_is_proven(q.facts);
  EXPECT_FALSE(snapshot().compute(q).refused());

  q.facts = {.relations_definitely = {Relation::kCareTeam}, .labels_possibly = {Label::kHiv}};
  EXPECT_TRUE(snapshot().compute(q).refused());
  q.facts = testing::unproven_is_absent(q.facts);
  EXPECT_FALSE(snapshot().compute(q).refused());
}

// Every way of dropping a rule, or one clause or exception or category of it.
std::vector<std::pair<std::string, Policy>> small_mutants(const Policy& policy) {
  std::vector<std::pair<std::string, Policy>> mutants;
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    auto change = [&](std::string what, auto&& f) {
      Policy mutant = policy;
      f(mutant.rules[i]);
      if (!(mutant == policy)) mutants.emplace_back(policy.rules[i].name + ": " + what, std::move(mutant));
    };
    Policy without = policy;
    without.rules.erase(without.rules.begin() + static_cast<ptrdiff_t>(i));
    mutants.emplace_back(policy.rules[i].name + ": dropped", std::move(without));
    change("any role", [](Rule& r) { r.roles = {}; });
    change("any step", [](Rule& r) { r.steps = {}; });
    change("any purpose", [](Rule& r) { r.purposes = {}; });
    change("any terminal", [](Rule& r) { r.terminals = {}; });
    change("any relation", [](Rule& r) { r.relations = {}; });
    change("any department", [](Rule& r) { r.same_department = false; });
    change("any label", [](Rule& r) { r.labels = {}; });
    change("no exceptions", [](Rule& r) { r.unless_relations = {}, r.unless_purposes = {}, r.unless_roles = {}; });
    change("no duties", [](Rule& r) { r.duties = {}; });
    change("everything", [](Rule& r) { r.table = r.kind == Rule::Kind::kPermit ? Table::everything() : Table(); });
  }
  return mutants;
}

TEST(Mutants, ThePacksOwnTestsNoticeSmallOnes) {
  std::string tests = pack_file("hospital.test");
  auto mutants = small_mutants(hospital());
  std::vector<std::string> unnoticed;
  for (const auto& [name, mutant] : mutants) {
    auto report = run_tests(mutant, tests, "hospital.test");
    ASSERT_TRUE(report);
    if (report->passed()) unnoticed.push_back(name);
  }
  EXPECT_LE(unnoticed.size() * 20, mutants.size())
      << unnoticed.size() << " of " << mutants.size() << " unnoticed: " << ::testing::PrintToString(unnoticed);
}

}  // namespace
}  // namespace zhimi::policy
