#include <gtest/gtest.h>

#include <set>

#include "base/limits.h"
#include "policy/lex.h"
#include "policy/policy.h"

namespace zhimi::policy {
namespace {

using words::Language;

std::string error_of(std::string_view text) {
  auto policy = parse(text, "p");
  return policy ? "no error" : policy.error().what;
}

TEST(Parse, ReadsTheDesignsExample) {
  auto policy = parse(R"(
permit ward-nurse
  role ward-nurse   step inpatient   purpose TREAT   relation care-team   department same
  show name clear, phone dial, diagnosis clear
  duty watermark

forbid psychiatric-notes
  label psychiatric   unless relation attending or purpose ETREAT
  cap note hidden, diagnosis hidden
)",
                      "p");
  ASSERT_TRUE(policy) << policy.error().what;
  ASSERT_EQ(policy->rules.size(), 2u);
  const Rule& permit = policy->rules[0];
  EXPECT_EQ(permit.line, 2);
  EXPECT_EQ(permit.roles, Set<Role>{Role::kWardNurse});
  EXPECT_TRUE(permit.same_department);
  EXPECT_EQ(permit.duties, Set<Duty>{Duty::kWatermark});
  EXPECT_EQ(permit.table[Category::kPhone], words::closure(Category::kPhone, words::Form::kDial));
  EXPECT_EQ(permit.table[Category::kNote], words::kHidden);
  EXPECT_EQ(permit.table[Category::kStructure], words::clear(Category::kStructure));
  const Rule& forbid = policy->rules[1];
  EXPECT_EQ(forbid.unless_relations, Set<Relation>{Relation::kAttending});
  EXPECT_EQ(forbid.unless_purposes, Set<Purpose>{Purpose::kEtreat});
  EXPECT_EQ(forbid.table[Category::kNote], words::kHidden);
  EXPECT_EQ(forbid.table[Category::kName], words::clear(Category::kName));
}

TEST(Parse, ChineseEnglishAndMixedMeanTheSame) {
  const char* texts[] = {
      "permit n role ward-nurse, head-nurse step inpatient purpose treat terminal workstation relation care-team or "
      "attending "
      "department same label oncology unless relation self or role student show name masked(surname), birth-date "
      "coarse(month) "
      "duty reason",
      "许可 n 角色 病区护士、护士长 步骤 住院 目的 治疗 终端 工作站 关系 医疗组 或 主管 科室 同科 标签 肿瘤 除非 关系 "
      "本人 或 角色 实习生 "
      "显示 姓名 掩码（姓氏），出生日期 概略(月) 责任 说明理由",
      "permit n\u3000角色 head-nurse，病区护士\r\n\tstep 住院 purpose TREAT 终端 workstation relation attending, "
      "医疗组 department 同科 "
      "label 肿瘤 unless role 实习生, relation 本人 show 姓名 masked(姓氏) , 出生日期 coarse 责任 reason"};
  auto first = parse(texts[0], "p");
  ASSERT_TRUE(first) << first.error().what;
  for (const char* text : texts) {
    auto policy = parse(text, "p");
    ASSERT_TRUE(policy) << policy.error().what;
    EXPECT_EQ(*policy, *first) << text;
  }
}

TEST(Parse, BareFormsAreTheFinestAndFormsCombine) {
  auto policy = parse("permit a show address coarse, birth-date coarse, phone masked, name token or masked", "p");
  ASSERT_TRUE(policy) << policy.error().what;
  const Table& table = policy->rules[0].table;
  EXPECT_EQ(table[Category::kAddress], words::closure(Category::kAddress, words::Form::kCoarseCity));
  EXPECT_EQ(table[Category::kBirthDate], words::closure(Category::kBirthDate, words::Form::kCoarseMonth));
  EXPECT_EQ(table[Category::kPhone], words::closure(Category::kPhone, words::Form::kMaskedTail));
  EXPECT_EQ(table[Category::kName], words::closure(Category::kName, words::Form::kToken) |
                                        words::closure(Category::kName, words::Form::kMaskedSurname));
}

TEST(Parse, EverythingIsADefaultThatItemsOverride) {
  auto policy = parse("permit a show everything clear, note hidden forbid b cap everything hidden, name masked", "p");
  ASSERT_TRUE(policy) << policy.error().what;
  EXPECT_EQ(policy->rules[0].table[Category::kNote], words::kHidden);
  EXPECT_EQ(policy->rules[0].table[Category::kPhone], words::clear(Category::kPhone));
  EXPECT_EQ(policy->rules[1].table[Category::kPhone], words::kHidden);
  EXPECT_EQ(policy->rules[1].table[Category::kName], words::closure(Category::kName, words::Form::kMaskedSurname));
}

struct Wrong {
  const char* text;
  const char* error;  // from the start
};

TEST(Parse, ErrorsNamePlaceAndRemedy) {
  const Wrong wrongs[] = {
      {"", "p:1:1: no rules"},
      {"# only a comment\n", "p:2:1: no rules"},
      {"permti a show name clear", "p:1:1: expected `permit` or `forbid`, found `permti`; did you mean `permit`?"},
      {"许克 a", "p:1:1: expected `permit` or `forbid`, found `许克`; did you mean `许可`?"},
      {"permit", "p:1:7: a rule needs a name before the end of the file"},
      {"permit role patient show name clear", "p:1:8: a rule needs a name before `role`"},
      {"permit a;b show name clear", "p:1:8: the name `a;b` may hold"},
      {"permit a\n  role ward-nures show name clear", "p:2:8: unknown role `ward-nures`; did you mean `ward-nurse`?"},
      {"许可 甲\n  角色 病区护土 显示 姓名 明文", "p:2:6: unknown role `病区护土`; did you mean `病区护士`?"},
      {"permit a role attending show name clear", "p:1:15: `attending` is a relation, not a role"},
      {"permit a step inpatient, show name clear", "p:1:26: a step is missing before `show`"},
      {"permit a purpose TREET show name clear", "p:1:18: unknown purpose `TREET`; did you mean `TREAT`?"},
      {"permit a terminal", "p:1:18: a terminal is missing before the end of the file"},
      {"permit a relation self, self show name clear", "p:1:25: `self` is named twice"},
      {"permit a label hib show name clear", "p:1:16: unknown label `hib`; did you mean `hiv`?"},
      {"permit a department other show name clear", "p:1:21: expected `same` after `department`, found `other`"},
      {"permit a rolle patient show name clear",
       "p:1:10: expected a clause or the next rule, found `rolle`; did you mean `role`?"},
      {"permit a role patient role student show name clear", "p:1:23: this rule has a `role` clause already"},
      {"permit a show name clear show phone dial", "p:1:26: this rule has a `show` clause already"},
      {"permit a show name clear, name token", "p:1:27: `name` is named twice"},
      {"permit a show everything clear, everything clear", "p:1:33: `everything` is named twice"},
      {"permit a show nam clear", "p:1:15: unknown category `nam`; did you mean `name`?"},
      {"permit a show gender masked", "p:1:22: gender has no form `masked`: it has clear and hidden"},
      {"permit a show phone masked(surname)",
       "p:1:21: phone has no form `masked(surname)`: it has clear, dial, masked(tail) and hidden"},
      {"permit a show phone coarse", "p:1:21: phone has no form `coarse`"},
      {"permit a show phone masked(tail", "p:1:32: `)` is missing before the end of the file"},
      {"permit a show phone masked(,)", "p:1:28: a word is missing before `,`"},
      {"permit a show phone", "p:1:20: say how phone is shown: clear, dial, masked(tail) and hidden"},
      {"permit a show name clear or token", "p:1:29: one of these forms contains the other"},
      {"permit a show name hidden", "p:1:15: `name` is hidden unless shown"},
      {"permit a show everything token", "p:1:26: everything is `clear` or `hidden`, not `token`"},
      {"permit a show everything hidden", "p:1:15: `show everything hidden` does nothing"},
      {"permit a show everything clear, name clear", "p:1:33: `name` is clear with everything already"},
      {"permit a show structure clear", "p:1:15: structure goes with anything shown"},
      {"permit a show name clear,", "p:1:26: a category is missing before the end of the file"},
      {"permit a role patient", "p:1:8: the permit `a` shows nothing: add a `show` clause"},
      {"permit a cap name token", "p:1:10: a permit caps nothing: write `show`"},
      {"forbid a role patient", "p:1:8: the forbid `a` caps nothing: add a `cap` clause"},
      {"forbid a show name clear", "p:1:10: a forbid shows nothing: write `cap`"},
      {"forbid a cap name clear", "p:1:14: a cap of `name` at clear takes nothing away"},
      {"forbid a cap everything clear", "p:1:14: `cap everything clear` does nothing"},
      {"forbid a cap everything hidden, name hidden", "p:1:33: `name` is hidden with everything already"},
      {"forbid a cap name hidden duty reason", "p:1:26: duties belong to permits"},
      {"permit a show name clear\npermit a show name clear", "p:2:8: a rule called `a` stands above already"},
      {"permit a unless name show name clear", "p:1:17: an exception is a role, step, purpose, relation or label"},
      {"permit a unless terminal public show name clear", "p:1:17: a terminal is no exception"},
      {"permit a unless role patient or role patient show name clear", "p:1:38: `patient` is named twice"},
      {"permit a role patient unless role patient show name clear", "p:1:23: rule `a` never applies"},
      {"permit a relation self unless relation self, guardian show name clear", "p:1:24: rule `a` never applies"},
      {"permit a department same unless department same show name clear", "p:1:26: rule `a` never applies"},
      {"\npermit a relation none department same show name clear", "p:2:1: rule `a` never applies"},
      {"never role contractor sees id-number above token",
       "p:1:1: claims (`never`) are not supported yet in this version"},
      {"permit a show name clear\natleast role pharmacist sees allergy clear",
       "p:2:1: claims (`atleast`) are not supported yet"},
      {"绝不 角色", "p:1:1: claims (`绝不`) are not supported yet"},
      {"permit a show name clear policy p", "p:1:26: `policy NAME` stands once, before all rules"},
      {"policy\npermit a show name clear", "p:2:1: a policy needs a name before `permit`"},
      {"permit a show name \xff", "p:1:20: this byte is not UTF-8"},
      {"许可 \xe5\x8f", "p:1:4: this byte is not UTF-8"},
      {"permit a\x01 show name clear", "p:1:9: the invisible character U+0001"},
      {"permit a # \u202e\nshow name clear", "p:1:12: the invisible character U+202E"},
      {"permit a\u200b show name clear", "p:1:9: the invisible character U+200B"},
      {"permit ( show name clear", "p:1:8: a rule needs a name before `(`"},
  };
  for (const Wrong& wrong : wrongs) {
    std::string error = error_of(wrong.text);
    EXPECT_TRUE(error.starts_with(wrong.error))
        << wrong.text << "\n  expected " << wrong.error << "\n  got      " << error;
  }
}

TEST(Parse, BoundsHold) {
  std::string big(limits::kPolicyBytes + 1, ' ');
  auto policy = parse(big, "p");
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().code, Code::kTooLarge);

