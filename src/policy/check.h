// Tests of a policy, as its owners write them: a case asks one question and says what must be shown (docs/policy.md,
// "Testing").
//
//   case ward-nurse-own-ward
//     rule ward-nurse                     the rules this case is a test of
//     role ward-nurse                     an account may hold several
//     step inpatient                      several, `everything` or `not X` ask once for each; so do purposes and
//     terminals purpose TREAT  terminal workstation relation care-team, department      definite facts, or
//     `everything`; `possibly relation X` for possible ones label oncology expect name clear, note hidden      or
//     `expect only ...`, or `expect refused`
#pragma once

#include "policy/policy.h"

namespace zhimi::policy {

struct Expectation {
  Category category{};
  words::FormSet forms = words::kHidden;
};

struct Case {
  std::string name;
  int line = 0;
  std::vector<std::string> rules;
  Question question;  // its step, purpose and terminal are each of these in turn
  Set<Step> steps;
  Set<Purpose> purposes;
  Set<Terminal> terminals{Terminal::kWorkstation};
  bool refused = false;
  bool only = false;  // what is not named (beside `structure`) must be hidden
  std::vector<Expectation> expected;
  Set<Duty> duties;  // owed at least
};

// kInvalid as in parse(). Every case names a step, a purpose and an expectation; its terminal is a workstation unless
// named.
Result<std::vector<Case>> parse_cases(std::string_view text, std::string_view file_name);

struct CheckReport {
  size_t cases = 0;
  std::vector<std::string>
      failures;  // "file:line: case NAME: what differs", of the first question of a case that fails
  // One line for each rule that lacks a passing test of one of two kinds. A permit needs one where it shows something
  // and one where it does not apply and the reader is refused; a forbid one where it takes something away and one where
  // it takes nothing and something is shown.
  std::vector<std::string> untested;
  bool passed() const { return failures.empty() && untested.empty(); }
};
// Asks every case of a test file and compares. kInvalid when the file itself does not parse.
Result<CheckReport> run_tests(const Policy& policy, std::string_view text, std::string_view file_name);

}  // namespace zhimi::policy
