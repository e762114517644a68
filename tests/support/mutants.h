// Policies that leak: each is a policy with one kind of mistake, made everywhere. A test of the way out that cannot
// tell a mutant from the policy it was made of does not look hard enough.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "policy/policy.h"

namespace zhimi::testing {

// By the name of the mistake. Every mutant shows more than `policy` to somebody, when the policy has what the mistake
// is about.
std::vector<std::pair<std::string, policy::Policy>> leaky_mutants(const policy::Policy& policy);

// Facts read by a careless engine: what is only possible counts as proven, and what is not proven counts as absent.
policy::Facts possible_is_proven(policy::Facts facts);
policy::Facts unproven_is_absent(policy::Facts facts);

}  // namespace zhimi::testing
