// Decisions: from the cache, and computed, at 100 and 10,000 rules.
#include <fmt/format.h>

#include "base/random.h"
#include "policy/policy.h"
#include "report.h"

namespace zhimi::bench {

namespace {

using namespace zhimi::policy;

template <class Word>
Set<Word> some(SeededRandom& random, int most) {
  Set<Word> set;
  for (uint64_t n = 1 + random.below(static_cast<uint64_t>(most)); n; --n)
    set.add(static_cast<Word>(random.below(words::Kind<Word>::count)));
  return set;
}

// Shaped as hospital packs are: permits name role, step, purpose and mostly a relation; one rule in four is a cap on a
// label.
Rule random_rule(SeededRandom& random, size_t number) {
  Rule rule;
  rule.name = fmt::format("r{}", number);
  bool forbid = number % 4 == 3;
  rule.kind = forbid ? Rule::Kind::kForbid : Rule::Kind::kPermit;
  rule.table = forbid ? Table::everything() : Table();
  if (forbid) {
    rule.labels = some<Label>(random, 3);
    rule.unless_relations = some<Relation>(random, 2);
  } else {
    rule.roles = some<Role>(random, 2);
    rule.steps = some<Step>(random, 2);
    rule.purposes = some<Purpose>(random, 2);
    if (random.below(4)) rule.relations = some<Relation>(random, 3);
    rule.duties = some<Duty>(random, 1);
  }
  for (int i = 0; i < 12; ++i) {
    Category c = static_cast<Category>(1 + random.below(words::Kind<Category>::count - 1));
    rule.table[c] = forbid ? words::kHidden : words::clear(c);
  }
  return rule;
}

std::shared_ptr<const Snapshot> snapshot_of(size_t rules) {
  SeededRandom random(7);
  Policy policy;
  for (size_t i = 0; i < rules; ++i) policy.rules.push_back(random_rule(random, i));
  return Snapshot::compile(std::move(policy), Digest{});
}

std::vector<Question> questions(size_t count) {
  SeededRandom random(11);
  std::vector<Question> all(count);
  for (Question& q : all) {
    q.roles = some<Role>(random, 2);
    q.step = static_cast<Step>(random.below(words::Kind<Step>::count));
    q.purpose = static_cast<Purpose>(random.below(words::Kind<Purpose>::count));
    q.terminal = static_cast<Terminal>(random.below(words::Kind<Terminal>::count));
    q.facts.relations_definitely = some<Relation>(random, 2);
    if (random.below(2)) q.facts.labels_definitely = some<Label>(random, 2);
    q.facts.settle();
  }
  return all;
}

volatile uint32_t kept;

}  // namespace

void bench_policy(Report& report) {
  constexpr size_t kAsked = 1024;  // a busy hour's different questions
  const std::vector<Question> asked = questions(kAsked);
  for (size_t rules : {size_t{100}, size_t{10'000}}) {
    auto snapshot = snapshot_of(rules);
    for (const Question& q : asked) snapshot->decide(q);
    double hit_ns = ns_per_op([&](size_t n) {
      uint32_t sum = 0;
      for (size_t i = 0; i < n; ++i) sum += static_cast<uint32_t>(snapshot->decide(asked[i % kAsked]).duties.bits());
      kept = sum;
    });
    double miss_ns = ns_per_op([&](size_t n) {
      uint32_t sum = 0;
      for (size_t i = 0; i < n; ++i) sum += static_cast<uint32_t>(snapshot->compute(asked[i % kAsked]).duties.bits());
      kept = sum;
    });
    double slow_ns = ns_per_op([&](size_t n) {
      uint32_t sum = 0;
      for (size_t i = 0; i < n; ++i)
        sum += static_cast<uint32_t>(decide_slowly(snapshot->policy(), asked[i % kAsked]).duties.bits());
      kept = sum;
    });
    report.row(fmt::format("policy: decision, cached, {} rules", rules), hit_ns, "ns", "<= 50 ns", hit_ns / 50,
               hit_ns <= 50);
    report.row(fmt::format("policy: decision, computed, {} rules (rule by rule: {:.1f} us)", rules, slow_ns / 1000),
               miss_ns / 1000, "us", "<= 20 us", miss_ns / slow_ns, miss_ns <= 20'000);
  }
}

}  // namespace zhimi::bench
