#include "shape/forms.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/limits.h"
#include "base/text.h"

namespace zhimi::shape {

namespace {

constexpr std::string_view kCompoundSurnames[] = {
#include "shape/compound_surnames.inc"
};

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Four hexadecimal digits at s[at]; -1 otherwise.
int32_t hex4(std::string_view s, size_t at) {
  if (s.size() < at + 4) return -1;
  int32_t v = 0;
  for (size_t i = at; i < at + 4; ++i) {
    char c = s[i];
    int d = digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (d < 0) return -1;
    v = v << 4 | d;
  }
  return v;
}

void append_utf8(std::string& out, uint32_t c) {
  auto put = [&](uint32_t b) { out += static_cast<char>(b); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

// Reads the escape whose backslash is s[at] and moves `at` behind it.
bool append_escape(std::string& out, std::string_view s, size_t& at) {
  if (at + 1 >= s.size()) return false;
  static constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
  char name = s[at + 1];
  if (size_t i = kNames.find(name); i != std::string_view::npos) {
    out += kValues[i];
    at += 2;
    return true;
  }
  if (name != 'u') return false;
  int32_t c = hex4(s, at + 2);
  if (c < 0 || (c >= 0xdc00 && c <= 0xdfff)) return false;
  at += 6;
  if (c < 0xd800 || c > 0xdbff) {
    append_utf8(out, static_cast<uint32_t>(c));
    return true;
  }
  int32_t low = s.size() > at + 1 && s[at] == '\\' && s[at + 1] == 'u' ? hex4(s, at + 2) : -1;
  if (low < 0xdc00 || low > 0xdfff) return false;
  at += 6;
  append_utf8(out, static_cast<uint32_t>(0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00)));
  return true;
}

bool is_han(char32_t c) {
  return (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) ||
         (c >= 0x20000 && c <= 0x323af);
}

template <size_t N>
bool among(std::string_view code, const std::array<std::string_view, N>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

std::optional<std::string> unescape(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (size_t at = 0; at < raw.size();) {
    size_t plain = std::min(raw.find('\\', at), raw.size());
    out.append(raw, at, plain - at);
    at = plain;
    if (at < raw.size() && !append_escape(out, raw, at)) return std::nullopt;
  }
  return out;
}

bool valid_number(std::string_view s) {
  if (s.size() > limits::kJsonNumberBytes) return false;
  size_t at = 0;
  auto digits = [&] {
    size_t from = at;
    while (at < s.size() && digit(s[at])) ++at;
    return at > from;
  };
  if (at < s.size() && s[at] == '-') ++at;
  bool leading_zero = at < s.size() && s[at] == '0';
  size_t whole = at;
  if (!digits() || (leading_zero && at > whole + 1)) return false;
  if (at < s.size() && s[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < s.size() && (s[at] == 'e' || s[at] == 'E')) {
    ++at;
    if (at < s.size() && (s[at] == '+' || s[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == s.size();
}

std::string mask_surname(std::string_view name) {
  size_t first = 0;
  if (name.empty() || !is_han(next_code_point(name, first))) return "*";
  size_t second = first;
  if (second < name.size()) next_code_point(name, second);
  // A compound with nothing behind it may as well be a whole name of two characters.
  bool compound = second < name.size() && std::find(std::begin(kCompoundSurnames), std::end(kCompoundSurnames),
                                                    name.substr(0, second)) != std::end(kCompoundSurnames);
  return std::string(name.substr(0, compound ? second : first)) + "*";
}

std::string mask_tail(std::string_view value) {
  size_t points = code_points(value);
  if (points < 8) return "****";
  size_t at = 0;
  for (size_t i = 0; i + 4 < points; ++i) next_code_point(value, at);
  return "****" + std::string(value.substr(at));
}

namespace {

// `shape` with d for a digit at the start of s.
bool matches(std::string_view s, std::string_view shape) {
  if (s.size() < shape.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'd' ? !digit(s[i]) : s[i] != shape[i]) return false;
  return true;
}

bool between(std::string_view two_digits, int low, int high) {
  int v = (two_digits[0] - '0') * 10 + two_digits[1] - '0';
  return v >= low && v <= high;
}

// Thh:mm[:ss[.fff]](Z|±hh:mm); FHIR asks for seconds, but hospitals leave them out.
bool valid_time(std::string_view s) {
  if (!matches(s, "Tdd:dd") || !between(s.substr(1), 0, 24) || !between(s.substr(4), 0, 59)) return false;
  s.remove_prefix(6);
  if (matches(s, ":dd")) {
    if (!between(s.substr(1), 0, 60)) return false;
    s.remove_prefix(3);
    if (matches(s, ".d")) {
      s.remove_prefix(1);
      while (!s.empty() && digit(s[0])) s.remove_prefix(1);
    }
  }
  if (s.empty() || s == "Z") return true;
  if (s[0] != '+' && s[0] != '-') return false;
  s.remove_prefix(1);
  return s.size() == 5 && matches(s, "dd:dd") && between(s, 0, 14) && between(s.substr(3), 0, 59);
}

}  // namespace

std::string_view coarse_date(std::string_view date, bool to_month) {
  if (!matches(date, "dddd")) return {};
  std::string_view year = date.substr(0, 4);
  if (date.size() == 4) return year;
  if (!matches(date, "dddd-dd") || !between(date.substr(5), 1, 12)) return {};
  std::string_view month = date.substr(0, to_month ? 7 : 4);
  if (date.size() == 7) return month;
  if (!matches(date, "dddd-dd-dd") || !between(date.substr(8), 1, 31)) return {};
  return date.size() == 10 || valid_time(date.substr(10)) ? month : std::string_view{};
}

namespace {

bool is_type(std::string_view s) {
  return !s.empty() && s.size() <= 64 && s[0] >= 'A' && s[0] <= 'Z' && std::all_of(s.begin(), s.end(), letter);
}

bool is_id(std::string_view s) {
  return !s.empty() && s.size() <= limits::kIdBytes &&
         std::all_of(s.begin(), s.end(), [](char c) { return digit(c) || letter(c) || c == '-' || c == '.'; });
}

}  // namespace

Reference parse_reference(std::string_view reference) {
  using Way = Reference::Way;
  if (reference.starts_with('#')) return {Way::kFragment, {}, reference.substr(1)};
  for (std::string_view scheme : {"urn:uuid:", "urn:oid:"})
    if (reference.starts_with(scheme)) return {Way::kUrn, {}, reference.substr(scheme.size())};
  std::string_view s = reference;
  if (size_t version = s.find("/_history/"); version != s.npos) {
    if (!is_id(s.substr(version + 10))) return {};
    s = s.substr(0, version);
  }
  size_t slash = s.rfind('/');
  if (slash == s.npos || slash == 0) return {};
  std::string_view id = s.substr(slash + 1), before = s.substr(0, slash);
  size_t previous = before.rfind('/');
  std::string_view type = previous == before.npos ? before : before.substr(previous + 1);
  bool absolute = s.starts_with("http://") || s.starts_with("https://");
  if (!is_type(type) || !is_id(id) || absolute != (previous != before.npos)) return {};
  return {Way::kResource, type, id};
}

bool is_contact_system(std::string_view code) {
  return among<7>(code, {"phone", "fax", "email", "pager", "url", "sms", "other"});
}
bool is_contact_use(std::string_view code) { return among<5>(code, {"home", "work", "temp", "old", "mobile"}); }
bool is_name_use(std::string_view code) {
  return among<7>(code, {"usual", "official", "temp", "nickname", "anonymous", "old", "maiden"});
}

}  // namespace zhimi::shape
