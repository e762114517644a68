#include "policy/phrases.h"

#include <fmt/format.h>

#include "base/text.h"

namespace zhimi::policy {

using words::Form, words::FormSet, words::Language;

namespace {

template <class Word>
constexpr std::string_view kKind = "";
template <>
constexpr std::string_view kKind<Role> = "role";
template <>
constexpr std::string_view kKind<Step> = "step";
template <>
constexpr std::string_view kKind<Purpose> = "purpose";
template <>
constexpr std::string_view kKind<Terminal> = "terminal";
template <>
constexpr std::string_view kKind<Relation> = "relation";
template <>
constexpr std::string_view kKind<Label> = "label";
template <>
constexpr std::string_view kKind<Duty> = "duty";
template <>
constexpr std::string_view kKind<Category> = "category";

// What else the word is, for "`attending` is a relation, not a role".
std::string_view kind_of(std::string_view word) {
  std::string_view kind;
  auto look = [&]<class Word>(std::type_identity<Word>) {
    if (kind.empty() && words::find<Word>(word)) kind = kKind<Word>;
  };
  look(std::type_identity<Role>{}), look(std::type_identity<Step>{}), look(std::type_identity<Purpose>{});
  look(std::type_identity<Terminal>{}), look(std::type_identity<Relation>{}), look(std::type_identity<Label>{});
  look(std::type_identity<Duty>{}), look(std::type_identity<Category>{});
  return kind;
}

template <class Word>
Error unknown_word(const Lexer& lexer, const Token& token) {
  std::string_view wanted = kKind<Word>;
  if (token.kind != Token::Kind::kWord || find_keyword(token.text) != Keyword::kNone)
    return lexer.error(token, fmt::format("a {} is missing before {}", wanted, quoted(token)));
  if (std::string_view other = kind_of(token.text); !other.empty())
    return lexer.error(token, fmt::format("{} is a {}, not a {}", quoted(token), other, wanted));
  return lexer.error(
      token, fmt::format("unknown {} {}{}", wanted, quoted(token), suggestion(token.text, words::names<Word>())));
}

struct FormName {
  std::string_view form, how;
};
FormName split_form(std::string_view name) {
  size_t open = name.find('(');
  if (open == std::string_view::npos) return {name, {}};
  return {name.substr(0, open), name.substr(open + 1, name.size() - open - 2)};
}

// The forms of a category from the finest, then hidden: "clear, dial, masked(tail) and hidden".
std::string forms_of(Category category) {
  std::string all;
  FormSet left = words::clear(category);
  while (auto form = words::rendering(category, left)) {
    all += fmt::format("{}{}", all.empty() ? "" : ", ", words::name(*form));
    left = static_cast<FormSet>(left & ~(1u << static_cast<int>(*form)));
  }
  return all + " and hidden";
}

// A bare `masked` or `coarse` means the category's finest.
std::optional<Form> find_form(Category category, std::string_view form, std::string_view how) {
  FormSet found = 0;
  for (size_t i = 0; i < words::Kind<Form>::count; ++i) {
    Form candidate = static_cast<Form>(i);
    if (!words::closure(category, candidate)) continue;
    FormName en = split_form(words::name(candidate)), zh = split_form(words::name(candidate, Language::kChinese));
    bool same_form = form == en.form || form == zh.form;
    bool same_how = how.empty() || how == en.how || how == zh.how;
    if (same_form && same_how) found = static_cast<FormSet>(found | 1u << i);
  }
  return words::rendering(category, found);
}

Result<Form> read_form(Lexer& lexer, Category category) {
  Token form = lexer.next();
  if (form.kind != Token::Kind::kWord || find_keyword(form.text) != Keyword::kNone)
    return lexer.error(form, fmt::format("say how {} is shown: {}", words::name(category), forms_of(category)));
  std::string_view how;
  if (lexer.peek().kind == Token::Kind::kOpen) {
    lexer.next();
    Token word = lexer.next();
    if (word.kind != Token::Kind::kWord)
      return lexer.error(word, fmt::format("a word is missing before {}", quoted(word)));
    how = word.text;
    Token close = lexer.next();
    if (close.kind != Token::Kind::kClose)
      return lexer.error(close, fmt::format("`)` is missing before {}", quoted(close)));
  }
  if (auto found = find_form(category, form.text, how)) return *found;
  Token whole = form;
  std::string text(form.text);
  if (!how.empty()) text += fmt::format("({})", how);
  whole.text = text;
  return lexer.error(
      whole, fmt::format("{} has no form {}: it has {}", words::name(category), quoted(whole), forms_of(category)));
}

Result<FormSet> read_forms(Lexer& lexer, Category category) {
  if (lexer.accept(Keyword::kHidden)) return words::kHidden;
  FormSet all = 0;
  do {
    Token at = lexer.peek();
    ZHIMI_TRY(Form form, read_form(lexer, category));
    FormSet closed = words::closure(category, form);
    if (all && (words::at_most(closed, all) || words::at_most(all, closed)))
      return lexer.error(at, "one of these forms contains the other: write only the finer one");
    all = static_cast<FormSet>(all | closed);
  } while (lexer.accept(Keyword::kOr));
  return all;
}

Result<FormSet> read_everything(Lexer& lexer) {
  if (lexer.accept(Keyword::kHidden)) return words::kHidden;
  Token form = lexer.next();
  if (form.kind == Token::Kind::kWord && words::find<Form>(form.text) == Form::kClear)
    return static_cast<FormSet>(1u << static_cast<int>(Form::kClear));
  return lexer.error(
      form, fmt::format("everything is `clear` or `hidden`, not {}: name the categories instead", quoted(form)));
}

Result<Item> read_item(Lexer& lexer) {
  Item item{.at = lexer.peek()};
  if (lexer.accept(Keyword::kEverything)) {
    ZHIMI_TRY(item.forms, read_everything(lexer));
    return item;
  }
  ZHIMI_TRY(Category category, read_word<Category>(lexer));
  if (category == Category::kStructure)
    return lexer.error(item.at, "structure goes with anything shown and is never written: remove it");
  item.category = category;
  ZHIMI_TRY(item.forms, read_forms(lexer, category));
  return item;
}

bool name_character(char32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
         c == '.' || (c >= 0x3400 && c <= 0x9fff) || (c >= 0xc0 && c < 0x2000) || (c >= 0x20000 && c <= 0x3fffd);
}

}  // namespace

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  auto closest = closest_word(word, known);
  return closest ? fmt::format("; did you mean `{}`?", *closest) : "";
}

