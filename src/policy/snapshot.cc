#include "crypto/hash.h"
#include "policy/cache.h"
#include "policy/index.h"

namespace zhimi::policy {

namespace {

// Settled, and without bits that stand for no word.
Question normal(Question q) {
  q.roles = q.roles & Set<Role>::all();
  q.facts.relations_definitely = q.facts.relations_definitely & Set<Relation>::all();
  q.facts.relations_possibly = q.facts.relations_possibly & Set<Relation>::all();
  q.facts.labels_definitely = q.facts.labels_definitely & Set<Label>::all();
  q.facts.labels_possibly = q.facts.labels_possibly & Set<Label>::all();
  q.facts.settle();
  return q;
}

bool within_lists(const Question& q) {
  return static_cast<size_t>(q.step) < words::Kind<Step>::count &&
         static_cast<size_t>(q.purpose) < words::Kind<Purpose>::count &&
         static_cast<size_t>(q.terminal) < words::Kind<Terminal>::count;
}

bool takes_from(const Table& cap, const Table& shown) {
  words::FormSet taken = 0;  // as narrow as the forms: the loop is a few vector operations
  for (size_t i = 0; i < words::kTableSize; ++i) taken |= static_cast<words::FormSet>(shown.raw()[i] & ~cap.raw()[i]);
  return taken != 0;
}

}  // namespace

struct Snapshot::Impl {
  Impl(Policy p, const Digest& d)
      : policy(std::move(p)),
        digest(d),
        permits(policy.rules, Rule::Kind::kPermit),
        forbids(policy.rules, Rule::Kind::kForbid) {}

  Decision compute(const Question& q) const {
    const Facts& facts = q.facts;
    Decision decision;
    Reading definite{facts.relations_definitely, facts.relations_possibly, facts.labels_definitely,
                     facts.labels_possibly};
    permits.each_applying(q, definite, [&](size_t i) {
      decision.permits.push_back(permits.number(i));
      decision.table.join(permits.table(i));
      decision.duties = decision.duties | permits.duties(i);
    });
    if (decision.permits.empty()) return decision;
    const Table permitted = decision.table;
    Reading possible{facts.relations_possibly, facts.relations_definitely, facts.labels_possibly,
                     facts.labels_definitely};
    forbids.each_applying(q, possible, [&](size_t i) {
      if (!takes_from(forbids.table(i), permitted)) return;
      decision.forbids.push_back(forbids.number(i));
      decision.table.meet(forbids.table(i));
    });
    if (!decision.table.hides_everything()) decision.table[Category::kStructure] = words::clear(Category::kStructure);
    return decision;
  }

  const Policy policy;
  const Digest digest;
  const RuleIndex permits, forbids;
  const Decision nothing;
  DecisionCache cache;
};

Snapshot::Snapshot(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Snapshot::~Snapshot() = default;

Result<std::shared_ptr<const Snapshot>> Snapshot::compile(std::string_view text, std::string_view file_name) {
  ZHIMI_TRY(Policy policy, parse(text, file_name));
  return compile(std::move(policy), crypto::sha256(view(text)));
}

std::shared_ptr<const Snapshot> Snapshot::compile(Policy policy, const Digest& digest) {
  return std::shared_ptr<const Snapshot>(new Snapshot(std::make_unique<Impl>(std::move(policy), digest)));
}

const Decision& Snapshot::decide(const Question& question) const {
  if (!within_lists(question)) return impl_->nothing;
  Question asked = normal(question);
  CacheKey key(asked);
  if (const Decision* known = impl_->cache.find(key)) return *known;
  return impl_->cache.remember(key, impl_->compute(asked));
}

Decision Snapshot::compute(const Question& question) const {
  return within_lists(question) ? impl_->compute(normal(question)) : Decision();
}

Snapshot::CacheSize Snapshot::cache_size() const { return impl_->cache.size(); }
const Policy& Snapshot::policy() const { return impl_->policy; }
const Digest& Snapshot::digest() const { return impl_->digest; }

}  // namespace zhimi::policy
