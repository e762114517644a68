#include "words/words.h"

#include <gtest/gtest.h>

namespace zhimi::words {
namespace {

TEST(Words, EveryWordIsFoundByBothNames) {
  auto both = []<class Word>(Word) {
    for (size_t i = 0; i < Kind<Word>::count; ++i) {
      auto w = static_cast<Word>(i);
      EXPECT_EQ(find<Word>(name(w)), w);
      EXPECT_EQ(find<Word>(name(w, Language::kChinese)), w);
    }
  };
  both(Category{});
  both(Label{});
  both(Step{});
  both(Purpose{});
  both(Terminal{});
  both(Relation{});
  both(Duty{});
  both(Role{});
  both(Form{});
  EXPECT_EQ(find<Step>("inpatiant"), std::nullopt);
  EXPECT_EQ(find<Purpose>("treat"), Purpose::kTreat);
}

// f ≤ g when f can be computed from g: each closure holds what its members' closures hold, and clear holds all.
TEST(Forms, ClosuresAreDownSets) {
  for (size_t c = 0; c < Kind<Category>::count; ++c) {
    auto category = static_cast<Category>(c);
    EXPECT_NE(clear(category), kHidden);
    EXPECT_EQ(rendering(category, clear(category)), Form::kClear);
    EXPECT_EQ(rendering(category, kHidden), std::nullopt);
    for (size_t f = 0; f < Kind<Form>::count; ++f) {
      FormSet set = closure(category, static_cast<Form>(f));
      EXPECT_TRUE(at_most(set, clear(category)));
      for (size_t g = 0; g < Kind<Form>::count; ++g) {
        if (set >> g & 1) {
          EXPECT_TRUE(at_most(closure(category, static_cast<Form>(g)), set)) << name(category);
        }
      }
    }
  }
}

TEST(Forms, JoinAndMeetAreALattice) {
  for (size_t c = 0; c < Kind<Category>::count; ++c) {
    auto category = static_cast<Category>(c);
    std::vector<FormSet> forms{kHidden};
    for (size_t f = 0; f < Kind<Form>::count; ++f) forms.push_back(closure(category, static_cast<Form>(f)));
    for (FormSet a : forms)
      for (FormSet b : forms)
        for (FormSet d : forms) {
          EXPECT_EQ((a | b) | d, a | (b | d));
          EXPECT_EQ((a & b) & d, a & (b & d));
          EXPECT_EQ(a & (a | b), a);
          EXPECT_EQ(a | (a & b), a);
          if (at_most(a, b)) {
            EXPECT_TRUE(at_most(a | d, b | d));
            EXPECT_TRUE(at_most(a & d, b & d));
          }
        }
  }
}

TEST(Forms, WhatIsNotDeclaredIsHidden) {
  EXPECT_EQ(closure(Category::kPhone, Form::kDial) & closure(Category::kPhone, Form::kMaskedTail), kHidden);
  EXPECT_EQ(closure(Category::kGender, Form::kToken), kHidden);
  EXPECT_TRUE(
      at_most(closure(Category::kBirthDate, Form::kCoarseYear), closure(Category::kBirthDate, Form::kCoarseMonth)));
  EXPECT_EQ(describe(Category::kPhone, closure(Category::kPhone, Form::kMaskedTail)), "masked(tail)");
  EXPECT_EQ(describe(Category::kPhone, kHidden, Language::kChinese), "隐藏");
}

TEST(Forms, EveryCategoryHasItsLevelAndClass) {
  for (size_t c = 0; c < Kind<Category>::count; ++c) {
    EXPECT_GE(level(static_cast<Category>(c)), 1);
    EXPECT_LE(level(static_cast<Category>(c)), 5);
    EXPECT_FALSE(name(data_class(static_cast<Category>(c))).empty());
  }
}

}  // namespace
}  // namespace zhimi::words
