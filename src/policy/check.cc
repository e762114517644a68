#include "policy/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "policy/phrases.h"

namespace zhimi::policy {

namespace {

using words::Language;

class CaseParser {
 public:
  explicit CaseParser(Lexer lexer) : lexer_(std::move(lexer)) {}

  Result<std::vector<Case>> run() {
    while (lexer_.peek().kind != Token::Kind::kEnd) ZHIMI_CHECK(read_case());
    return std::move(cases_);
  }

 private:
  Status read_case() {
    Token start = lexer_.peek();
    if (!lexer_.accept(Keyword::kCase))
      return lexer_.error(start, fmt::format("expected `case`, found {}", quoted(start)));
    Token name = lexer_.peek();
    Case c{.line = start.line};
    ZHIMI_TRY(c.name, read_name(lexer_, "a case"));
    if (!names_.insert(c.name).second)
      return lexer_.error(name, fmt::format("a case called {} stands above already", quoted(name)));
    seen_ = 0;
    while (lexer_.peek().kind != Token::Kind::kEnd && !lexer_.at(Keyword::kCase)) ZHIMI_CHECK(read_clause(c));
    for (Keyword needed : {Keyword::kStep, Keyword::kPurpose, Keyword::kExpect})
      if (!seen(needed))
        return lexer_.error(name,
                            fmt::format("case {} lacks `{}`", quoted(name), policy::name(needed, Language::kEnglish)));
    cases_.push_back(std::move(c));
    return {};
  }

  bool seen(Keyword keyword) const { return seen_ >> static_cast<int>(keyword) & 1; }

  Status read_clause(Case& c) {
    Token token = lexer_.peek();
    Keyword keyword = lexer_.keyword();
    if (keyword == Keyword::kNone)
      return lexer_.error(token,
                          fmt::format("expected a clause or the next case, found {}{}", quoted(token), suggest(token)));
    bool repeats = keyword == Keyword::kExpect || keyword == Keyword::kPossibly;  // of which each adds
    if (!repeats && seen(keyword))
      return lexer_.error(token, fmt::format("this case has a {} clause already", quoted(token)));
    seen_ |= uint64_t{1} << static_cast<int>(keyword);
    lexer_.next();
    Question& q = c.question;
    switch (keyword) {
      case Keyword::kRule:
        return read_rules(c);
      case Keyword::kRole:
        return read_set(q.roles);
      case Keyword::kStep:
        return read_each(c.steps);
      case Keyword::kPurpose:
        return read_each(c.purposes);
      case Keyword::kTerminal:
        return read_each(c.terminals);
      case Keyword::kRelation:
        return read_each(q.facts.relations_definitely);
      case Keyword::kLabel:
        return read_each(q.facts.labels_definitely);
      case Keyword::kPossibly:
        return read_possibly(q.facts);
      case Keyword::kExpect:
        return read_expectation(c);
      default:
        return lexer_.error(token, fmt::format("a case has no {} clause", quoted(token)));
    }
  }

  std::string suggest(const Token& token) const {
    constexpr std::string_view kKnown[] = {"case",  "rule",     "role",   "step", "purpose", "terminal", "relation",
                                           "label", "possibly", "expect", "用例", "规则",    "角色",     "步骤",
                                           "目的",  "终端",     "关系",   "标签", "可能",    "期望"};
    return token.kind == Token::Kind::kWord ? suggestion(token.text, kKnown) : "";
  }

  Status read_rules(Case& c) {
    do {
      ZHIMI_TRY(std::string rule, read_name(lexer_, "`rule`"));
      c.rules.push_back(std::move(rule));
    } while (lexer_.accept_comma());
    return {};
  }

  template <class Word>
  Status read_set(Set<Word>& set) {
    ZHIMI_TRY(Set<Word> more, read_words<Word>(lexer_));
    set = set | more;
    return {};
  }
  // LIST | `everything` | `not` LIST
  template <class Word>
  Status read_each(Set<Word>& set) {
    set = {};
    bool others = lexer_.accept(Keyword::kNot);
    if (!others && lexer_.accept(Keyword::kEverything))
      set = Set<Word>::all();
    else
      ZHIMI_CHECK(read_set(set));
    if (others) set = Set<Word>::all().without(set);
    return {};
  }

  Status read_possibly(Facts& facts) {
    Token token = lexer_.peek();
    if (lexer_.accept(Keyword::kRelation)) return read_set(facts.relations_possibly);
    if (lexer_.accept(Keyword::kLabel)) return read_set(facts.labels_possibly);
    return lexer_.error(token, fmt::format("expected `relation` or `label` after `possibly`, found {}", quoted(token)));
  }

  Status read_expectation(Case& c) {
    Token at = lexer_.peek();
    bool named_before = !c.expected.empty();
    if (lexer_.accept(Keyword::kRefused))
      c.refused = true;
    else if (lexer_.accept(Keyword::kDuty))
      return read_set(c.duties);
    else
      ZHIMI_CHECK(read_expected_items(c));
    if (c.refused && (named_before || !c.expected.empty()))
      return lexer_.error(at, "a refused reader sees nothing: keep one of the two");
    return {};
  }

  Status read_expected_items(Case& c) {
    if (lexer_.accept(Keyword::kOnly)) c.only = true;
    ZHIMI_TRY(auto items, read_items(lexer_));
    for (const Item& item : items)
      if (item.category)
        c.expected.push_back({*item.category, item.forms});
      else if (item.forms == words::kHidden)
        c.refused = true;
      else
        for (size_t i = 0; i < words::Kind<Category>::count; ++i)
          c.expected.push_back({static_cast<Category>(i), words::clear(static_cast<Category>(i))});
    return {};
  }

