#include <gtest/gtest.h>

#include "base/text.h"
#include "policy/policy.h"
#include "policy/random_policy.h"

namespace zhimi::policy {
namespace {

using words::Language;

TEST(Format, RoundTripsInBothLanguages) {
  uint64_t seed = fresh_seed();
  SCOPED_TRACE("ZHIMI_SEED=" + std::to_string(seed));
  SeededRandom random(seed);
  for (int i = 0; i < 500; ++i) {
    Policy policy = random_policy(random, 1 + random.below(6));
    if (policy.name.empty()) policy.note.clear();
    for (Language language : {Language::kEnglish, Language::kChinese}) {
      std::string text = format(policy, language);
      auto again = parse(text, "p");
      ASSERT_TRUE(again) << again.error().what << "\n" << text;
      ASSERT_EQ(*again, policy) << text;
      ASSERT_EQ(format(*again, language), text);
    }
  }
}

TEST(Format, LaysOutOneClauseALine) {
  auto policy =
      parse("# why\nforbid a terminal public unless role patient, purpose treat cap name masked or token policy", "p");
  ASSERT_FALSE(policy);
  policy = parse("policy p # why\nforbid a terminal public unless role patient, purpose treat cap name masked or token",
                 "p");
  ASSERT_TRUE(policy) << policy.error().what;
  EXPECT_EQ(format(*policy, Language::kEnglish), R"(policy p

# why
forbid a
  terminal public
  unless role patient or purpose TREAT
  cap name masked(surname) or token
)");
  EXPECT_EQ(format(*policy, Language::kChinese), R"(策略 p

# why
禁止 a
  终端 公共终端
  除非 角色 患者 或 目的 治疗
  上限 姓名 掩码(姓氏) 或 代号
)");
}

TEST(Format, NoLineIsTooWideForReview) {
  Rule rule{.name = "wide"};
  rule.table = Table::everything();
  for (int i = 1; i < 30; ++i) rule.table[static_cast<Category>(i)] = words::kHidden;
  for (Language language : {Language::kEnglish, Language::kChinese}) {
    std::string text = format({.rules = {rule}}, language);
    for (std::string_view line : split(text, '\n')) EXPECT_LE(display_width(line), 100u) << line;
  }
}

}  // namespace
}  // namespace zhimi::policy
