// Phrases that policies and their test files share: lists of words and lists of "category form". Errors suggest the
// word that was probably meant.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "policy/lex.h"
#include "policy/policy.h"

namespace zhimi::policy {

// WORD { (`,` | `or`) WORD }, each at most once. Defined for Role Step Purpose Terminal Relation Label Duty.
template <class Word>
Result<Set<Word>> read_words(Lexer& lexer);
template <class Word>
Result<Word> read_word(Lexer& lexer);

struct Item {
  Token at;
  std::optional<Category> category;  // nullopt: everything, which is `clear` or hidden
  words::FormSet forms = words::kHidden;
};
// ITEM { `,` ITEM }, ITEM = (CATEGORY | `everything`) FORM { `or` FORM }, each category at most once.
Result<std::vector<Item>> read_items(Lexer& lexer);
// "token or masked(surname)": the forms of a set that are not implied by another of it; "hidden".
std::string form_phrase(Category category, words::FormSet forms, words::Language language);

// A name someone gives: letters of any script, digits and `-_.`, at most 64 characters and no word of the language.
Result<std::string> read_name(Lexer& lexer, std::string_view what);
// "; did you mean `x`?", or nothing.
std::string suggestion(std::string_view word, std::span<const std::string_view> known);

}  // namespace zhimi::policy
