// All rules of one kind, inverted: for each word of each clause, which rules admit it, one bit a rule. Finding the
// rules that apply is then a few ANDs over words of 64 rules. Immutable once built.
#pragma once

#include <bit>
#include <span>
#include <vector>

#include "policy/policy.h"

namespace zhimi::policy {

// What counts as held and what excuses, as the kind of rule reads three-valued facts.
struct Reading {
  Set<Relation> relations, excusing_relations;
  Set<Label> labels, excusing_labels;
};

class RuleIndex {
 public:
  RuleIndex(std::span<const Rule> rules, Rule::Kind kind);

  size_t size() const { return numbers_.size(); }
  uint32_t number(size_t i) const { return numbers_[i]; }    // its number in the policy
  const Table& table(size_t i) const { return tables_[i]; }  // structure left out
  Set<Duty> duties(size_t i) const { return duties_[i]; }

  // Calls f(i) for each rule that applies, ascending. Words of `question` must lie within their lists.
  template <class F>
  void each_applying(const Question& question, const Reading& reading, F&& f) const {
    const uint64_t* step = row(kStepRow + static_cast<size_t>(question.step));
    const uint64_t* purpose = row(kPurposeRow + static_cast<size_t>(question.purpose));
    const uint64_t* terminal = row(kTerminalRow + static_cast<size_t>(question.terminal));
    for (size_t w = 0; w < row_words_; ++w) {
      uint64_t live = step[w] & purpose[w] & terminal[w];
      if (live) live &= any(kAnyRoleRow, w) | any_of(kRoleRow, question.roles, w);
      if (live) live &= any(kAnyRelationRow, w) | any_of(kRelationRow, reading.relations, w);
      if (live && !reading.relations.has(Relation::kDepartment)) live &= ~any(kSameDepartmentRow, w);
      if (live) live &= any(kAnyLabelRow, w) | any_of(kLabelRow, reading.labels, w);
      if (live)
        live &=
            ~(any_of(kUnlessRoleRow, question.roles, w) | any_of(kUnlessRelationRow, reading.excusing_relations, w) |
              any_of(kUnlessLabelRow, reading.excusing_labels, w));
      for (; live; live &= live - 1) f(w * 64 + static_cast<size_t>(std::countr_zero(live)));
    }
  }

 private:
  // Exceptions by step and purpose are folded into the rows of steps and purposes, since a question has exactly one of
  // each.
  static constexpr size_t kStepRow = 0;
  static constexpr size_t kPurposeRow = kStepRow + words::Kind<Step>::count;
  static constexpr size_t kTerminalRow = kPurposeRow + words::Kind<Purpose>::count;
  static constexpr size_t kAnyRoleRow = kTerminalRow + words::Kind<Terminal>::count;
  static constexpr size_t kRoleRow = kAnyRoleRow + 1;
  static constexpr size_t kAnyRelationRow = kRoleRow + words::Kind<Role>::count;
  static constexpr size_t kRelationRow = kAnyRelationRow + 1;
  static constexpr size_t kSameDepartmentRow = kRelationRow + words::Kind<Relation>::count;
  static constexpr size_t kAnyLabelRow = kSameDepartmentRow + 1;
  static constexpr size_t kLabelRow = kAnyLabelRow + 1;
  static constexpr size_t kUnlessRoleRow = kLabelRow + words::Kind<Label>::count;
  static constexpr size_t kUnlessRelationRow = kUnlessRoleRow + words::Kind<Role>::count;
  static constexpr size_t kUnlessLabelRow = kUnlessRelationRow + words::Kind<Relation>::count;
  static constexpr size_t kRows = kUnlessLabelRow + words::Kind<Label>::count;

  const uint64_t* row(size_t r) const { return bits_.data() + r * row_words_; }
  uint64_t any(size_t r, size_t w) const { return bits_[r * row_words_ + w]; }
  template <class Word>
  uint64_t any_of(size_t first_row, Set<Word> set, size_t w) const {
    uint64_t found = 0;
    set.each([&](Word word) { found |= any(first_row + static_cast<size_t>(word), w); });
    return found;
  }
  void add(size_t i, const Rule& rule);
  void mark(size_t r, size_t i) { bits_[r * row_words_ + i / 64] |= uint64_t{1} << (i % 64); }

  size_t row_words_ = 0;
  std::vector<uint64_t> bits_;
  std::vector<uint32_t> numbers_;
  std::vector<Table> tables_;
  std::vector<Set<Duty>> duties_;
};

}  // namespace zhimi::policy
