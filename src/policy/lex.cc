#include "policy/lex.h"

#include <fmt/format.h>

#include <optional>

#include "base/limits.h"
#include "base/text.h"

namespace zhimi::policy {

namespace {

struct KeywordRow {
  Keyword keyword;
  std::string_view en, zh;
};
constexpr KeywordRow kKeywords[] = {
    {Keyword::kNone, "", ""},
    {Keyword::kPolicy, "policy", "策略"},
    {Keyword::kPermit, "permit", "许可"},
    {Keyword::kForbid, "forbid", "禁止"},
    {Keyword::kNever, "never", "绝不"},
    {Keyword::kAtleast, "atleast", "至少"},
    {Keyword::kRole, "role", "角色"},
    {Keyword::kStep, "step", "步骤"},
    {Keyword::kPurpose, "purpose", "目的"},
    {Keyword::kTerminal, "terminal", "终端"},
    {Keyword::kRelation, "relation", "关系"},
    {Keyword::kLabel, "label", "标签"},
    {Keyword::kDepartment, "department", "科室"},
    {Keyword::kSame, "same", "同科"},
    {Keyword::kUnless, "unless", "除非"},
    {Keyword::kOr, "or", "或"},
    {Keyword::kShow, "show", "显示"},
    {Keyword::kCap, "cap", "上限"},
    {Keyword::kDuty, "duty", "责任"},
    {Keyword::kEverything, "everything", "一切"},
    {Keyword::kHidden, "hidden", "隐藏"},
    {Keyword::kCase, "case", "用例"},
    {Keyword::kRule, "rule", "规则"},
    {Keyword::kExpect, "expect", "期望"},
    {Keyword::kOnly, "only", "仅"},
    {Keyword::kRefused, "refused", "拒绝"},
    {Keyword::kPossibly, "possibly", "可能"},
    {Keyword::kNot, "not", "非"},
};

bool blank(char32_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0x3000; }

std::optional<Token::Kind> punctuation(char32_t c) {
  if (c == ',' || c == 0xff0c || c == 0x3001) return Token::Kind::kComma;
  if (c == '(' || c == 0xff08) return Token::Kind::kOpen;
  if (c == ')' || c == 0xff09) return Token::Kind::kClose;
  return std::nullopt;
}

// Characters by which a text can read differently from what it says: controls, zero-width and bidirectional marks
// (Unicode TR 36, section 2; CVE-2021-42574).
bool deceptive(char32_t c) {
  if (c < 0x20) return c != '\t' && c != '\n' && c != '\r';
  return (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
         (c >= 0xe0000 && c <= 0xe0fff);
}

}  // namespace

Keyword find_keyword(std::string_view word) {
  for (const KeywordRow& row : kKeywords)
    if (row.en == word || row.zh == word) return row.keyword;
  return Keyword::kNone;
}

std::string_view name(Keyword keyword, words::Language language) {
  const KeywordRow& row = kKeywords[static_cast<size_t>(keyword)];
  return language == words::Language::kChinese ? row.zh : row.en;
}

Result<Lexer> Lexer::open(std::string_view text, std::string_view file_name) {
  if (text.size() > limits::kPolicyBytes)
    return make_error(Code::kTooLarge, fmt::format("{}: a policy holds at most {} bytes, this one has {}: split it",
                                                   file_name, limits::kPolicyBytes, text.size()));
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Lexer lexer(text, file_name);
  Token here;
  for (size_t at = 0; at < text.size();) {
    size_t from = at;
    char32_t c = next_code_point(text, at);
    if (c == 0xfffd && at - from == 1) return lexer.error(here, "this byte is not UTF-8: save the file as UTF-8");
    if (deceptive(c))
      return lexer.error(
          here, fmt::format("the invisible character U+{:04X} is not allowed: remove it", static_cast<uint32_t>(c)));
    ++here.column;
    if (c == '\n') ++here.line, here.column = 1;
  }
  lexer.advance();
  return lexer;
}

void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    size_t after = at_;
    char32_t c = next_code_point(text_, after);
    if (c == '#') {
      size_t end = std::min(text_.find('\n', at_), text_.size());
      std::string_view comment = text_.substr(at_ + 1, end - at_ - 1);
      if (comment.starts_with(' ')) comment.remove_prefix(1);
      while (!comment.empty() && blank(static_cast<unsigned char>(comment.back()))) comment.remove_suffix(1);
      comments_.append(comment).push_back('\n');
      at_ = end;
    } else if (blank(c)) {
      at_ = after;
      ++column_;
      if (c == '\n') ++line_, column_ = 1;
    } else {
      return;
    }
  }
}

void Lexer::advance() {
  skip_blanks();
  token_ = {Token::Kind::kEnd, {}, line_, column_};
  if (at_ == text_.size()) return;
  size_t from = at_;
  char32_t c = next_code_point(text_, at_);
  ++column_;
  token_.kind = Token::Kind::kWord;
  if (auto kind = punctuation(c)) {
    token_.kind = *kind;
  } else {
    while (at_ < text_.size()) {
      size_t after = at_;
      c = next_code_point(text_, after);
      if (blank(c) || c == '#' || punctuation(c)) break;
      at_ = after;
      ++column_;
    }
  }
  token_.text = text_.substr(from, at_ - from);
}

Token Lexer::next() {
  Token token = token_;
  advance();
  return token;
}

Keyword Lexer::keyword() const {
  return token_.kind == Token::Kind::kWord ? find_keyword(token_.text) : Keyword::kNone;
}

bool Lexer::accept(Keyword keyword) {
  if (!at(keyword)) return false;
  advance();
  return true;
}

bool Lexer::accept_comma() {
  if (token_.kind != Token::Kind::kComma) return false;
  advance();
  return true;
}

Error Lexer::error(const Token& at, std::string_view what) const {
  return make_error(Code::kInvalid, fmt::format("{}:{}:{}: {}", file_name_, at.line, at.column, what));
}

std::string quoted(const Token& token) {
  if (token.kind == Token::Kind::kEnd) return "the end of the file";
  constexpr size_t kShown = 40;
  size_t at = 0, points = 0;
  while (at < token.text.size() && points < kShown) next_code_point(token.text, at), ++points;
  return fmt::format("`{}{}`", token.text.substr(0, at), at < token.text.size() ? "..." : "");
}

}  // namespace zhimi::policy