  std::string many;
  for (size_t i = 0; i <= limits::kPolicyRules; ++i) many += "permit r" + std::to_string(i) + " show name clear\n";
  policy = parse(many, "p");
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().code, Code::kTooLarge);

  // A megabyte on one line, without a separator and with nothing else: quoted short.
  for (std::string_view before :
       {"", "permit ", "permit a role ", "permit a show name ", "permit a show name masked("}) {
    std::string error = error_of(std::string(before) + std::string(size_t{1} << 20, 'x'));
    EXPECT_LT(error.size(), 400u);
    EXPECT_NE(error, "no error");
  }
}

TEST(Parse, NamesAreBounded) {
  EXPECT_EQ(error_of("permit " + std::string(64, 'a') + " show name clear"), "no error");
  EXPECT_TRUE(
      error_of("permit " + std::string(65, 'a') + " show name clear").starts_with("p:1:8: a name has at most 64"));
}

TEST(Lex, EveryKeywordHasItsOwnNamesAndNoWordTakesThem) {
  std::set<std::string_view> seen;
  for (int i = 1; i <= static_cast<int>(Keyword::kNot); ++i)
    for (Language language : {Language::kEnglish, Language::kChinese}) {
      Keyword keyword = static_cast<Keyword>(i);
      std::string_view word = name(keyword, language);
      EXPECT_TRUE(seen.insert(word).second) << word;
      EXPECT_EQ(find_keyword(word), keyword);
      EXPECT_FALSE(words::find<Role>(word) || words::find<Step>(word) || words::find<Purpose>(word) ||
                   words::find<Terminal>(word) || words::find<Label>(word) || words::find<Duty>(word) ||
                   words::find<Category>(word))
          << word;
    }
}

}  // namespace
}  // namespace zhimi::policy
