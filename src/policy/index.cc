#include "policy/index.h"

namespace zhimi::policy {

RuleIndex::RuleIndex(std::span<const Rule> rules, Rule::Kind kind) {
  for (size_t n = 0; n < rules.size(); ++n) {
    if (rules[n].kind != kind) continue;
    numbers_.push_back(static_cast<uint32_t>(n));
    tables_.push_back(rules[n].table);
    tables_.back()[Category::kStructure] = words::kHidden;
    duties_.push_back(rules[n].duties);
  }
  row_words_ = (numbers_.size() + 63) / 64;
  bits_.resize(kRows * row_words_);
  for (size_t i = 0; i < numbers_.size(); ++i) add(i, rules[numbers_[i]]);
}

void RuleIndex::add(size_t i, const Rule& rule) {
  auto mark_admitted = [&](size_t first_row, auto wanted, auto excepted) {
    using Word = std::remove_pointer_t<decltype([]<class W>(Set<W>) -> W* { return nullptr; }(wanted))>;
    if (wanted.empty()) wanted = Set<Word>::all();
    wanted.without(excepted).each([&](Word w) { mark(first_row + static_cast<size_t>(w), i); });
  };
  auto mark_all = [&](size_t first_row, auto set) {
    set.each([&](auto w) { mark(first_row + static_cast<size_t>(w), i); });
  };
  auto mark_wanted = [&](size_t any_row, size_t first_row, auto wanted) {
    if (wanted.empty()) mark(any_row, i);
    mark_all(first_row, wanted);
  };
  mark_admitted(kStepRow, rule.steps, rule.unless_steps);
  mark_admitted(kPurposeRow, rule.purposes, rule.unless_purposes);
  mark_admitted(kTerminalRow, rule.terminals, Set<Terminal>());
  mark_wanted(kAnyRoleRow, kRoleRow, rule.roles);
  mark_wanted(kAnyRelationRow, kRelationRow, rule.relations);
  mark_wanted(kAnyLabelRow, kLabelRow, rule.labels);
  if (rule.same_department) mark(kSameDepartmentRow, i);
  mark_all(kUnlessRoleRow, rule.unless_roles);
  mark_all(kUnlessRelationRow, rule.unless_relations);
  mark_all(kUnlessLabelRow, rule.unless_labels);
}

}  // namespace zhimi::policy
