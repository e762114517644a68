#include "support/mutants.h"

namespace zhimi::testing {

using policy::Policy, policy::Rule;
using words::Category;

namespace {

template <class F>
void each_shown(Rule& rule, F&& change) {
  for (size_t i = 0; i < words::Kind<Category>::count; ++i) {
    Category c = static_cast<Category>(i);
    if (c != Category::kStructure) change(c, rule.table[c]);
  }
}

void drop_forbid(Rule& rule) {
  if (rule.kind == Rule::Kind::kForbid) rule.table = words::Table::everything();
}

void widen_forms(Rule& rule) {
  if (rule.kind != Rule::Kind::kPermit) return;
  each_shown(rule, [](Category c, words::FormSet& forms) {
    if (forms != words::kHidden) forms = words::clear(c);
  });
}

void show_identity(Rule& rule) {
  if (rule.kind != Rule::Kind::kPermit) return;
  for (Category c : {Category::kName, Category::kIdNumber, Category::kPhone, Category::kAddress})
    rule.table[c] = words::clear(c);
}

void show_everything(Rule& rule) {
  if (rule.kind == Rule::Kind::kPermit) rule.table = words::Table::everything();
}

void ignore_relation(Rule& rule) {
  if (rule.kind != Rule::Kind::kPermit) return;
  rule.relations = {};
  rule.same_department = false;
}

void ignore_step_and_purpose(Rule& rule) {
  if (rule.kind != Rule::Kind::kPermit) return;
  rule.steps = {};
  rule.purposes = {};
}

void ignore_role(Rule& rule) {
  if (rule.kind == Rule::Kind::kPermit) rule.roles = {};
}

void excuse_everyone(Rule& rule) {
  if (rule.kind == Rule::Kind::kForbid) rule.unless_steps = words::Set<words::Step>::all();
}

// Caps that hide let through; caps that coarsen still do.
void soften_caps(Rule& rule) {
  if (rule.kind != Rule::Kind::kForbid) return;
  each_shown(rule, [](Category c, words::FormSet& forms) {
    if (forms == words::kHidden) forms = words::clear(c);
  });
  rule.table[Category::kStructure] = words::clear(Category::kStructure);
}

}  // namespace

std::vector<std::pair<std::string, Policy>> leaky_mutants(const Policy& policy) {
  const std::pair<std::string, void (*)(Rule&)> mistakes[] = {
      {"forbids dropped", drop_forbid},
      {"forms widened to clear", widen_forms},
      {"identity shown with everything else", show_identity},
      {"permits show everything", show_everything},
      {"relation not asked", ignore_relation},
      {"step and purpose not asked", ignore_step_and_purpose},
      {"role not asked", ignore_role},
      {"forbids excuse everyone", excuse_everyone},
      {"hiding caps do not hide", soften_caps},
  };
  std::vector<std::pair<std::string, Policy>> mutants;
  for (const auto& [name, mistake] : mistakes) {
    Policy mutant = policy;
    for (Rule& rule : mutant.rules) mistake(rule);
    mutants.emplace_back(name, std::move(mutant));
  }
  return mutants;
}

policy::Facts possible_is_proven(policy::Facts facts) {
  facts.relations_definitely = facts.relations_possibly | facts.relations_definitely;
  facts.labels_definitely = facts.labels_possibly | facts.labels_definitely;
  facts.settle();
  return facts;
}

policy::Facts unproven_is_absent(policy::Facts facts) {
  facts.relations_possibly = facts.relations_definitely;
  facts.labels_possibly = facts.labels_definitely;
  facts.settle();
  return facts;
}

}  // namespace zhimi::testing
