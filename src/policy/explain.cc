#include "policy/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/phrases.h"

namespace zhimi::policy {

using words::Language;

namespace {

constexpr size_t kNearMissesShown = 5;

template <class Word>
Set<Word> lacking(Set<Word> wanted, Set<Word> held) {
  return (wanted & held).empty() ? wanted : Set<Word>();
}

Missing missing_of(const Rule& rule, uint32_t number, const Question& q) {
  const Facts& f = q.facts;
  Missing m{.rule = number};
  m.roles = lacking(rule.roles, q.roles);
  m.steps = lacking(rule.steps, {q.step});
  m.purposes = lacking(rule.purposes, {q.purpose});
  m.terminals = lacking(rule.terminals, {q.terminal});
  m.relations = lacking(rule.relations, f.relations_definitely);
  m.same_department = rule.same_department && !f.relations_definitely.has(Relation::kDepartment);
  m.labels = lacking(rule.labels, f.labels_definitely);
  m.excepted = !(rule.unless_roles & q.roles).empty() || rule.unless_steps.has(q.step) ||
               rule.unless_purposes.has(q.purpose) || !(rule.unless_relations & f.relations_possibly).empty() ||
               !(rule.unless_labels & f.labels_possibly).empty();
  return m;
}

// All alternatives of one part of a change, with their cost; the first changes nothing.
template <class Word>
std::vector<std::optional<Word>> alternatives(Word now) {
  std::vector<std::optional<Word>> all{std::nullopt};
  for (size_t i = 0; i < words::Kind<Word>::count; ++i)
    if (static_cast<Word>(i) != now) all.emplace_back(static_cast<Word>(i));
  return all;
}

struct Proof {
  Set<Relation> relations;
  int cost = 0;
};
std::vector<Proof> proofs(const Facts& facts) {
  std::vector<Proof> one, all{{}};
  for (size_t i = 0; i < words::Kind<Relation>::count; ++i) {
    Relation r = static_cast<Relation>(i);
    if (r != Relation::kNone && !facts.relations_definitely.has(r))
      one.push_back({{r}, facts.relations_possibly.has(r) ? 1 : 2});
  }
  for (size_t i = 0; i < one.size(); ++i) {
    all.push_back(one[i]);
    for (size_t j = 0; j < i; ++j) all.push_back({one[i].relations | one[j].relations, one[i].cost + one[j].cost});
  }
  return all;
}

// The words of explain() in the reader's language.
class Teller {
 public:
  Teller(const Snapshot& snapshot, const Question& question, Language language)
      : snapshot_(snapshot), question_(question), language_(language), decision_(snapshot.compute(question)) {
    question_.facts.settle();
  }

  std::string tell() {
    tell_outcome();
    tell_rules(decision_.permits, say("permitted by", "许可规则"));
    tell_rules(decision_.forbids, say("capped by", "限制规则"));
    if (!decision_.duties.empty()) line(say("duties", "责任"), list(decision_.duties));
    tell_near_misses();
    if (decision_.refused()) tell_remedy();
    return std::move(out_);
  }

 private:
  std::string_view say(std::string_view en, std::string_view zh) const {
    return language_ == Language::kChinese ? zh : en;
  }
  std::string_view comma() const { return say(", ", "、"); }
  std::string_view keyword(Keyword k) const { return name(k, language_); }

  void line(std::string_view what, std::string_view text) {
    out_ += fmt::format("{}{}{}\n", what, say(": ", "："), text);
  }

  template <class Word>
  std::string list(Set<Word> set, std::string_view separator) const {
    std::string text;
    set.each([&](Word w) { text += fmt::format("{}{}", text.empty() ? "" : separator, words::name(w, language_)); });
    return text;
  }
  template <class Word>
  std::string list(Set<Word> set) const {
    return list(set, comma());
  }

  void tell_outcome() {
    if (decision_.refused()) {
      line(say("refused", "拒绝"), decision_.permits.empty()
                                       ? say("no rule permits it", "没有规则许可")
                                       : say("caps take away all that is permitted", "许可的内容全部被限制"));
      return;
    }
    std::string shown;
    for (size_t i = 0; i < words::Kind<Category>::count; ++i) {
      Category c = static_cast<Category>(i);
      if (c == Category::kStructure || decision_.table[c] == words::kHidden) continue;
      shown += fmt::format("{}{} {}", shown.empty() ? "" : comma(), words::name(c, language_),
                           words::describe(c, decision_.table[c], language_));
    }
    line(say("shown", "显示"), shown);
  }

  void tell_rules(const std::vector<uint32_t>& numbers, std::string_view what) {
    std::string text;
    for (uint32_t n : numbers) {
      const Rule& rule = snapshot_.policy().rules[n];
      text += fmt::format("{}{}", text.empty() ? "" : comma(), rule.name);
      if (rule.line) text += fmt::format("{}{}{}", say(" (line ", "（第 "), rule.line, say(")", " 行）"));
    }
    if (!text.empty()) line(what, text);
  }

