#include "policy/check.h"

#include <gtest/gtest.h>

namespace zhimi::policy {
namespace {

constexpr std::string_view kPolicy = R"(
permit nurse role ward-nurse relation care-team show name clear, diagnosis clear duty watermark
forbid secrets label hiv cap diagnosis hidden
)";

CheckReport report_of(std::string_view tests) {
  auto policy = parse(kPolicy, "p");
  EXPECT_TRUE(policy) << policy.error().what;
  auto report = run_tests(*policy, tests, "t");
  EXPECT_TRUE(report) << report.error().what;
  return report ? *report : CheckReport{};
}

constexpr std::string_view kComplete = R"(
case own-patient
  rule nurse, secrets
  role ward-nurse step inpatient purpose TREAT relation care-team
  expect only name clear, diagnosis clear
  expect duty watermark
case stranger
  rule nurse
  role ward-nurse step inpatient purpose TREAT
  expect refused
case delicate
  rule secrets
  role ward-nurse step inpatient purpose TREAT relation care-team possibly label hiv
  expect name clear, diagnosis hidden
)";

TEST(Check, CompleteTestsPass) {
  CheckReport report = report_of(kComplete);
  EXPECT_EQ(report.cases, 3u);
  EXPECT_TRUE(report.passed()) << (report.failures.empty() ? report.untested[0] : report.failures[0]);
}

TEST(Check, ChineseWordsAreRead) {
  CheckReport report = report_of(
      "用例 甲 规则 nurse、secrets 角色 病区护士 步骤 住院 目的 治疗 关系 医疗组 期望 仅 姓名 明文、诊断 明文\n"
      "用例 乙 规则 nurse 角色 病区护士 步骤 住院 目的 治疗 期望 拒绝\n"
      "用例 丙 规则 secrets 角色 病区护士 步骤 住院 目的 治疗 关系 医疗组 可能 标签 艾滋病 期望 诊断 隐藏");
  EXPECT_TRUE(report.passed());
}

TEST(Check, DifferencesAreNamed) {
  CheckReport report = report_of(
      "case a rule nurse role ward-nurse step inpatient purpose TREAT relation care-team expect name masked, phone "
      "clear "
      "expect duty reason\n"
      "case b rule nurse role ward-nurse step inpatient purpose TREAT relation care-team expect refused\n"
      "case c rule nurse role ward-nurse step inpatient purpose TREAT relation care-team expect only name clear\n"
      "case d rule nures step inpatient purpose TREAT expect refused");
  std::vector<std::string> expected = {
      "t:1: case a: name expected masked(surname), got clear",
      "t:1: case a: phone expected clear, got hidden",
      "t:1: case a: duty reason is not owed",
      "t:2: case b: expected a refusal, but something is shown",
      "t:3: case c: diagnosis expected hidden, got clear",
      "t:4: case d: the policy has no rule `nures`",
  };
  EXPECT_EQ(report.failures, expected);
}

TEST(Check, SeveralStepsPurposesAndTerminalsAreAskedOneByOne) {
  constexpr std::string_view kNobody =
      "case nobody role student step everything purpose not TREAT terminal workstation, public relation everything "
      "expect refused";
  EXPECT_EQ(report_of(kNobody).failures, std::vector<std::string>());
  CheckReport report = report_of(
      "case nurses role ward-nurse step not queue purpose PATRQT, TREAT terminal everything relation everything expect "
      "refused");
  std::vector<std::string> expected = {
      "t:1: case nurses: registration TREAT workstation: expected a refusal, but something is shown"};
  EXPECT_EQ(report.failures, expected);
}

TEST(Check, RulesWithoutBothKindsOfTestAreNamed) {
  CheckReport report =
      report_of("case stranger rule nurse role ward-nurse step inpatient purpose TREAT expect refused");
  std::vector<std::string> expected = {
      "rule nurse has no passing case where it shows something",
      "rule secrets has no passing case where it takes something away, and none where it takes nothing away and "
      "something is shown",
  };
  EXPECT_EQ(report.untested, expected);
  EXPECT_FALSE(report.passed());
}

TEST(Check, ErrorsNameThePlace) {
  const std::pair<const char*, const char*> wrongs[] = {
      {"cases a", "t:1:1: expected `case`, found `cases`"},
      {"case a rule r step queue purpose TREAT", "t:1:6: case `a` lacks `expect`"},
      {"case a step not queue, quue purpose TREAT", "t:1:24: unknown step `quue`; did you mean `queue`?"},
      {"case a rule r step queue expect refused", "t:1:6: case `a` lacks `purpose`"},
      {"case a rule r step queue step queue", "t:1:26: this case has a `step` clause already"},
      {"case a show name clear", "t:1:8: a case has no `show` clause"},
      {"case a rool r", "t:1:8: expected a clause or the next case, found `rool`"},
      {"case a possibly role patient", "t:1:17: expected `relation` or `label` after `possibly`, found `role`"},
      {"case a expect name clear expect refused", "t:1:33: a refused reader sees nothing"},
      {"case a rule r step queue purpose TREAT expect refused\ncase a",
       "t:2:6: a case called `a` stands above already"},
  };
  for (const auto& [text, error] : wrongs) {
    auto cases = parse_cases(text, "t");
    ASSERT_FALSE(cases) << text;
    EXPECT_TRUE(cases.error().what.starts_with(error)) << cases.error().what;
  }
}

}  // namespace
}  // namespace zhimi::policy
