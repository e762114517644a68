#include "policy/explain.h"

#include <gtest/gtest.h>

#include "policy/random_policy.h"

namespace zhimi::policy {
namespace {

using words::Language;

std::shared_ptr<const Snapshot> ward() {
  auto snapshot = Snapshot::compile(R"(permit ward-nurse
  role ward-nurse step inpatient purpose TREAT relation care-team department same
  show name clear, phone dial duty watermark
forbid vip label vip unless relation attending cap everything hidden)",
                                    "p");
  EXPECT_TRUE(snapshot) << snapshot.error().what;
  return *snapshot;
}

Question nurse() {
  Question q{.roles = {Role::kWardNurse}, .step = Step::kInpatient, .purpose = Purpose::kTreat};
  q.facts.relations_definitely = {Relation::kCareTeam, Relation::kDepartment};
  return q;
}

TEST(Explain, APermit) {
  EXPECT_EQ(explain(*ward(), nurse(), Language::kEnglish),
            "shown: name clear, phone dial\n"
            "permitted by: ward-nurse (line 1)\n"
            "duties: watermark\n");
  EXPECT_EQ(explain(*ward(), nurse(), Language::kChinese),
            "显示：姓名 明文、联系方式 代拨\n"
            "许可规则：ward-nurse（第 1 行）\n"
            "责任：水印\n");
}

TEST(Explain, ARefusalNamesWhatWasMissingAndTheLeastChange) {
  Question q = nurse();
  q.facts.relations_definitely = {};
  q.step = Step::kBilling;
  EXPECT_EQ(explain(*ward(), q, Language::kEnglish),
            "refused: no rule permits it\n"
            "not permitted by ward-nurse: it needs step inpatient; relation care-team; department same\n"
            "least change: step inpatient; relation care-team; relation department\n");
}

TEST(Explain, APossibleFactIsNamedAsSuch) {
  Question q = nurse();
  q.facts.relations_definitely = {Relation::kDepartment};
  q.facts.relations_possibly = {Relation::kCareTeam, Relation::kDepartment};
  std::string text = explain(*ward(), q, Language::kEnglish);
  EXPECT_NE(text.find("relation care-team (only possible so far)"), text.npos) << text;
  EXPECT_NE(text.find("least change: relation care-team\n"), text.npos) << text;
}

TEST(Explain, ACapThatTakesAllIsNamed) {
  Question q = nurse();
  q.facts.labels_possibly = {Label::kVip};
  std::string text = explain(*ward(), q, Language::kEnglish);
  EXPECT_TRUE(text.starts_with("refused: caps take away all that is permitted\n")) << text;
  EXPECT_NE(text.find("capped by: vip (line 4)"), text.npos) << text;
  EXPECT_NE(text.find("least change: relation attending\n"), text.npos) << text;
}

TEST(Explain, SaysWhenNothingHelpsAndNamesNobodyElsesRules) {
  Question q = nurse();
  q.roles = {Role::kContractor};
  EXPECT_EQ(explain(*ward(), q, Language::kEnglish),
            "refused: no rule permits it\n"
            "least change: none: no step, purpose, terminal or relation opens this to the role\n");
}

// Applying the change opens; and no single step, purpose, terminal or relation would have done when the change is
// dearer.
TEST(Explain, TheLeastChangeOpensAndIsLeast) {
  uint64_t seed = fresh_seed();
  SCOPED_TRACE("ZHIMI_SEED=" + std::to_string(seed));
  SeededRandom random(seed);
  int opened = 0;
  for (int i = 0; i < 150; ++i) {
    Policy policy = random_policy(random, 1 + random.below(5));
    auto snapshot = Snapshot::compile(policy, Digest{});
    Question q = random_question(random);
    if (!decide_slowly(policy, q).refused()) {
      EXPECT_FALSE(least_change(*snapshot, q));
      continue;
    }
    auto change = least_change(*snapshot, q);
    if (!change) continue;
    ++opened;
    ASSERT_FALSE(decide_slowly(policy, change->apply(q)).refused());
    int parts = change->step.has_value() + change->purpose.has_value() + change->terminal.has_value() +
                change->relations.size();
    if (parts == 1) continue;
    for (size_t s = 0; s < words::Kind<Step>::count; ++s)
      ASSERT_TRUE(decide_slowly(policy, Change{.step = static_cast<Step>(s)}.apply(q)).refused());
    for (size_t p = 0; p < words::Kind<Purpose>::count; ++p)
      ASSERT_TRUE(decide_slowly(policy, Change{.purpose = static_cast<Purpose>(p)}.apply(q)).refused());
    for (size_t t = 0; t < words::Kind<Terminal>::count; ++t)
      ASSERT_TRUE(decide_slowly(policy, Change{.terminal = static_cast<Terminal>(t)}.apply(q)).refused());
  }
  EXPECT_GT(opened, 10);
}

}  // namespace
}  // namespace zhimi::policy