  template <class Word>
  void add_clause(std::string& text, Keyword kind, Set<Word> alternatives_) const {
    if (alternatives_.empty()) return;
    if (!text.empty()) text += say("; ", "；");
    text += fmt::format("{} {}", keyword(kind), list(alternatives_, say(" or ", "或")));
  }

  std::string lacks(const Missing& m) const {
    std::string text;
    add_clause(text, Keyword::kRole, m.roles);
    add_clause(text, Keyword::kStep, m.steps);
    add_clause(text, Keyword::kPurpose, m.purposes);
    add_clause(text, Keyword::kTerminal, m.terminals);
    add_clause(text, Keyword::kRelation, m.relations);
    if (m.same_department)
      text += fmt::format("{}{} {}", text.empty() ? "" : say("; ", "；"), keyword(Keyword::kDepartment),
                          keyword(Keyword::kSame));
    add_clause(text, Keyword::kLabel, m.labels);
    if (!(m.relations & question_.facts.relations_possibly).empty())
      text += say(" (only possible so far)", "（目前仅为可能）");
    if (m.excepted)
      text += fmt::format("{}{}", text.empty() ? "" : say("; ", "；"),
                          say("that no exception of it holds", "不属于其例外"));
    return text;
  }

  // Permits for another role are no near miss: naming them would only say who else may read.
  void tell_near_misses() {
    size_t told = 0;
    for (const Missing& m : missing(snapshot_.policy(), question_)) {
      if (!m.roles.empty()) continue;
      if (told++ == kNearMissesShown) return;
      const Rule& rule = snapshot_.policy().rules[m.rule];
      line(fmt::format("{} {}", say("not permitted by", "未获许可"), rule.name),
           fmt::format("{} {}", say("it needs", "需要"), lacks(m)));
    }
  }

  void tell_remedy() {
    auto change = least_change(snapshot_, question_);
    if (!change) {
      line(say("least change", "最小改变"), say("none: no step, purpose, terminal or relation opens this to the role",
                                                "无：该角色换任何步骤、目的、终端或关系都不能获得许可"));
      return;
    }
    std::string text;
    if (change->step) add_clause(text, Keyword::kStep, Set<Step>{*change->step});
    if (change->purpose) add_clause(text, Keyword::kPurpose, Set<Purpose>{*change->purpose});
    if (change->terminal) add_clause(text, Keyword::kTerminal, Set<Terminal>{*change->terminal});
    change->relations.each([&](Relation r) { add_clause(text, Keyword::kRelation, Set<Relation>{r}); });
    line(say("least change", "最小改变"), text);
  }

  const Snapshot& snapshot_;
  Question question_;
  Language language_;
  Decision decision_;
  std::string out_;
};

}  // namespace

int Missing::count() const {
  return !roles.empty() + !steps.empty() + !purposes.empty() + !terminals.empty() + !relations.empty() +
         same_department + !labels.empty() + excepted;
}

std::vector<Missing> missing(const Policy& policy, const Question& question) {
  Question q = question;
  q.facts.settle();
  std::vector<Missing> all;
  for (uint32_t i = 0; i < policy.rules.size(); ++i) {
    if (policy.rules[i].kind != Rule::Kind::kPermit) continue;
    Missing m = missing_of(policy.rules[i], i, q);
    if (m.count()) all.push_back(m);
  }
  std::ranges::sort(all, {}, [](const Missing& m) { return std::pair(m.count(), m.rule); });
  return all;
}

Question Change::apply(Question question) const {
  if (step) question.step = *step;
  if (purpose) question.purpose = *purpose;
  if (terminal) question.terminal = *terminal;
  question.facts.relations_definitely = question.facts.relations_definitely | relations;
  question.facts.settle();
  return question;
}

std::optional<Change> least_change(const Snapshot& snapshot, const Question& question) {
  if (!snapshot.compute(question).refused()) return std::nullopt;
  constexpr int kDearest = 3 + 4;
  auto steps = alternatives(question.step);
  auto purposes = alternatives(question.purpose);
  auto terminals = alternatives(question.terminal);
  auto relations = proofs(question.facts);
  // All changes of one cost before any dearer one: few are tried before the answer, and the first found is the least.
  for (int cost = 1; cost <= kDearest; ++cost)
    for (const Proof& proof : relations)
      for (const auto& terminal : terminals)
        for (const auto& purpose : purposes)
          for (const auto& step : steps) {
            if (proof.cost + terminal.has_value() + purpose.has_value() + step.has_value() != cost) continue;
            Change change{step, purpose, terminal, proof.relations};
            if (!snapshot.compute(change.apply(question)).refused()) return change;
          }
  return std::nullopt;
}

std::string explain(const Snapshot& snapshot, const Question& question, Language language) {
  return Teller(snapshot, question, language).tell();
}

}  // namespace zhimi::policy
