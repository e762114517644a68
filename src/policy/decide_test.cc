#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/limits.h"
#include "policy/policy.h"
#include "policy/random_policy.h"

namespace zhimi::policy {
namespace {

bool shows_no_more(const Table& less, const Table& more) {
  for (size_t i = 0; i < words::kTableSize; ++i)
    if (!words::at_most(less.raw()[i], more.raw()[i])) return false;
  return true;
}

TEST(Decide, FastIsSlow) {
  uint64_t seed = fresh_seed();
  SCOPED_TRACE("ZHIMI_SEED=" + std::to_string(seed));
  SeededRandom random(seed);
  for (int i = 0; i < 400; ++i) {
    // Beyond 64 rules of a kind the index takes more than one word.
    Policy policy = random_policy(random, i % 10 ? random.below(20) : 300);
    auto snapshot = Snapshot::compile(policy, Digest{});
    for (int k = 0; k < 60; ++k) {
      Question q = random_question(random);
      Decision slow = decide_slowly(policy, q);
      ASSERT_EQ(snapshot->compute(q), slow) << format(policy, words::Language::kEnglish);
      ASSERT_EQ(snapshot->decide(q), slow);
      ASSERT_EQ(&snapshot->decide(q), &snapshot->decide(q)) << "interned";
    }
  }
}

// Takes knowledge away: something definite becomes only possible, or something new becomes possible.
Question know_less(SeededRandom& random, Question q) {
  if (random.below(2)) q.facts.relations_definitely.remove(any_word<Relation>(random));
  if (random.below(2)) q.facts.labels_definitely.remove(any_word<Label>(random));
  if (random.below(2)) q.facts.relations_possibly.add(any_word<Relation>(random));
  if (random.below(2)) q.facts.labels_possibly.add(any_word<Label>(random));
  q.facts.settle();
  return q;
}

TEST(Decide, KnowingLessNeverShowsMore) {
  uint64_t seed = fresh_seed();
  SCOPED_TRACE("ZHIMI_SEED=" + std::to_string(seed));
  SeededRandom random(seed);
  for (int i = 0; i < 1000; ++i) {
    Policy policy = random_policy(random, random.below(12));
    for (int k = 0; k < 20; ++k) {
      Question q = random_question(random), less = know_less(random, q);
      ASSERT_TRUE(shows_no_more(decide_slowly(policy, less).table, decide_slowly(policy, q).table))
          << format(policy, words::Language::kEnglish);
    }
  }
}

TEST(Decide, ADroppedPermitOrAnAddedForbidNeverShowsMore) {
  uint64_t seed = fresh_seed();
  SCOPED_TRACE("ZHIMI_SEED=" + std::to_string(seed));
  SeededRandom random(seed);
  for (int i = 0; i < 1000; ++i) {
    Policy wide = random_policy(random, 1 + random.below(8)), narrow = wide;
    auto at = static_cast<ptrdiff_t>(random.below(wide.rules.size()));
    Policy& shorter = wide.rules[at].kind == Rule::Kind::kPermit ? narrow : wide;
    shorter.rules.erase(shorter.rules.begin() + at);
    for (int k = 0; k < 20; ++k) {
      Question q = random_question(random);
      ASSERT_TRUE(shows_no_more(decide_slowly(narrow, q).table, decide_slowly(wide, q).table));
    }
  }
}

TEST(Decide, OrderOfRulesDoesNotMatter) {
  uint64_t seed = fresh_seed();
  SCOPED_TRACE("ZHIMI_SEED=" + std::to_string(seed));
  SeededRandom random(seed);
  for (int i = 0; i < 500; ++i) {
    Policy policy = random_policy(random, 2 + random.below(8)), shuffled = policy;
    for (size_t k = shuffled.rules.size(); k > 1; --k)
      std::swap(shuffled.rules[k - 1], shuffled.rules[random.below(k)]);
    for (int k = 0; k < 20; ++k) {
      Question q = random_question(random);
      Decision a = decide_slowly(policy, q), b = decide_slowly(shuffled, q);
      ASSERT_EQ(a.table, b.table);
      ASSERT_EQ(a.duties, b.duties);
      ASSERT_EQ(a.forbids.size(), b.forbids.size());
    }
  }
}

TEST(Facts, NoneIsDerivedAndCannotBeClaimed) {
  Facts facts;
  facts.settle();
  EXPECT_TRUE(facts.relations_definitely.has(Relation::kNone));
  EXPECT_TRUE(facts.relations_possibly.has(Relation::kNone));
  facts.relations_possibly.add(Relation::kAttending);
  facts.settle();
  EXPECT_FALSE(facts.relations_definitely.has(Relation::kNone));
  EXPECT_TRUE(facts.relations_possibly.has(Relation::kNone));
  facts.relations_definitely.add(Relation::kAttending);
  facts.settle();
  EXPECT_FALSE(facts.relations_possibly.has(Relation::kNone));

  Facts partly{.relations_definitely = {Relation::kSelf}, .labels_definitely = {Label::kHiv}};
  partly.settle();
  EXPECT_TRUE(partly.relations_possibly.has(Relation::kSelf)) << "what is definite is possible";
  EXPECT_TRUE(partly.labels_possibly.has(Label::kHiv));

  auto snapshot = Snapshot::compile("permit strangers relation none show ticket clear", "p");
  ASSERT_TRUE(snapshot);
  Question q;
  EXPECT_FALSE((*snapshot)->decide(q).refused()) << "facts need not be settled by the caller";
  q.facts.relations_possibly.add(Relation::kSelf);
  q.facts.relations_definitely.add(Relation::kNone);
  EXPECT_TRUE((*snapshot)->decide(q).refused());
}

TEST(Decide, StructureFollowsTheRest) {
  auto snapshot = Snapshot::compile("permit a show name clear forbid b label hiv cap name hidden", "p");
  ASSERT_TRUE(snapshot);
  Question q;
  EXPECT_EQ((*snapshot)->decide(q).table[Category::kStructure], words::clear(Category::kStructure));
  q.facts.labels_possibly.add(Label::kHiv);
  EXPECT_TRUE((*snapshot)->decide(q).refused()) << "an empty record tells that it exists";
}

TEST(Decide, WordsOutsideTheListsAreRefused) {
  auto snapshot = Snapshot::compile("permit a show everything clear", "p");
  ASSERT_TRUE(snapshot);
  Question q;
  q.step = static_cast<Step>(200);
  EXPECT_TRUE((*snapshot)->decide(q).refused());
  q = {};
  q.roles = Set<Role>::of_bits(~uint64_t{0});
  q.facts.labels_definitely = Set<Label>::of_bits(~uint64_t{0});
  EXPECT_FALSE((*snapshot)->decide(q).refused());
}

TEST(Snapshot, DigestIsOfTheText) {
  auto a = Snapshot::compile("permit a show name clear", "p"), b = Snapshot::compile("permit a show name clear", "q"),
       c = Snapshot::compile("permit a show name clear ", "p");
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ((*a)->digest(), (*b)->digest());
  EXPECT_NE((*a)->digest(), (*c)->digest());
  EXPECT_EQ((*a)->policy().rules[0].name, "a");
}

// One permit a role and one forbid a label: more different decisions than a snapshot may hold.
Policy prolific() {
  Policy policy;
  for (size_t r = 0; r < words::Kind<Role>::count; ++r) {
    Rule rule{.name = "p" + std::to_string(r), .roles = {static_cast<Role>(r)}};
    rule.table[static_cast<Category>(1 + r)] = words::clear(static_cast<Category>(1 + r));
    policy.rules.push_back(rule);
  }
  return policy;
}

Question numbered(uint64_t number) {
  Question q;
  q.roles = Set<Role>::of_bits(1 + number);
  return q;
}

TEST(Snapshot, MemoryIsBoundedAndAnswersStayRightWhenFull) {
  Policy policy = prolific();
  auto snapshot = Snapshot::compile(policy, Digest{});
  constexpr uint64_t kAsked = limits::kDecisionCache * 2;
  std::vector<const Decision*> early;
  for (uint64_t i = 0; i < kAsked; ++i) {
    const Decision& d = snapshot->decide(numbered(i));
    if (i < 1000) early.push_back(&d);
    if (i % 997 == 0) {
      ASSERT_EQ(d, decide_slowly(policy, numbered(i))) << i;
    }
  }
  Snapshot::CacheSize size = snapshot->cache_size();
  EXPECT_EQ(size.questions, limits::kDecisionCache);
  EXPECT_EQ(size.decisions, limits::kDecisionCache);
  for (uint64_t i = 0; i < early.size(); ++i) {
    EXPECT_EQ(&snapshot->decide(numbered(i)), early[i]);
    EXPECT_EQ(*early[i], decide_slowly(policy, numbered(i)));
  }
  // As many as one disclosure may ask, all beyond what is interned: none may be overwritten meanwhile.
  std::vector<const Decision*> late;
  for (uint64_t i = 0; i < limits::kDisclosureRecords; ++i) late.push_back(&snapshot->decide(numbered(kAsked + i)));
  for (uint64_t i = 0; i < late.size(); ++i) ASSERT_EQ(*late[i], decide_slowly(policy, numbered(kAsked + i))) << i;
  EXPECT_EQ(snapshot->cache_size().decisions, limits::kDecisionCache);
}

TEST(Snapshot, EqualDecisionsAreOneObject) {
  auto snapshot = Snapshot::compile("permit a show name clear", "p");
  ASSERT_TRUE(snapshot);
  const Decision* first = &(*snapshot)->decide({});
  for (uint64_t i = 0; i < 5000; ++i) EXPECT_EQ(&(*snapshot)->decide(numbered(i)), first);
  EXPECT_EQ((*snapshot)->cache_size().decisions, 1u);
}

TEST(Snapshot, ManyThreadsGetTheSameAnswers) {
  uint64_t seed = fresh_seed();
  SCOPED_TRACE("ZHIMI_SEED=" + std::to_string(seed));
  SeededRandom random(seed);
  Policy policy = random_policy(random, 40);
  auto snapshot = Snapshot::compile(policy, Digest{});
  std::vector<Question> questions;
  for (int i = 0; i < 5000; ++i) questions.push_back(random_question(random));
  std::atomic<int> wrong = 0;
  auto ask = [&](size_t from) {
    for (size_t i = 0; i < questions.size(); ++i) {
      const Question& q = questions[(i + from) % questions.size()];
      if (snapshot->decide(q).table != snapshot->compute(q).table) ++wrong;
    }
  };
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t) threads.emplace_back(ask, t * 1250);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace zhimi::policy
