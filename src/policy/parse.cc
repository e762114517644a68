#include <fmt/format.h>

#include <unordered_set>

#include "base/limits.h"
#include "policy/phrases.h"

namespace zhimi::policy {

using words::FormSet, words::Language;

namespace {

constexpr Keyword kClauses[] = {Keyword::kRole,     Keyword::kStep,  Keyword::kPurpose,    Keyword::kTerminal,
                                Keyword::kRelation, Keyword::kLabel, Keyword::kDepartment, Keyword::kUnless,
                                Keyword::kShow,     Keyword::kCap,   Keyword::kDuty};

uint64_t bit(Keyword keyword) { return uint64_t{1} << static_cast<int>(keyword); }

bool starts_clause(Keyword keyword) {
  for (Keyword clause : kClauses)
    if (clause == keyword) return true;
  return false;
}

bool starts_rule(const Lexer& lexer) { return lexer.at(Keyword::kPermit) || lexer.at(Keyword::kForbid); }

class Parser {
 public:
  explicit Parser(Lexer lexer) : lexer_(std::move(lexer)) {}

  Result<Policy> run() {
    ZHIMI_CHECK(read_header());
    while (lexer_.peek().kind != Token::Kind::kEnd) ZHIMI_CHECK(read_rule());
    if (policy_.rules.empty())
      return lexer_.error(lexer_.peek(), "no rules, so nothing would ever be shown: write a `permit`");
    policy_.rules.back().note += lexer_.take_comments();
    return std::move(policy_);
  }

 private:
  Status read_header() {
    if (!lexer_.at(Keyword::kPolicy)) return {};
    policy_.note = lexer_.take_comments();
    lexer_.next();
    ZHIMI_TRY(policy_.name, read_name(lexer_, "a policy"));
    return {};
  }

  Status read_rule() {
    Token start = lexer_.peek();
    ZHIMI_CHECK(expect_rule(start));
    if (policy_.rules.size() == limits::kPolicyRules)
      return make_error(
          Code::kTooLarge,
          lexer_.error(start, fmt::format("a policy holds at most {} rules: split it", limits::kPolicyRules)).what);
    Rule rule;
    rule.kind = lexer_.at(Keyword::kPermit) ? Rule::Kind::kPermit : Rule::Kind::kForbid;
    rule.line = start.line;
    rule.note = lexer_.take_comments();
    lexer_.next();
    Token name = lexer_.peek();
    ZHIMI_TRY(rule.name, read_name(lexer_, "a rule"));
    if (!names_.insert(rule.name).second)
      return lexer_.error(
          name, fmt::format("a rule called {} stands above already: give this one its own name", quoted(name)));
    seen_ = 0;
    while (lexer_.peek().kind != Token::Kind::kEnd && !starts_rule(lexer_)) {
      rule.note += lexer_.take_comments();
      ZHIMI_CHECK(read_clause(rule));
    }
    ZHIMI_CHECK(check_rule(rule, name));
    policy_.rules.push_back(std::move(rule));
    return {};
  }

  Status expect_rule(const Token& token) {
    if (starts_rule(lexer_)) return {};
    if (lexer_.at(Keyword::kNever) || lexer_.at(Keyword::kAtleast)) return unsupported_claim(token);
    if (lexer_.at(Keyword::kPolicy)) return lexer_.error(token, "`policy NAME` stands once, before all rules");
    constexpr std::string_view kStarts[] = {"permit", "forbid", "policy", "许可", "禁止", "策略"};
    return lexer_.error(token, fmt::format("expected `permit` or `forbid`, found {}{}", quoted(token),
                                           suggestion(token.text, kStarts)));
  }

  Status unsupported_claim(const Token& token) {
    return lexer_.error(token,
                        fmt::format("claims ({}) are not supported yet in this version: remove it", quoted(token)));
  }

  Status read_clause(Rule& rule) {
    Token token = lexer_.peek();
    Keyword keyword = lexer_.keyword();
    if (keyword == Keyword::kNever || keyword == Keyword::kAtleast) return unsupported_claim(token);
    if (keyword == Keyword::kPolicy) return lexer_.error(token, "`policy NAME` stands once, before all rules");
    if (!starts_clause(keyword)) return not_a_clause(token);
    if (seen_ & bit(keyword))
      return lexer_.error(token, fmt::format("this rule has a {} clause already: join the two", quoted(token)));
    seen_ |= bit(keyword);
    lexer_.next();
    return read_clause_body(rule, keyword, token);
  }

