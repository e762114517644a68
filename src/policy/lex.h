// Policy text as tokens. White space only separates; `#` starts a comment; full-width comma, enumeration comma and
// brackets count as their ASCII twins. Lexing is lazy, so memory does not grow with the text.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "words/words.h"

namespace zhimi::policy {

enum class Keyword : uint8_t {
  kNone,
  kPolicy,
  kPermit,
  kForbid,
  kNever,
  kAtleast,
  kRole,
  kStep,
  kPurpose,
  kTerminal,
  kRelation,
  kLabel,
  kDepartment,
  kSame,
  kUnless,
  kOr,
  kShow,
  kCap,
  kDuty,
  kEverything,
  kHidden,
  kCase,
  kRule,
  kExpect,
  kOnly,
  kRefused,
  kPossibly,
  kNot,  // of test files only
};
Keyword find_keyword(std::string_view word);  // by its English or Chinese name; kNone
std::string_view name(Keyword keyword, words::Language language);

struct Token {
  enum class Kind : uint8_t { kWord, kComma, kOpen, kClose, kEnd } kind = Kind::kEnd;
  std::string_view text;
  int line = 1, column = 1;  // from 1; columns are code points
};

// Borrows text and file name; both outlive it. Copy it to look further ahead.
class Lexer {
 public:
  // Checks the whole text once: kTooLarge beyond limits::kPolicyBytes; kInvalid for bytes that are not UTF-8, control
  // characters and characters that hide or reorder what a reviewer reads (zero width, bidirectional).
  static Result<Lexer> open(std::string_view text, std::string_view file_name);

  const Token& peek() const { return token_; }
  Token next();
  Keyword keyword() const;  // of the current token; kNone
  bool at(Keyword keyword) const { return this->keyword() == keyword; }
  bool accept(Keyword keyword);  // true, and past it, when it comes next
  bool accept_comma();
  bool accept_separator() { return accept_comma() || accept(Keyword::kOr); }
  // Comments met on the way to the current token since the last call, each line ended by '\n'.
  std::string take_comments() { return std::exchange(comments_, {}); }
  // kInvalid, "file:line:column: what".
  Error error(const Token& at, std::string_view what) const;

 private:
  Lexer(std::string_view text, std::string_view file_name) : text_(text), file_name_(file_name) {}
  void advance();
  void skip_blanks();

  std::string_view text_, file_name_;
  size_t at_ = 0;
  int line_ = 1, column_ = 1;
  Token token_;
  std::string comments_;
};

// The token between backticks for a message, cut short; "the end of the file" for the end.
std::string quoted(const Token& token);

}  // namespace zhimi::policy
