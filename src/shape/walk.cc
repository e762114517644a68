#include "shape/walk.h"

#include "base/limits.h"
#include "shape/forms.h"

namespace zhimi::shape {

namespace {

struct Nesting {
  int8_t change[256] = {};
  constexpr Nesting() {
    change['{'] = change['['] = 1;
    change['}'] = change[']'] = -1;
  }
};
constexpr Nesting kNesting;

}  // namespace

Walk::End Walk::run() {
  // With a closing brace last, a token that is none has another behind it: only closing braces need a bound.
  if (first(0) != '{' || first(count_ - 1) != '}') return End::kBroken;
  run_ = at_[0];
  Rule root{.act = Act::kResource};
  Step step = resource(root, 0, 1);
  if (spaced_) return End::kSpaced;
  if (step.next != count_) return End::kBroken;
  if (!step.shown) return End::kWithheld;
  flush_until(at_[count_ - 1] + 1);
  return End::kShown;
}

uint32_t Walk::skip_from(uint32_t i) const {
  int depth = kNesting.change[static_cast<uint8_t>(first(i))];
  if (depth < 0 || first(i) == ',' || first(i) == ':') return 0;
  while (depth) {
    if (++i >= count_) return 0;
    depth += kNesting.change[text_[at_[i]]];
  }
  return i + 1;
}

Walk::Step Walk::object(const Row& row, uint32_t i, int depth) {
  if (depth > static_cast<int>(limits::kJsonDepth)) return kBroken;
  const Rule* rules = view_.rules.data() + row.rules;
  const uint32_t opening = i;
  uint64_t seen[2 * kTypeFields / 64 + 1];
  for (uint32_t w = 0; w <= 2 * row.fields / 64; ++w) seen[w] = 0;
  auto twice = [&](uint32_t field) {
    uint64_t bit = uint64_t{1} << (field & 63), was = seen[field >> 6];
    seen[field >> 6] = was | bit;
    return (was & bit) != 0;
  };
  bool kept = false, content = row.resource, withheld = false;
  uint32_t before = at_[i];  // the brace or comma in front of the member
  if (first(++i) == '}') return {i + 1, false};
  for (bool is_first = true;; is_first = false) {
    const uint32_t key = at_[i], colon = at_[i + 1];
    if (text_[key] != '"' || text_[colon] != ':') [[unlikely]]
      return kBroken;
    if (key != before + 1 || text_[colon - 1] <= ' ' || at_[i + 2] != colon + 1) [[unlikely]]
      return spaced();
    const uint32_t cut = before + is_first, start = kept ? before : key;
    i += 2;
    uint32_t field = row.keys->find(text_ + key + 1, colon - key - 2);
    Rule sidecar;
    const Rule* rule = nullptr;
    if (field != KeyTable::kNone) [[likely]] {
      rule = rules + field;
    } else {
      sidecar = sidecar_rule(row, key, colon, field);
      if (field == kEscaped) return kBroken;
      rule = &sidecar;
    }
    if (field != KeyTable::kNone && twice(field)) [[unlikely]]
      return kBroken;
    if (rule->act == Act::kScalar && text_[colon + 1] == '"') {
      keep_from(start);
      kept = true;
      content |= rule->content;
      ++i;
    } else if (rule->act == Act::kDrop) {
      flush_until(cut);
      i = skip_from(i);
    } else {
      Mark m = mark();
      keep_from(start);
      Step step = member(*rule, row, i, opening, field, depth);
      if (step.shown) {
        kept = true;
        content |= rule->content;
      } else {
        withheld |= rule->act == Act::kResource && !row.resource;
        back_to(m);
        flush_until(cut);
      }
      i = step.next;
    }
    if (!i || i >= count_) [[unlikely]]
      return kBroken;
    before = at_[i];
    if (text_[before - 1] <= ' ') [[unlikely]]
      return spaced();
    if (text_[before] == '}') break;
    if (text_[before] != ',') [[unlikely]]
      return kBroken;
    ++i;
  }
  if (!content || withheld) return {i + 1, false};
  keep_from(before);
  return {i + 1, true};
}

Rule Walk::sidecar_rule(const Row& row, uint32_t key, uint32_t colon, uint32_t& field) const {
  size_t length = colon - key - 2;
  const uint8_t* name = text_ + key + 1;
  if (std::memchr(name, '\\', length)) {
    field = kEscaped;
    return {};
  }
  if (!view_.sidecars || length < 2 || name[0] != '_') return {};
  uint32_t beside = row.keys->find(name + 1, length - 1);
  if (beside == KeyTable::kNone || view_.rules[row.rules + beside].act != Act::kScalar) return {};
  field = row.fields + beside;
  return {.act = Act::kObject, .row = view_.sidecar_row};
}

Walk::Step Walk::member(const Rule& rule, const Row& row, uint32_t i, uint32_t opening, uint32_t field, int depth) {
  bool is_array = first(i) == '[';
  if (rule.act == Act::kScalar) return is_array ? scalars(row, i, opening, field, depth + 1) : scalar(i);
  if (!is_array) {
    bool token_shown = false;
    return one(rule, row, i, depth + 1, token_shown);
  }
  if (field >= row.fields) {
    uint32_t values = value_of(opening, name_of(row, field - row.fields));
    if (values && first(values) == '[') return aligned(values, i, false, depth + 1);
  }
  return array(rule, row, i, depth + 1);
}

Walk::Step Walk::one(const Rule& rule, const Row& row, uint32_t i, int depth, bool& token_shown) {
  if (rule.act == Act::kRender) return render(rule, row, i, token_shown);
  if (first(i) != '{') return {skip_from(i), false};
  switch (rule.act) {
    case Act::kObject:
      return object(view_.rows[rule.row], i, depth);
    case Act::kExtension:
      return extension(rule, i, depth);
    case Act::kIdentifier:
      return identifier(rule, row, i, depth, token_shown);
    case Act::kResource:
    case Act::kContained:
      return resource(rule, i, depth);
    default:
      return {skip_from(i), false};
  }
}

Walk::Step Walk::array(const Rule& rule, const Row& row, uint32_t i, int depth) {
  if (depth > static_cast<int>(limits::kJsonDepth)) return kBroken;
  bool kept = false, token_shown = false;
  uint32_t before = at_[i];
  if (first(++i) == ']') return {i + 1, false};
  for (bool is_first = true;; is_first = false) {
    const uint32_t value = at_[i];
    if (value != before + 1) return spaced();
    Mark m = mark();
    keep_from(kept ? before : value);
    Step step = one(rule, row, i, depth + 1, token_shown);
    if (step.shown) {
      kept = true;
    } else {
      back_to(m);
      flush_until(before + is_first);
    }
    i = step.next;
    if (!i || i >= count_) return kBroken;
    before = at_[i];
    if (text_[before - 1] <= ' ') return spaced();
    if (text_[before] == ']') break;
    if (text_[before] != ',') return kBroken;
    ++i;
  }
  if (kept) keep_from(before);
  return {i + 1, kept};
}

Walk::Step Walk::scalar(uint32_t i) { return {skip_from(i), is_shown_scalar(i)}; }

Walk::Step Walk::scalars(const Row& row, uint32_t i, uint32_t opening, uint32_t field, int depth) {
  if (depth > static_cast<int>(limits::kJsonDepth)) return kBroken;
  const uint32_t array = i;
  bool kept = false;
  Mark whole = mark();
  uint32_t before = at_[i];
  if (first(++i) == ']') return {i + 1, false};
  for (bool is_first = true;; is_first = false) {
    const uint32_t value = at_[i];
    if (value != before + 1) return spaced();
    if (text_[value] == '"' || is_shown_scalar(i)) {
      keep_from(kept ? before : value);
      kept = true;
      ++i;
    } else {
      uint32_t beside = view_.sidecars ? value_of(opening, "_" + std::string(name_of(row, field))) : 0;
      if (beside && first(beside) == '[') {
        back_to(whole);
        return aligned(array, beside, true, depth);
      }
      flush_until(before + is_first);
      i = skip_from(i);
    }
    if (!i || i >= count_) return kBroken;
    before = at_[i];
    if (text_[before - 1] <= ' ') return spaced();
    if (text_[before] == ']') break;
    if (text_[before] != ',') return kBroken;
    ++i;
  }
  if (kept) keep_from(before);
  return {i + 1, kept};
}

Walk::Step Walk::extension(const Rule& rule, uint32_t i, int depth) {
  Show show = rule.show;
  if (uint32_t at = value_of(i, "url"); at && first(at) == '"') {
    std::optional<std::string> url = string_at(at);
    if (!url) return {skip_from(i), false};
    if (const words::Category* category = view_.layout->map.extension_url(*url))
      show = view_.shows[static_cast<size_t>(*category)];
  }
  if (show == Show::kHidden) return {skip_from(i), false};
  return object(view_.rows[view_.extension_rows[static_cast<size_t>(show)]], i, depth);
}

Walk::Step Walk::identifier(const Rule& rule, const Row& row, uint32_t i, int depth, bool& token_shown) {
  Rule actual = rule;
  if (uint32_t at = value_of(i, "system"); at && first(at) == '"') {
    std::optional<std::string> system = string_at(at);
    if (!system) return {skip_from(i), false};
    if (const words::Category* category = view_.layout->map.identifier_system(*system))
      actual.show = view_.shows[static_cast<size_t>(*category)];
  }
  if (actual.show == Show::kHidden) return {skip_from(i), false};
  if (actual.show == Show::kClear) return object(view_.rows[view_.identifier_row], i, depth);
  return render(actual, row, i, token_shown);
}

Walk::Step Walk::resource(const Rule& rule, uint32_t i, int depth) {
  uint32_t type = value_of(i, "resourceType");
  uint32_t known = KeyTable::kNone;
  if (type && first(type) == '"')
    known = view_.layout->resources.find(text_ + at_[type] + 1, end_of(type) - at_[type] - 2);
  if (known == KeyTable::kNone || view_.resource_rows[known] == View::Impl::kNoRow) return {skip_from(i), false};
  bool outside = contained_;
  contained_ |= rule.act == Act::kContained;
  Step step = object(view_.rows[view_.resource_rows[known]], i, depth);
  contained_ = outside;
  return step;
}

uint32_t Walk::end_of(uint32_t i) const {
  uint32_t end = at_[i + 1];
  while (end > at_[i] + 1 && text_[end - 1] <= ' ') --end;
  return end;
}

bool Walk::is_shown_scalar(uint32_t i) const {
  char c = first(i);
  if (c == '"') return true;
  if (kNesting.change[static_cast<uint8_t>(c)]) return false;
  std::string_view s(reinterpret_cast<const char*>(text_ + at_[i]), end_of(i) - at_[i]);
  return s == "true" || s == "false" || valid_number(s);
}

bool Walk::gather(uint32_t i, std::span<Wanted> wanted, bool first_only) const {
  if (first(i) != '{' || first(++i) == '}') return true;
  for (;;) {
    if (first(i) != '"' || first(i + 1) != ':') return false;
    std::string_view key(reinterpret_cast<const char*>(text_ + at_[i] + 1), end_of(i) - at_[i] - 2);
    i += 2;
    for (Wanted& w : wanted)
      if (w.key == key) {
        if (w.value) return false;
        w.value = i;
        if (first_only) return true;
      }
    i = skip_from(i);
    if (!i || i >= count_) return false;
    if (first(i) == '}') return true;
    if (first(i) != ',') return false;
    ++i;
  }
}

std::optional<std::string> Walk::string_at(uint32_t i) const {
  if (!i || first(i) != '"') return std::nullopt;
  return unescape({reinterpret_cast<const char*>(text_ + at_[i] + 1), end_of(i) - at_[i] - 2});
}

}  // namespace zhimi::shape
