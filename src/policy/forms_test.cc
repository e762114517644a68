// The algebra of forms: whatever policies are built on it, order and repetition of rules cannot matter.
#include <gtest/gtest.h>

#include "policy/random_policy.h"

namespace zhimi::words {
namespace {

std::vector<Category> categories() {
  std::vector<Category> all;
  for (size_t i = 0; i < Kind<Category>::count; ++i) all.push_back(static_cast<Category>(i));
  return all;
}

// Every set that unions of closures can reach, which are all that rules can grant.
std::vector<FormSet> reachable(Category category) {
  std::vector<FormSet> all{kHidden};
  for (size_t f = 0; f < Kind<Form>::count; ++f) {
    FormSet closed = closure(category, static_cast<Form>(f));
    for (size_t i = 0, n = all.size(); closed && i < n; ++i) {
      FormSet joined = static_cast<FormSet>(all[i] | closed);
      if (std::find(all.begin(), all.end(), joined) == all.end()) all.push_back(joined);
    }
  }
  return all;
}

TEST(Forms, ClosuresAreClosed) {
  for (Category c : categories()) {
    for (size_t f = 0; f < Kind<Form>::count; ++f) {
      FormSet closed = closure(c, static_cast<Form>(f));
      if (!closed) continue;
      EXPECT_TRUE(closed >> f & 1) << name(c) << " " << f;
      EXPECT_TRUE(at_most(closed, clear(c))) << name(c);
      // Whatever is below a form brings all that is below it.
      for (size_t g = 0; g < Kind<Form>::count; ++g)
        if (closed >> g & 1) {
          EXPECT_NE(closure(c, static_cast<Form>(g)), kHidden) << name(c);
          EXPECT_TRUE(at_most(closure(c, static_cast<Form>(g)), closed)) << name(c);
        }
      EXPECT_EQ(rendering(c, closed), static_cast<Form>(f)) << name(c) << ": a form alone is rendered as itself";
    }
    EXPECT_EQ(rendering(c, kHidden), std::nullopt);
  }
}

TEST(Forms, JoinAndMeetAreALatticeOfReachableSets) {
  for (Category c : categories()) {
    auto sets = reachable(c);
    for (FormSet a : sets)
      for (FormSet b : sets) {
        FormSet join = static_cast<FormSet>(a | b), meet = static_cast<FormSet>(a & b);
        EXPECT_NE(std::find(sets.begin(), sets.end(), join), sets.end()) << name(c);
        EXPECT_NE(std::find(sets.begin(), sets.end(), meet), sets.end())
            << name(c) << ": a meet shows no form without what is below it";
        EXPECT_EQ(a | (a & b), a);
        EXPECT_EQ(a & (a | b), a);
        for (FormSet d : sets) {
          EXPECT_EQ((a | b) | d, a | (b | d));
          EXPECT_EQ((a & b) & d, a & (b & d));
          EXPECT_EQ(a & (b | d), (a & b) | (a & d));
          if (at_most(a, b)) {
            EXPECT_TRUE(at_most(static_cast<FormSet>(a | d), static_cast<FormSet>(b | d)));
            EXPECT_TRUE(at_most(static_cast<FormSet>(a & d), static_cast<FormSet>(b & d)));
          }
        }
      }
  }
}

TEST(Forms, UndeclaredMeetsAreHidden) {
  auto form = [](Category c, Form f) { return closure(c, f); };
  EXPECT_EQ(form(Category::kName, Form::kToken) & form(Category::kName, Form::kMaskedSurname), kHidden);
  EXPECT_EQ(form(Category::kPhone, Form::kDial) & form(Category::kPhone, Form::kMaskedTail), kHidden);
  EXPECT_EQ(form(Category::kBirthDate, Form::kCoarseYear) & form(Category::kBirthDate, Form::kCoarseMonth),
            form(Category::kBirthDate, Form::kCoarseYear));
}

}  // namespace
}  // namespace zhimi::words