template <class Word>
Result<Word> read_word(Lexer& lexer) {
  Token token = lexer.peek();
  std::optional<Word> found;
  if (token.kind == Token::Kind::kWord) found = words::find<Word>(token.text);
  if (!found) return unknown_word<Word>(lexer, token);
  lexer.next();
  return *found;
}

template <class Word>
Result<Set<Word>> read_words(Lexer& lexer) {
  Set<Word> all;
  do {
    Token at = lexer.peek();
    ZHIMI_TRY(Word word, read_word<Word>(lexer));
    if (all.has(word)) return lexer.error(at, fmt::format("{} is named twice: remove one", quoted(at)));
    all.add(word);
  } while (lexer.accept_separator());
  return all;
}

#define ZHIMI_INSTANTIATE(Word)                  \
  template Result<Word> read_word<Word>(Lexer&); \
  template Result<Set<Word>> read_words<Word>(Lexer&);
ZHIMI_INSTANTIATE(Role)
ZHIMI_INSTANTIATE(Step)
ZHIMI_INSTANTIATE(Purpose)
ZHIMI_INSTANTIATE(Terminal)
ZHIMI_INSTANTIATE(Relation)
ZHIMI_INSTANTIATE(Label)
ZHIMI_INSTANTIATE(Duty)
#undef ZHIMI_INSTANTIATE

Result<std::vector<Item>> read_items(Lexer& lexer) {
  std::vector<Item> items;
  Set<Category> named;
  bool everything = false;
  do {
    ZHIMI_TRY(Item item, read_item(lexer));
    bool again = item.category ? named.has(*item.category) : everything;
    if (again)
      return lexer.error(item.at, fmt::format("{} is named twice: keep the one that is meant", quoted(item.at)));
    if (item.category)
      named.add(*item.category);
    else
      everything = true;
    items.push_back(item);
  } while (lexer.accept_comma());
  return items;
}

std::string form_phrase(Category category, FormSet forms, Language language) {
  std::string phrase;
  FormSet left = forms;
  while (auto form = words::rendering(category, left)) {
    if (!phrase.empty()) phrase += fmt::format(" {} ", name(Keyword::kOr, language));
    phrase += words::name(*form, language);
    left = static_cast<FormSet>(left & ~words::closure(category, *form));
  }
  return phrase.empty() ? std::string(name(Keyword::kHidden, language)) : phrase;
}

Result<std::string> read_name(Lexer& lexer, std::string_view what) {
  Token token = lexer.peek();
  Keyword keyword = lexer.keyword();
  if (token.kind != Token::Kind::kWord || (keyword != Keyword::kNone && keyword <= Keyword::kHidden))
    return lexer.error(token, fmt::format("{} needs a name before {}", what, quoted(token)));
  for (size_t at = 0; at < token.text.size();)
    if (!name_character(next_code_point(token.text, at)))
      return lexer.error(token, fmt::format("the name {} may hold letters, digits and `-_.` only", quoted(token)));
  if (code_points(token.text) > 64) return lexer.error(token, "a name has at most 64 characters: shorten it");
  lexer.next();
  return std::string(token.text);
}

}  // namespace zhimi::policy
