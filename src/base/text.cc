#include "base/text.h"

#include <algorithm>
#include <cstdio>

namespace zhimi {

namespace {
// Length and value of the code point at s[at]; length 0 when the bytes are not valid UTF-8 (RFC 3629).
struct Decoded {
  size_t length;
  char32_t value;
};
Decoded decode(std::string_view s, size_t at) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(s[at + i]); };
  size_t left = s.size() - at;
  uint8_t lead = byte(0);
  if (lead < 0x80) return {1, lead};
  size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || length > left) return {0, 0};
  char32_t v = lead & (0xff >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    v = v << 6 | (byte(i) & 0x3f);
  }
  static constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (v < kLeast[length] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff)) return {0, 0};
  return {length, v};
}

bool wide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0x303e) || (c >= 0x3041 && c <= 0x33ff) ||
         (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xa000 && c <= 0xa4cf) ||
         (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) ||
         (c >= 0xff00 && c <= 0xff60) || (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x20000 && c <= 0x3fffd);
}
}  // namespace

bool valid_utf8(std::string_view s) {
  for (size_t at = 0; at < s.size();) {
    Decoded d = decode(s, at);
    if (!d.length) return false;
    at += d.length;
  }
  return true;
}

char32_t next_code_point(std::string_view s, size_t& at) {
  Decoded d = decode(s, at);
  at += d.length ? d.length : 1;
  return d.length ? d.value : 0xfffd;
}

size_t code_points(std::string_view s) {
  size_t n = 0;
  for (size_t at = 0; at < s.size(); ++n) next_code_point(s, at);
  return n;
}

size_t display_width(std::string_view s) {
  size_t n = 0;
  for (size_t at = 0; at < s.size();) n += wide(next_code_point(s, at)) ? 2 : 1;
  return n;
}

std::string json_escape(std::string_view s) {
  std::string out;
  out.reserve(s.size() + 8);
  for (char c : s) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<uint8_t>(c) < 0x20) {
          char buf[8];
          std::snprintf(buf, sizeof buf, "\\u%04x", c);
          out += buf;
        } else {
          out.push_back(c);
        }
    }
  }
  return out;
}

std::optional<std::string> closest_word(std::string_view s, std::span<const std::string_view> words) {
  auto points = [](std::string_view t) {
    std::vector<char32_t> v;
    for (size_t at = 0; at < t.size();) v.push_back(next_code_point(t, at));
    return v;
  };
  std::vector<char32_t> a = points(s.substr(0, 64));
  size_t best = std::max<size_t>(1, a.size() / 3) + 1;
  std::optional<std::string> found;
  for (std::string_view word : words) {
    std::vector<char32_t> b = points(word);
    std::vector<size_t> row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= b.size(); ++j) {
        size_t up = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
        diagonal = up;
      }
    }
    if (row[b.size()] < best) {
      best = row[b.size()];
      found = std::string(word);
    }
  }
  return found;
}

std::vector<std::string_view> split(std::string_view s, char separator) {
  std::vector<std::string_view> out;
  size_t from = 0;
  for (size_t at; (at = s.find(separator, from)) != std::string_view::npos; from = at + 1)
    out.push_back(s.substr(from, at - from));
  out.push_back(s.substr(from));
  return out;
}

std::string_view trim(std::string_view s) {
  auto space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!s.empty() && space(s.front())) s.remove_prefix(1);
  while (!s.empty() && space(s.back())) s.remove_suffix(1);
  return s;
}

}  // namespace zhimi