  Error not_a_clause(const Token& token) {
    std::vector<std::string_view> known;
    for (Keyword clause : kClauses)
      for (Language language : {Language::kEnglish, Language::kChinese}) known.push_back(name(clause, language));
    for (std::string_view start : {"permit", "forbid", "许可", "禁止"}) known.push_back(start);
    return lexer_.error(token, fmt::format("expected a clause or the next rule, found {}{}", quoted(token),
                                           token.kind == Token::Kind::kWord ? suggestion(token.text, known) : ""));
  }

  Status read_clause_body(Rule& rule, Keyword keyword, const Token& at) {
    bool permit = rule.kind == Rule::Kind::kPermit;
    switch (keyword) {
      case Keyword::kRole:
        return read_set(rule.roles);
      case Keyword::kStep:
        return read_set(rule.steps);
      case Keyword::kPurpose:
        return read_set(rule.purposes);
      case Keyword::kTerminal:
        return read_set(rule.terminals);
      case Keyword::kRelation:
        return read_set(rule.relations);
      case Keyword::kLabel:
        return read_set(rule.labels);
      case Keyword::kDepartment:
        return read_department(rule);
      case Keyword::kUnless:
        return read_unless(rule, at);
      case Keyword::kShow:
        return permit ? read_show(rule) : lexer_.error(at, "a forbid shows nothing: write `cap`");
      case Keyword::kCap:
        return permit ? lexer_.error(at, "a permit caps nothing: write `show`") : read_cap(rule);
      default:
        return permit ? read_set(rule.duties) : lexer_.error(at, "duties belong to permits: move it to the permit");
    }
  }

  template <class Word>
  Status read_set(Set<Word>& set) {
    ZHIMI_TRY(set, read_words<Word>(lexer_));
    return {};
  }

  Status read_department(Rule& rule) {
    Token token = lexer_.peek();
    if (!lexer_.accept(Keyword::kSame))
      return lexer_.error(token, fmt::format("expected `same` after `department`, found {}", quoted(token)));
    rule.same_department = true;
    return {};
  }

  bool at_department_same() const {
    Lexer ahead = lexer_;
    return ahead.accept(Keyword::kDepartment) && ahead.at(Keyword::kSame);
  }

  // unless KIND WORD { or [KIND] WORD }: a word without its kind is of the kind before it.
  Status read_unless(Rule& rule, const Token& unless) {
    Keyword kind = Keyword::kNone;
    do {
      Token token = lexer_.peek();
      if (at_department_same()) {
        lexer_.next(), lexer_.next();
        ZHIMI_CHECK(add_exception(rule.unless_relations, Relation::kDepartment, token));
        kind = Keyword::kNone;
        continue;
      }
      Keyword keyword = lexer_.keyword();
      if (keyword >= Keyword::kRole && keyword <= Keyword::kLabel) {
        kind = keyword;
        lexer_.next();
      }
      if (kind == Keyword::kNone)
        return lexer_.error(
            token, fmt::format("an exception is a role, step, purpose, relation or label and its word, found {}",
                               quoted(token)));
      ZHIMI_CHECK(read_exception(rule, kind, token));
    } while (lexer_.accept_separator());
    unless_ = unless;
    return {};
  }

  Status read_exception(Rule& rule, Keyword kind, const Token& at) {
    switch (kind) {
      case Keyword::kRole:
        return read_exception_word(rule.unless_roles);
      case Keyword::kStep:
        return read_exception_word(rule.unless_steps);
      case Keyword::kPurpose:
        return read_exception_word(rule.unless_purposes);
      case Keyword::kRelation:
        return read_exception_word(rule.unless_relations);
      case Keyword::kLabel:
        return read_exception_word(rule.unless_labels);
      default:
        return lexer_.error(at, "a terminal is no exception: name the terminals in a `terminal` clause instead");
    }
  }

  template <class Word>
  Status read_exception_word(Set<Word>& set) {
    Token at = lexer_.peek();
    ZHIMI_TRY(Word word, read_word<Word>(lexer_));
    return add_exception(set, word, at);
  }

