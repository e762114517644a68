// Random policies and questions for tests. Small lists of words on purpose, so that rules and questions meet often.
#pragma once

#include <cstdlib>
#include <string>

#include "base/random.h"
#include "policy/policy.h"

namespace zhimi::policy {

// ZHIMI_SEED repeats a run.
inline uint64_t fresh_seed() {
  if (const char* given = std::getenv("ZHIMI_SEED")) return std::strtoull(given, nullptr, 10);
  uint64_t seed = 0;
  SystemRandom().fill({reinterpret_cast<uint8_t*>(&seed), sizeof seed});
  return seed;
}

template <class Word>
Word any_word(SeededRandom& random, size_t among = words::Kind<Word>::count) {
  return static_cast<Word>(random.below(std::min(among, words::Kind<Word>::count)));
}

// Empty half of the time, else up to three words.
template <class Word>
Set<Word> maybe_words(SeededRandom& random, size_t among = words::Kind<Word>::count) {
  Set<Word> set;
  if (random.below(2)) return set;
  for (uint64_t n = 1 + random.below(3); n; --n) set.add(any_word<Word>(random, among));
  return set;
}

// A set of forms of a category as rules can write it.
inline words::FormSet any_forms(SeededRandom& random, Category category) {
  words::FormSet forms = words::kHidden;
  for (uint64_t n = random.below(3); n; --n) forms |= words::closure(category, any_word<words::Form>(random));
  return forms;
}

// Rules as parse() could have read them.
inline Rule random_rule(SeededRandom& random, size_t number) {
  Rule rule;
  rule.kind = random.below(3) ? Rule::Kind::kPermit : Rule::Kind::kForbid;
  bool permit = rule.kind == Rule::Kind::kPermit;
  rule.name = "rule-" + std::to_string(number);
  rule.roles = maybe_words<Role>(random, 4);
  rule.steps = maybe_words<Step>(random, 3);
  rule.purposes = maybe_words<Purpose>(random, 3);
  rule.terminals = maybe_words<Terminal>(random, 3);
  rule.relations = maybe_words<Relation>(random);
  rule.same_department = random.below(6) == 0 && rule.relations != Set<Relation>{Relation::kNone};
  rule.labels = maybe_words<Label>(random, 4);
  auto exceptions = [&](auto wanted, auto set) {
    return wanted.empty() || !wanted.without(set).empty() ? set : decltype(set)();
  };
  if (random.below(2)) rule.unless_relations = exceptions(rule.relations, maybe_words<Relation>(random));
  if (rule.same_department) rule.unless_relations.remove(Relation::kDepartment);
  if (random.below(4) == 0) rule.unless_purposes = exceptions(rule.purposes, maybe_words<Purpose>(random, 3));
  if (random.below(4) == 0) rule.unless_roles = exceptions(rule.roles, maybe_words<Role>(random, 4));
  if (random.below(4) == 0) rule.unless_steps = exceptions(rule.steps, maybe_words<Step>(random, 3));
  if (random.below(4) == 0) rule.unless_labels = exceptions(rule.labels, maybe_words<Label>(random, 4));
  bool wide = random.below(2);
  rule.table = wide ? Table::everything() : Table();
  for (uint64_t n = random.below(8); n; --n) {
    Category c = any_word<Category>(random);
    rule.table[c] = any_forms(random, c);
  }
  // At least one category is shown, or capped.
  rule.table[Category::kName] =
      permit ? words::clear(Category::kName) : words::closure(Category::kName, words::Form::kToken);
  rule.table[Category::kStructure] = words::clear(Category::kStructure);
  if (permit) rule.duties = maybe_words<Duty>(random);
  if (random.below(4) == 0) rule.note = "why\n\n  and how\n";
  return rule;
}

inline Policy random_policy(SeededRandom& random, size_t rules) {
  Policy policy;
  if (random.below(2)) policy.name = "random", policy.note = random.below(2) ? "about\n" : "";
  for (size_t i = 0; i < rules; ++i) policy.rules.push_back(random_rule(random, i));
  return policy;
}

inline Question random_question(SeededRandom& random) {
  Question q;
  q.roles = maybe_words<Role>(random, 5);
  q.step = any_word<Step>(random, 4);
  q.purpose = any_word<Purpose>(random, 4);
  q.terminal = any_word<Terminal>(random, 4);
  q.facts.relations_definitely = maybe_words<Relation>(random);
  q.facts.relations_possibly = q.facts.relations_definitely | maybe_words<Relation>(random);
  q.facts.labels_definitely = maybe_words<Label>(random, 5);
  q.facts.labels_possibly = q.facts.labels_definitely | maybe_words<Label>(random, 5);
  q.facts.settle();
  return q;
}

}  // namespace zhimi::policy
