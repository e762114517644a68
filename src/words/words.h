// The vocabulary: closed word lists with English and Chinese names, and the algebra of forms. Thread-safe: all
// constant.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zhimi::words {

enum class Language : uint8_t { kEnglish, kChinese };
// A set of words of one kind, as bits in the frozen order of packs/words.toml.
template <class Word>
class Set {
 public:
  constexpr Set() = default;
  constexpr Set(std::initializer_list<Word> words) {
    for (Word w : words) bits_ |= bit(w);
  }
  static constexpr Set of_bits(uint64_t bits) {
    Set s;
    s.bits_ = bits;
    return s;
  }
  static constexpr Set all();
  constexpr bool has(Word w) const { return bits_ & bit(w); }
  constexpr void add(Word w) { bits_ |= bit(w); }
  constexpr void remove(Word w) { bits_ &= ~bit(w); }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr int size() const { return std::popcount(bits_); }
  constexpr uint64_t bits() const { return bits_; }
  constexpr Set operator|(Set o) const { return of_bits(bits_ | o.bits_); }
  constexpr Set operator&(Set o) const { return of_bits(bits_ & o.bits_); }
  constexpr Set without(Set o) const { return of_bits(bits_ & ~o.bits_); }
  constexpr bool operator==(const Set&) const = default;
  template <class F>
  constexpr void each(F&& f) const {
    for (uint64_t b = bits_; b; b &= b - 1) f(static_cast<Word>(std::countr_zero(b)));
  }

 private:
  static constexpr uint64_t bit(Word w) { return uint64_t{1} << static_cast<int>(w); }
  uint64_t bits_ = 0;
};

// Each enum counts from 0 in the order of its list; k<Kind>Count is its size.
#define ZHIMI_FIRST(id, en, zh) id,
#define ZHIMI_LABEL ZHIMI_FIRST
enum class Label : uint8_t {
#include "words/words.gen.inc"
};
#undef ZHIMI_LABEL
#define ZHIMI_STEP ZHIMI_FIRST
enum class Step : uint8_t {
#include "words/words.gen.inc"
};
#undef ZHIMI_STEP
#define ZHIMI_PURPOSE ZHIMI_FIRST
enum class Purpose : uint8_t {
#include "words/words.gen.inc"
};
#undef ZHIMI_PURPOSE
#define ZHIMI_TERMINAL ZHIMI_FIRST
enum class Terminal : uint8_t {
#include "words/words.gen.inc"
};
#undef ZHIMI_TERMINAL
#define ZHIMI_RELATION ZHIMI_FIRST
enum class Relation : uint8_t {
#include "words/words.gen.inc"
};
#undef ZHIMI_RELATION
#define ZHIMI_DUTY ZHIMI_FIRST
enum class Duty : uint8_t {
#include "words/words.gen.inc"
};
#undef ZHIMI_DUTY
#define ZHIMI_ROLE ZHIMI_FIRST
enum class Role : uint8_t {
#include "words/words.gen.inc"
};
#undef ZHIMI_ROLE
// One way of showing a datum: the bit positions of FormSet.
#define ZHIMI_ATOM ZHIMI_FIRST
enum class Form : uint8_t {
#include "words/words.gen.inc"
};
#undef ZHIMI_ATOM
#undef ZHIMI_FIRST
#define ZHIMI_CATEGORY(id, en, zh, cls, level, closure, order) id,
enum class Category : uint8_t {
#include "words/words.gen.inc"
};
#undef ZHIMI_CATEGORY
// GB/T 39725-2020 section 6.1.
enum class DataClass : uint8_t {
  kPersonalAttribute,
  kHealthStatus,
  kMedicalApplication,
  kMedicalPayment,
  kHealthResource,
  kPublicHealth
};

template <class Word>
struct Kind;  // Kind<Step>::count
template <class Word>
constexpr Set<Word> Set<Word>::all() {
  return of_bits(Kind<Word>::count == 64 ? ~uint64_t{0} : (uint64_t{1} << Kind<Word>::count) - 1);
}

