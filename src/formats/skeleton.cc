#include "formats/skeleton.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"

namespace zhimi::formats {

namespace {

constexpr size_t kStringBytes = size_t{1} << 20;
constexpr size_t kKeys = 64;  // of one object around resources

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

bool digit(int c) { return c >= '0' && c <= '9'; }

}  // namespace

Error Skeleton::fail(Code code, std::string_view what) {
  uint64_t offset = window_.offset();
  std::string place = fmt::format("line {}, byte {}", window_.line(offset), offset);
  for (size_t i = entries_.size(); i-- > 0;)
    place += fmt::format("{} entry {}{}", i + 1 == entries_.size() ? "," : " in", entries_[i],
                         i == 0 ? " of the Bundle" : " of a Bundle");
  return make_error(code, fmt::format("{}: {}", place, what));
}

Error Skeleton::unexpected(std::string_view wanted) {
  int c = window_.peek();
  if (c == Window::kEnd) return ended();
  return fail(Code::kInvalid, c > 0x20 && c < 0x7f && !digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z')
                                  ? fmt::format("not JSON: {} expected, '{}' found", wanted, static_cast<char>(c))
                                  : fmt::format("not JSON: {} expected", wanted));
}

Error Skeleton::ended() {
  if (!window_.fault()) return fail(window_.fault().error().code, window_.fault().error().what);
  if (window_.full())
    return fail(Code::kTooLarge,
                fmt::format("more than {} MiB between a resource and the end of its entry; split the Bundle",
                            limits::kResourceBytes >> 20));
  return fail(Code::kInvalid,
              entries_.empty()
                  ? "the file ends in the middle of a resource: it is truncated; export or copy it again"
                  : fmt::format("the file ends in the middle of entry {}: it is truncated; export or copy it again",
                                entries_.front()));
}

void Skeleton::skip_space() {
  for (;;) {
    int c = window_.peek();
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
    window_.advance();
  }
}

Status Skeleton::expect(char c, std::string_view wanted) {
  if (window_.peek() != c) return unexpected(wanted);
  window_.advance();
  return {};
}

Result<uint32_t> Skeleton::hex4() {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    int c = window_.peek();
    int nibble = digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (nibble < 0) return unexpected("four hexadecimal digits after \\u");
    value = value << 4 | static_cast<uint32_t>(nibble);
    window_.advance();
  }
  return value;
}

Status Skeleton::escape(std::string& out) {
  static constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
  int c = window_.peek();
  if (c == 'u') {
    window_.advance();
    ZHIMI_TRY(uint32_t unit, hex4());
    if (unit >= 0xd800 && unit < 0xdc00) {
      ZHIMI_CHECK(expect('\\', "the second half of a surrogate pair"));
      ZHIMI_CHECK(expect('u', "the second half of a surrogate pair"));
      ZHIMI_TRY(uint32_t low, hex4());
      if (low < 0xdc00 || low > 0xdfff) return fail(Code::kInvalid, "not JSON: half a surrogate pair");
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    } else if (unit >= 0xdc00 && unit <= 0xdfff) {
      return fail(Code::kInvalid, "not JSON: half a surrogate pair");
    }
    append_utf8(out, unit);
    return {};
  }
  size_t known = c == Window::kEnd ? std::string_view::npos : kFrom.find(static_cast<char>(c));
  if (known == std::string_view::npos) return unexpected("an escape after the backslash");
  out += kTo[known];
  window_.advance();
  return {};
}

Result<std::string> Skeleton::string() {
  ZHIMI_CHECK(expect('"', "a string"));
  std::string out;
  for (;;) {
    int c = window_.peek();
    if (c == Window::kEnd) return ended();
    if (c < 0x20) return fail(Code::kInvalid, "not JSON: a control character inside a string");
    if (out.size() >= kStringBytes) return fail(Code::kTooLarge, "a string beside the resources is longer than 1 MiB");
    window_.advance();
    if (c == '"') break;
    if (c == '\\')
      ZHIMI_CHECK(escape(out));
    else
      out += static_cast<char>(c);
  }
  if (!valid_utf8(out)) return fail(Code::kInvalid, "a string is not UTF-8; convert the file to UTF-8");
  return out;
}

Status Skeleton::literal(std::string_view word) {
  for (char c : word) ZHIMI_CHECK(expect(c, "true, false or null"));
  return {};
}

Status Skeleton::number() {
  size_t length = 0;
  auto take = [&] {
    window_.advance();
    return ++length <= limits::kJsonNumberBytes;
  };
  auto digits = [&]() -> Status {
    if (!digit(window_.peek())) return unexpected("a digit");
    while (digit(window_.peek()))
      if (!take())
        return fail(Code::kInvalid, fmt::format("a number is longer than {} characters", limits::kJsonNumberBytes));
    return {};
  };
  if (window_.peek() == '-') take();
  if (window_.peek() == '0')
    take();
  else
    ZHIMI_CHECK(digits());
  if (window_.peek() == '.') {
    take();
    ZHIMI_CHECK(digits());
  }
  if (window_.peek() == 'e' || window_.peek() == 'E') {
    take();
    if (window_.peek() == '+' || window_.peek() == '-') take();
    ZHIMI_CHECK(digits());
  }
  return {};
}

Status Skeleton::skip_value(size_t depth) {
  if (depth > limits::kJsonDepth)
    return fail(Code::kInvalid, fmt::format("objects and arrays are nested deeper than {}", limits::kJsonDepth));
  int c = window_.peek();
  switch (c) {
    case '{':
      return members([&](std::string_view) { return skip_value(depth + 1); });
    case '[':
      return elements([&] { return skip_value(depth + 1); });
    case '"': {
      auto s = string();
      if (!s) return std::move(s).error();
      return {};
    }
    case 't':
      return literal("true");
    case 'f':
      return literal("false");
    case 'n':
      return literal("null");
    default:
      return c == '-' || digit(c) ? number() : Status(unexpected("a value"));
  }
}

Status Skeleton::members(const std::function<Status(std::string_view key)>& visit) {
  ZHIMI_CHECK(expect('{', "an object"));
  std::vector<std::string> seen;
  skip_space();
  if (window_.peek() == '}') {
    window_.advance();
    return {};
  }
  for (;;) {
    skip_space();
    uint64_t from = window_.offset();
    ZHIMI_TRY(std::string key, string());
    if (window_.offset() - from != key.size() + 2)
      return fail(Code::kInvalid, "a key is written with escapes; write it plainly");
    if (std::find(seen.begin(), seen.end(), key) != seen.end())
      return fail(Code::kInvalid, "a key stands twice in one object");
    if (seen.size() == kKeys)
      return fail(Code::kInvalid, fmt::format("more than {} keys in one object beside the resources", kKeys));
    seen.push_back(std::move(key));
    skip_space();
    ZHIMI_CHECK(expect(':', "':'"));
    skip_space();
    ZHIMI_CHECK(visit(seen.back()));
    skip_space();
    if (window_.peek() == '}') break;
    ZHIMI_CHECK(expect(',', "',' or '}'"));
  }
  window_.advance();
  return {};
}

Status Skeleton::elements(const std::function<Status()>& visit) {
  ZHIMI_CHECK(expect('[', "an array"));
  skip_space();
  if (window_.peek() == ']') {
    window_.advance();
    return {};
  }
  for (;;) {
    skip_space();
    ZHIMI_CHECK(visit());
    skip_space();
    if (window_.peek() == ']') break;
    ZHIMI_CHECK(expect(',', "',' or ']'"));
  }
  window_.advance();
  return {};
}

}  // namespace zhimi::formats
