// The meaning of a policy, written to be read. Nothing here is clever: the fast engine is held to it.
#include "policy/policy.h"

namespace zhimi::policy {

namespace {

template <class Word>
bool meets(Set<Word> a, Set<Word> b) {
  return !(a & b).empty();
}

template <class Word>
bool admits(Set<Word> asked, Set<Word> held) {
  return asked.empty() || meets(asked, held);
}

// A permit asks what is definite and an exception already stops it when it is possible; a forbid the other way round.
bool applies(const Rule& rule, const Question& q) {
  bool permit = rule.kind == Rule::Kind::kPermit;
  Set<Relation> relations = permit ? q.facts.relations_definitely : q.facts.relations_possibly;
  Set<Label> labels = permit ? q.facts.labels_definitely : q.facts.labels_possibly;
  Set<Relation> excusing_relations = permit ? q.facts.relations_possibly : q.facts.relations_definitely;
  Set<Label> excusing_labels = permit ? q.facts.labels_possibly : q.facts.labels_definitely;

  if (!admits(rule.roles, q.roles)) return false;
  if (!admits(rule.steps, {q.step})) return false;
  if (!admits(rule.purposes, {q.purpose})) return false;
  if (!admits(rule.terminals, {q.terminal})) return false;
  if (!admits(rule.relations, relations)) return false;
  if (rule.same_department && !relations.has(Relation::kDepartment)) return false;
  if (!admits(rule.labels, labels)) return false;

  if (meets(rule.unless_roles, q.roles)) return false;
  if (rule.unless_steps.has(q.step)) return false;
  if (rule.unless_purposes.has(q.purpose)) return false;
  if (meets(rule.unless_relations, excusing_relations)) return false;
  if (meets(rule.unless_labels, excusing_labels)) return false;
  return true;
}

// `structure` is derived from the rest at the very end, so it never counts before.
Table without_structure(Table table) {
  table[Category::kStructure] = words::kHidden;
  return table;
}

}  // namespace

void Facts::settle() {
  relations_definitely.remove(Relation::kNone);
  relations_possibly.remove(Relation::kNone);
  relations_possibly = relations_possibly | relations_definitely;
  labels_possibly = labels_possibly | labels_definitely;
  bool none_possible = relations_definitely.empty(), none_certain = relations_possibly.empty();
  if (none_possible) relations_possibly.add(Relation::kNone);
  if (none_certain) relations_definitely.add(Relation::kNone);
}

Decision decide_slowly(const Policy& policy, const Question& question) {
  Question q = question;
  q.facts.settle();
  Decision decision;
  for (uint32_t i = 0; i < policy.rules.size(); ++i) {
    const Rule& rule = policy.rules[i];
    if (rule.kind != Rule::Kind::kPermit || !applies(rule, q)) continue;
    decision.permits.push_back(i);
    decision.table.join(without_structure(rule.table));
    decision.duties = decision.duties | rule.duties;
  }
  const Table permitted = decision.table;
  for (uint32_t i = 0; i < policy.rules.size(); ++i) {
    const Rule& rule = policy.rules[i];
    if (rule.kind != Rule::Kind::kForbid || !applies(rule, q)) continue;
    Table left = permitted;
    left.meet(rule.table);
    if (left == permitted) continue;
    decision.forbids.push_back(i);
    decision.table.meet(rule.table);
  }
  if (!decision.table.hides_everything()) decision.table[Category::kStructure] = words::clear(Category::kStructure);
  return decision;
}

}  // namespace zhimi::policy