#define ZHIMI_COUNT(...) +1
#define ZHIMI_LABEL ZHIMI_COUNT
template <>
struct Kind<Label> {
  static constexpr size_t count = 0
#include "words/words.gen.inc"
      ;
};
#undef ZHIMI_LABEL
#define ZHIMI_STEP ZHIMI_COUNT
template <>
struct Kind<Step> {
  static constexpr size_t count = 0
#include "words/words.gen.inc"
      ;
};
#undef ZHIMI_STEP
#define ZHIMI_PURPOSE ZHIMI_COUNT
template <>
struct Kind<Purpose> {
  static constexpr size_t count = 0
#include "words/words.gen.inc"
      ;
};
#undef ZHIMI_PURPOSE
#define ZHIMI_TERMINAL ZHIMI_COUNT
template <>
struct Kind<Terminal> {
  static constexpr size_t count = 0
#include "words/words.gen.inc"
      ;
};
#undef ZHIMI_TERMINAL
#define ZHIMI_RELATION ZHIMI_COUNT
template <>
struct Kind<Relation> {
  static constexpr size_t count = 0
#include "words/words.gen.inc"
      ;
};
#undef ZHIMI_RELATION
#define ZHIMI_DUTY ZHIMI_COUNT
template <>
struct Kind<Duty> {
  static constexpr size_t count = 0
#include "words/words.gen.inc"
      ;
};
#undef ZHIMI_DUTY
#define ZHIMI_ROLE ZHIMI_COUNT
template <>
struct Kind<Role> {
  static constexpr size_t count = 0
#include "words/words.gen.inc"
      ;
};
#undef ZHIMI_ROLE
#define ZHIMI_ATOM ZHIMI_COUNT
template <>
struct Kind<Form> {
  static constexpr size_t count = 0
#include "words/words.gen.inc"
      ;
};
#undef ZHIMI_ATOM
#define ZHIMI_CATEGORY ZHIMI_COUNT
template <>
struct Kind<Category> {
  static constexpr size_t count = 0
#include "words/words.gen.inc"
      ;
};
#undef ZHIMI_CATEGORY
#undef ZHIMI_COUNT

// The word's name in one language; English names are the ids used in files, logs and JSON.
// Defined for Category Label Step Purpose Terminal Relation Duty Role Form.
template <class Word>
std::string_view name(Word word, Language language = Language::kEnglish);
// Finds a word by its English or Chinese name (purposes also in lower case).
template <class Word>
std::optional<Word> find(std::string_view name);
// All names of a kind in both languages, for suggestions.
template <class Word>
const std::vector<std::string_view>& names();

DataClass data_class(Category category);
std::string_view name(DataClass data_class, Language language = Language::kEnglish);
int level(Category category);  // GB/T 39725-2020 level, 1 to 5

// What a reader may compute about one datum: a set of forms that holds, with each form, every form computable from it.
// Empty is hidden. Join is union and meet is intersection, so both are associative, commutative, idempotent and
// monotone; the meet of forms with nothing declared below both is hidden.
using FormSet = uint16_t;
inline constexpr FormSet kHidden = 0;
// The form with all below it in this category; kHidden when the category does not know the form.
FormSet closure(Category category, Form form);
inline FormSet clear(Category category) { return closure(category, Form::kClear); }
inline bool at_most(FormSet a, FormSet b) { return (a & ~b) == 0; }
// How a set is rendered: the first form in the category's order that it holds; nullopt is hidden.
std::optional<Form> rendering(Category category, FormSet forms);
std::string describe(Category category, FormSet forms,
                     Language language = Language::kEnglish);  // "masked(tail)", "hidden"

inline constexpr size_t kTableSize = 64;
// A FormSet for each category, by its number: a whole view. Default hides everything.
class Table {
 public:
  FormSet operator[](Category c) const { return forms_[static_cast<size_t>(c)]; }
  FormSet& operator[](Category c) { return forms_[static_cast<size_t>(c)]; }
  static Table everything();  // every category clear
  void join(const Table& o) {
    for (size_t i = 0; i < kTableSize; ++i) forms_[i] |= o.forms_[i];
  }
  void meet(const Table& o) {
    for (size_t i = 0; i < kTableSize; ++i) forms_[i] &= o.forms_[i];
  }
  bool hides_everything() const { return *this == Table(); }
  bool operator==(const Table&) const = default;
  const std::array<FormSet, kTableSize>& raw() const { return forms_; }

 private:
  alignas(64) std::array<FormSet, kTableSize> forms_{};
};

}  // namespace zhimi::words
