#include "words/words.h"

namespace zhimi::words {

namespace {

struct Names {
  std::string_view en, zh;
};

template <class Word>
struct Rows;
#define ZHIMI_ROW(id, en, zh) {en, zh},
#define ZHIMI_LABEL ZHIMI_ROW
template <>
struct Rows<Label> {
  static constexpr Names rows[] = {
#include "words/words.gen.inc"
  };
};
#undef ZHIMI_LABEL
#define ZHIMI_STEP ZHIMI_ROW
template <>
struct Rows<Step> {
  static constexpr Names rows[] = {
#include "words/words.gen.inc"
  };
};
#undef ZHIMI_STEP
#define ZHIMI_PURPOSE ZHIMI_ROW
template <>
struct Rows<Purpose> {
  static constexpr Names rows[] = {
#include "words/words.gen.inc"
  };
};
#undef ZHIMI_PURPOSE
#define ZHIMI_TERMINAL ZHIMI_ROW
template <>
struct Rows<Terminal> {
  static constexpr Names rows[] = {
#include "words/words.gen.inc"
  };
};
#undef ZHIMI_TERMINAL
#define ZHIMI_RELATION ZHIMI_ROW
template <>
struct Rows<Relation> {
  static constexpr Names rows[] = {
#include "words/words.gen.inc"
  };
};
#undef ZHIMI_RELATION
#define ZHIMI_DUTY ZHIMI_ROW
template <>
struct Rows<Duty> {
  static constexpr Names rows[] = {
#include "words/words.gen.inc"
  };
};
#undef ZHIMI_DUTY
#define ZHIMI_ROLE ZHIMI_ROW
template <>
struct Rows<Role> {
  static constexpr Names rows[] = {
#include "words/words.gen.inc"
  };
};
#undef ZHIMI_ROLE
#define ZHIMI_ATOM ZHIMI_ROW
template <>
struct Rows<Form> {
  static constexpr Names rows[] = {
#include "words/words.gen.inc"
  };
};
#undef ZHIMI_ATOM
#undef ZHIMI_ROW
#define ZHIMI_CATEGORY(id, en, zh, cls, level, closure, order) {en, zh},
template <>
struct Rows<Category> {
  static constexpr Names rows[] = {
#include "words/words.gen.inc"
  };
};
#undef ZHIMI_CATEGORY

struct CategoryRow {
  DataClass data_class;
  int level;
  std::array<FormSet, Kind<Form>::count> closure;  // by Form; 0 where the category does not know it
  std::array<int8_t, 8> order;                     // rendering preference, -1 ends it
};
#define ZHIMI_STRIP(...) __VA_ARGS__
#define ZHIMI_CATEGORY(id, en, zh, cls, level, closure, order) \
  {DataClass::cls, level, {ZHIMI_STRIP closure}, {ZHIMI_STRIP order}},
constexpr CategoryRow kCategories[] = {
#include "words/words.gen.inc"
};
#undef ZHIMI_CATEGORY
#undef ZHIMI_STRIP

const CategoryRow& row(Category c) { return kCategories[static_cast<size_t>(c)]; }

std::string lower(std::string_view s) {
  std::string out(s);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

template <class Word>
std::string_view name(Word word, Language language) {
  const Names& n = Rows<Word>::rows[static_cast<size_t>(word)];
  return language == Language::kChinese ? n.zh : n.en;
}

template <class Word>
std::optional<Word> find(std::string_view wanted) {
  for (size_t i = 0; i < Kind<Word>::count; ++i) {
    const Names& n = Rows<Word>::rows[i];
    if (n.en == wanted || n.zh == wanted) return static_cast<Word>(i);
    if constexpr (std::is_same_v<Word, Purpose>)
      if (lower(n.en) == wanted) return static_cast<Word>(i);
  }
  return std::nullopt;
}

template <class Word>
const std::vector<std::string_view>& names() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> v;
    for (const Names& n : Rows<Word>::rows) {
      v.push_back(n.en);
      v.push_back(n.zh);
    }
    return v;
  }();
  return all;
}

#define ZHIMI_INSTANTIATE(Word)                              \
  template std::string_view name<Word>(Word, Language);      \
  template std::optional<Word> find<Word>(std::string_view); \
  template const std::vector<std::string_view>& names<Word>();
ZHIMI_INSTANTIATE(Category)
ZHIMI_INSTANTIATE(Label)
ZHIMI_INSTANTIATE(Step)
ZHIMI_INSTANTIATE(Purpose)
ZHIMI_INSTANTIATE(Terminal)
ZHIMI_INSTANTIATE(Relation)
ZHIMI_INSTANTIATE(Duty)
ZHIMI_INSTANTIATE(Role)
ZHIMI_INSTANTIATE(Form)
#undef ZHIMI_INSTANTIATE

DataClass data_class(Category category) { return row(category).data_class; }

std::string_view name(DataClass data_class, Language language) {
  static constexpr Names kNames[] = {{"personal-attribute", "个人属性"},  {"health-status", "健康状况"},
                                     {"medical-application", "医疗应用"}, {"medical-payment", "医疗支付"},
                                     {"health-resource", "卫生资源"},     {"public-health", "公共卫生"}};
  const Names& n = kNames[static_cast<size_t>(data_class)];
  return language == Language::kChinese ? n.zh : n.en;
}

int level(Category category) { return row(category).level; }

FormSet closure(Category category, Form form) { return row(category).closure[static_cast<size_t>(form)]; }

std::optional<Form> rendering(Category category, FormSet forms) {
  for (int8_t i : row(category).order) {
    if (i < 0) break;
    if (forms >> i & 1) return static_cast<Form>(i);
  }
  return std::nullopt;
}

std::string describe(Category category, FormSet forms, Language language) {
  std::optional<Form> form = rendering(category, forms);
  if (!form) return language == Language::kChinese ? "隐藏" : "hidden";
  return std::string(name(*form, language));
}

Table Table::everything() {
  Table t;
  for (size_t i = 0; i < Kind<Category>::count; ++i) t.forms_[i] = clear(static_cast<Category>(i));
  return t;
}

}  // namespace zhimi::words
