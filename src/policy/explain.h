// Why a decision is what it is, as values: explain() in policy.h puts them into words.
#pragma once

#include <optional>

#include "policy/policy.h"

namespace zhimi::policy {

// What a permit that did not apply was missing. A set holds the alternatives, any of which would do.
struct Missing {
  uint32_t rule = 0;
  Set<Role> roles;
  Set<Step> steps;
  Set<Purpose> purposes;
  Set<Terminal> terminals;
  Set<Relation> relations;
  bool same_department = false;
  Set<Label> labels;
  bool excepted = false;  // an `unless` of the rule holds, or may hold
  int count() const;      // clauses that failed
};
// For each permit that did not apply, from the nearest.
std::vector<Missing> missing(const Policy& policy, const Question& question);

// What a reader could change or have recorded: the context, and facts that would have to be proven. Roles and labels
// stay.
struct Change {
  std::optional<Step> step;
  std::optional<Purpose> purpose;
  std::optional<Terminal> terminal;
  Set<Relation> relations;
  Question apply(Question question) const;
};
// The least change after which something is shown: a step, a purpose and a terminal cost 1 each, a relation 1 when it
// is possible already and 2 otherwise; at most two relations. nullopt: none helps, or nothing was refused.
std::optional<Change> least_change(const Snapshot& snapshot, const Question& question);

}  // namespace zhimi::policy