  template <class Word>
  Status add_exception(Set<Word>& set, Word word, const Token& at) {
    if (set.has(word)) return lexer_.error(at, fmt::format("{} is named twice: remove one", quoted(at)));
    set.add(word);
    return {};
  }

  Status read_show(Rule& rule) {
    ZHIMI_TRY(auto items, read_items(lexer_));
    ZHIMI_TRY(bool everything, wildcard(items, words::clear(Category::kStructure), "show everything hidden"));
    rule.table = everything ? Table::everything() : Table();
    for (const Item& item : items) {
      if (!item.category) continue;
      if (!everything && item.forms == words::kHidden)
        return lexer_.error(
            item.at, fmt::format("{} is hidden unless shown: remove it, or cap it in a `forbid`", quoted(item.at)));
      if (everything && item.forms == words::clear(*item.category))
        return lexer_.error(item.at, fmt::format("{} is clear with everything already: remove it", quoted(item.at)));
      rule.table[*item.category] = item.forms;
    }
    return {};
  }

  Status read_cap(Rule& rule) {
    ZHIMI_TRY(auto items, read_items(lexer_));
    ZHIMI_TRY(bool everything, wildcard(items, words::kHidden, "cap everything clear"));
    rule.table = everything ? Table() : Table::everything();
    for (const Item& item : items) {
      if (!item.category) continue;
      if (!everything && item.forms == words::clear(*item.category))
        return lexer_.error(item.at,
                            fmt::format("a cap of {} at clear takes nothing away: remove it", quoted(item.at)));
      if (everything && item.forms == words::kHidden)
        return lexer_.error(item.at, fmt::format("{} is hidden with everything already: remove it", quoted(item.at)));
      rule.table[*item.category] = item.forms;
    }
    return {};
  }

  // Whether `everything` is among the items; an error when it says the opposite of what can make sense here.
  Result<bool> wildcard(const std::vector<Item>& items, FormSet wanted, std::string_view senseless) {
    for (const Item& item : items) {
      if (item.category) continue;
      if (item.forms != wanted)
        return lexer_.error(item.at, fmt::format("`{}` does nothing: name the categories that are meant", senseless));
      return true;
    }
    return false;
  }

  Status check_rule(Rule& rule, const Token& name) {
    bool permit = rule.kind == Rule::Kind::kPermit;
    if (permit && !(seen_ & bit(Keyword::kShow)))
      return lexer_.error(name, fmt::format("the permit {} shows nothing: add a `show` clause", quoted(name)));
    if (!permit && !(seen_ & bit(Keyword::kCap)))
      return lexer_.error(name, fmt::format("the forbid {} caps nothing: add a `cap` clause", quoted(name)));
    rule.table[Category::kStructure] = words::kHidden;
    bool shows = !rule.table.hides_everything();
    if (permit && !shows)
      return lexer_.error(name, fmt::format("the permit {} shows nothing: every category is hidden", quoted(name)));
    if (shows) rule.table[Category::kStructure] = words::clear(Category::kStructure);
    return check_contradictions(rule);
  }

  Status check_contradictions(const Rule& rule) {
    auto swallowed = [](auto wanted, auto excepted) { return !wanted.empty() && wanted.without(excepted).empty(); };
    if (swallowed(rule.roles, rule.unless_roles) || swallowed(rule.steps, rule.unless_steps) ||
        swallowed(rule.purposes, rule.unless_purposes) || swallowed(rule.labels, rule.unless_labels) ||
        swallowed(rule.relations, rule.unless_relations) ||
        (rule.same_department && rule.unless_relations.has(Relation::kDepartment)))
      return lexer_.error(unless_,
                          fmt::format("rule `{}` never applies: `unless` excepts all that it asks for", rule.name));
    if (rule.same_department && rule.relations == Set<Relation>{Relation::kNone})
      return lexer_.error(
          {.line = rule.line},
          fmt::format("rule `{}` never applies: `relation none` contradicts `department same`", rule.name));
    return {};
  }

  Lexer lexer_;
  Policy policy_;
  std::unordered_set<std::string> names_;
  uint64_t seen_ = 0;  // clauses of the rule being read
  Token unless_;
};

}  // namespace

Result<Policy> parse(std::string_view text, std::string_view file_name) {
  ZHIMI_TRY(Lexer lexer, Lexer::open(text, file_name));
  return Parser(std::move(lexer)).run();
}

}  // namespace zhimi::policy