  Lexer lexer_;
  std::vector<Case> cases_;
  std::unordered_set<std::string> names_;
  uint64_t seen_ = 0;
};

std::vector<std::string> differences(const Case& c, const Decision& d) {
  std::vector<std::string> found;
  auto phrase = [](Category category, words::FormSet forms) { return words::describe(category, forms); };
  if (c.refused && !d.refused()) found.push_back("expected a refusal, but something is shown");
  Set<Category> named{Category::kStructure};
  for (const Expectation& e : c.expected) {
    named.add(e.category);
    // What counts is what the reader is shown, not every form the table leaves open.
    if (words::rendering(e.category, d.table[e.category]) != words::rendering(e.category, e.forms))
      found.push_back(fmt::format("{} expected {}, got {}", words::name(e.category), phrase(e.category, e.forms),
                                  phrase(e.category, d.table[e.category])));
  }
  for (size_t i = 0; c.only && i < words::Kind<Category>::count; ++i) {
    Category category = static_cast<Category>(i);
    if (!named.has(category) && d.table[category] != words::kHidden)
      found.push_back(
          fmt::format("{} expected hidden, got {}", words::name(category), phrase(category, d.table[category])));
  }
  c.duties.without(d.duties).each(
      [&](Duty duty) { found.push_back(fmt::format("duty {} is not owed", words::name(duty))); });
  return found;
}

// What the passing cases of one rule have shown.
struct Coverage {
  bool acts = false, rests = false;

  void add(Rule::Kind kind, uint32_t number, const Decision& d) {
    bool permit = kind == Rule::Kind::kPermit;
    bool took_part = std::ranges::binary_search(permit ? d.permits : d.forbids, number);
    if (took_part && (!permit || !d.refused())) acts = true;
    if (!took_part && d.refused() == permit) rests = true;
  }
  void add(const Coverage& other) {
    acts |= other.acts;
    rests |= other.rests;
  }
  std::string lacks(Rule::Kind kind) const {
    bool permit = kind == Rule::Kind::kPermit;
    std::string act = permit ? "it shows something" : "it takes something away";
    std::string rest =
        permit ? "it does not apply and the reader is refused" : "it takes nothing away and something is shown";
    return acts ? rests ? "" : rest : rests ? act : act + ", and none where " + rest;
  }
};

}  // namespace

Result<std::vector<Case>> parse_cases(std::string_view text, std::string_view file_name) {
  ZHIMI_TRY(Lexer lexer, Lexer::open(text, file_name));
  return CaseParser(std::move(lexer)).run();
}

namespace {

class Runner {
 public:
  Runner(const Policy& policy, std::string_view file_name)
      : policy_(policy), file_name_(file_name), coverage_(policy.rules.size()) {
    for (uint32_t i = 0; i < policy.rules.size(); ++i) by_name_.emplace(policy.rules[i].name, i);
  }

  void run(const Case& c) {
    ++report_.cases;
    std::vector<uint32_t> rules;
    for (const std::string& rule : c.rules) {
      auto at = by_name_.find(rule);
      if (at == by_name_.end())
        fail(c, fmt::format("the policy has no rule `{}`", rule));
      else
        rules.push_back(at->second);
    }
    std::vector<Coverage> seen(rules.size());
    if (!ask_all(c, rules, seen)) return;
    for (size_t i = 0; i < rules.size(); ++i) coverage_[rules[i]].add(seen[i]);
  }

  CheckReport take() {
    for (size_t i = 0; i < policy_.rules.size(); ++i)
      if (std::string what = coverage_[i].lacks(policy_.rules[i].kind); !what.empty())
        report_.untested.push_back(fmt::format("rule {} has no passing case where {}", policy_.rules[i].name, what));
    return std::move(report_);
  }

 private:
  void fail(const Case& c, std::string_view what) {
    report_.failures.push_back(fmt::format("{}:{}: case {}: {}", file_name_, c.line, c.name, what));
  }

  // False after the first question that is answered otherwise than expected.
  bool ask_all(const Case& c, const std::vector<uint32_t>& rules, std::vector<Coverage>& seen) {
    bool one = c.steps.size() * c.purposes.size() * c.terminals.size() == 1, passed = true;
    Question q = c.question;
    c.steps.each([&](Step s) {
      c.purposes.each([&](Purpose p) {
        c.terminals.each([&](Terminal t) {
          if (!passed) return;
          q.step = s, q.purpose = p, q.terminal = t;
          Decision d = snapshot_->compute(q);
          for (const std::string& what : differences(c, d)) {
            fail(c, one ? what : fmt::format("{} {} {}: {}", words::name(s), words::name(p), words::name(t), what));
            passed = false;
          }
          for (size_t i = 0; i < rules.size(); ++i) seen[i].add(policy_.rules[rules[i]].kind, rules[i], d);
        });
      });
    });
    return passed;
  }

  const Policy& policy_;
  std::shared_ptr<const Snapshot> snapshot_ = Snapshot::compile(policy_, Digest{});
  std::string_view file_name_;
  std::unordered_map<std::string_view, uint32_t> by_name_;
  std::vector<Coverage> coverage_;
  CheckReport report_;
};

}  // namespace

Result<CheckReport> run_tests(const Policy& policy, std::string_view text, std::string_view file_name) {
  ZHIMI_TRY(std::vector<Case> cases, parse_cases(text, file_name));
  Runner runner(policy, file_name);
  for (const Case& c : cases) runner.run(c);
  return runner.take();
}

}  // namespace zhimi::policy
