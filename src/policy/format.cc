#include <fmt/format.h>

#include "base/text.h"
#include "policy/phrases.h"

namespace zhimi::policy {

using words::FormSet, words::Language;

namespace {

constexpr size_t kLineWidth = 100;

// Clause after clause, lists broken before they pass kLineWidth.
class Writer {
 public:
  explicit Writer(Language language) : language_(language) {}

  void comments(std::string_view note) {
    for (size_t end; (end = note.find('\n')) != std::string_view::npos; note.remove_prefix(end + 1))
      out_ += end ? fmt::format("# {}\n", note.substr(0, end)) : "#\n";
  }
  void line(std::string_view text) { out_.append(text).push_back('\n'); }
  void head(Keyword keyword, std::string_view its_name) { line(fmt::format("{} {}", word(keyword), its_name)); }
  void clause(Keyword keyword, const std::vector<std::string>& items, std::string_view separator) {
    if (items.empty()) return;
    std::string now = fmt::format("  {} ", word(keyword));
    size_t width = display_width(now);
    for (size_t i = 0; i < items.size(); ++i) {
      std::string item = items[i];
      if (i + 1 < items.size()) item += separator;
      if (i && width + display_width(trim(item)) > kLineWidth) {
        line(trim_end(now));
        now = "    ";
        width = 4;
      }
      now += item;
      width += display_width(item);
    }
    line(now);
  }
  template <class Word>
  void words_clause(Keyword keyword, Set<Word> set) {
    std::vector<std::string> items;
    set.each([&](Word w) { items.emplace_back(words::name(w, language_)); });
    clause(keyword, items, comma());
  }
  std::string_view word(Keyword keyword) const { return name(keyword, language_); }
  std::string_view comma() const { return language_ == Language::kChinese ? "、" : ", "; }
  Language language() const { return language_; }
  std::string take() { return std::move(out_); }

 private:
  static std::string_view trim_end(std::string_view s) {
    while (s.ends_with(' ')) s.remove_suffix(1);
    return s;
  }
  Language language_;
  std::string out_;
};

void write_exceptions(Writer& writer, const Rule& rule) {
  std::vector<std::string> items;
  auto add = [&](Keyword kind, auto set) {
    set.each(
        [&](auto w) { items.push_back(fmt::format("{} {}", writer.word(kind), words::name(w, writer.language()))); });
  };
  add(Keyword::kRole, rule.unless_roles);
  add(Keyword::kStep, rule.unless_steps);
  add(Keyword::kPurpose, rule.unless_purposes);
  add(Keyword::kRelation, rule.unless_relations);
  add(Keyword::kLabel, rule.unless_labels);
  writer.clause(Keyword::kUnless, items, fmt::format(" {} ", writer.word(Keyword::kOr)));
}

// Spelt out category by category, or as `everything` and what differs from it: whichever is shorter.
void write_table(Writer& writer, const Rule& rule) {
  bool permit = rule.kind == Rule::Kind::kPermit;
  Table bare = permit ? Table() : Table::everything(), wide = permit ? Table::everything() : Table();
  std::vector<Category> from_bare, from_wide;
  for (size_t i = 0; i < words::Kind<Category>::count; ++i) {
    Category c = static_cast<Category>(i);
    if (c == Category::kStructure) continue;
    if (rule.table[c] != bare[c]) from_bare.push_back(c);
    if (rule.table[c] != wide[c]) from_wide.push_back(c);
  }
  bool use_wide = from_wide.size() + 1 < from_bare.size() || from_bare.empty();
  std::vector<std::string> items;
  if (use_wide) {
    std::string_view form =
        permit ? words::name(words::Form::kClear, writer.language()) : writer.word(Keyword::kHidden);
    items.push_back(fmt::format("{} {}", writer.word(Keyword::kEverything), form));
  }
  for (Category c : use_wide ? from_wide : from_bare)
    items.push_back(
        fmt::format("{} {}", words::name(c, writer.language()), form_phrase(c, rule.table[c], writer.language())));
  writer.clause(permit ? Keyword::kShow : Keyword::kCap, items, writer.comma());
}

void write_rule(Writer& writer, const Rule& rule) {
  writer.comments(rule.note);
  writer.head(rule.kind == Rule::Kind::kPermit ? Keyword::kPermit : Keyword::kForbid, rule.name);
  writer.words_clause(Keyword::kRole, rule.roles);
  writer.words_clause(Keyword::kStep, rule.steps);
  writer.words_clause(Keyword::kPurpose, rule.purposes);
  writer.words_clause(Keyword::kTerminal, rule.terminals);
  writer.words_clause(Keyword::kRelation, rule.relations);
  if (rule.same_department)
    writer.line(fmt::format("  {} {}", writer.word(Keyword::kDepartment), writer.word(Keyword::kSame)));
  writer.words_clause(Keyword::kLabel, rule.labels);
  write_exceptions(writer, rule);
  write_table(writer, rule);
  writer.words_clause(Keyword::kDuty, rule.duties);
}

}  // namespace

bool Rule::operator==(const Rule& o) const {
  return kind == o.kind && name == o.name && roles == o.roles && steps == o.steps && purposes == o.purposes &&
         terminals == o.terminals && relations == o.relations && same_department == o.same_department &&
         labels == o.labels && unless_relations == o.unless_relations && unless_purposes == o.unless_purposes &&
         unless_roles == o.unless_roles && unless_steps == o.unless_steps && unless_labels == o.unless_labels &&
         table == o.table && duties == o.duties && note == o.note;
}

std::string format(const Policy& policy, Language language) {
  Writer writer(language);
  if (!policy.name.empty()) {
    writer.comments(policy.note);
    writer.head(Keyword::kPolicy, policy.name);
  }
  bool first = policy.name.empty();
  for (const Rule& rule : policy.rules) {
    if (!first) writer.line("");
    first = false;
    write_rule(writer, rule);
  }
  return writer.take();
}

}  // namespace zhimi::policy
