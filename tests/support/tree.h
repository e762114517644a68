// JSON as a tree that keeps every scalar as it was written. For tests; reads only text that check_fhir accepted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shape/forms.h"

namespace zhimi::testing {

struct Tree {
  enum class Kind { kObject, kArray, kString, kOther };  // kOther: numbers, true, false, null
  Kind kind = Kind::kOther;
  std::string raw;  // a scalar as written, strings with their quotes
  std::vector<std::pair<std::string, Tree>> members;
  std::vector<Tree> elements;

  bool object() const { return kind == Kind::kObject; }
  bool array() const { return kind == Kind::kArray; }
  bool null() const { return kind == Kind::kOther && raw == "null"; }
  bool scalar() const { return kind == Kind::kString || (kind == Kind::kOther && !null()); }
  const Tree* find(std::string_view key) const {
    for (const auto& [name, value] : members)
      if (name == key) return &value;
    return nullptr;
  }
  std::optional<std::string> text() const {
    if (kind != Kind::kString) return std::nullopt;
    return shape::unescape(std::string_view(raw).substr(1, raw.size() - 2));
  }
  std::string write() const {
    std::string out;
    switch (kind) {
      case Kind::kObject:
        for (const auto& [name, value] : members) out += (out.empty() ? "\"" : ",\"") + name + "\":" + value.write();
        return "{" + out + "}";
      case Kind::kArray:
        for (const Tree& e : elements) out += (out.empty() ? "" : ",") + e.write();
        return "[" + out + "]";
      default:
        return raw;
    }
  }

  static Tree parse(std::string_view text) {
    size_t at = 0;
    return parse(text, at);
  }

 private:
  static void space(std::string_view s, size_t& at) {
    while (at < s.size() && std::string_view(" \t\r\n").find(s[at]) != std::string_view::npos) ++at;
  }
  static std::string string(std::string_view s, size_t& at) {
    size_t from = at++;
    while (at < s.size() && s[at] != '"') at += s[at] == '\\' ? 2 : 1;
    ++at;
    return std::string(s.substr(from, at - from));
  }
  static Tree parse(std::string_view s, size_t& at) {
    Tree t;
    space(s, at);
    if (at < s.size() && (s[at] == '{' || s[at] == '[')) {
      t.kind = s[at] == '{' ? Kind::kObject : Kind::kArray;
      for (++at;;) {
        space(s, at);
        if (at >= s.size() || s[at] == '}' || s[at] == ']') break;
        if (s[at] == ',') {
          ++at;
          continue;
        }
        if (t.kind == Kind::kArray) {
          t.elements.push_back(parse(s, at));
          continue;
        }
        std::string key = string(s, at);
        space(s, at);
        ++at;  // the colon
        t.members.emplace_back(key.substr(1, key.size() - 2), parse(s, at));
      }
      ++at;
    } else if (at < s.size() && s[at] == '"') {
      t.kind = Kind::kString;
      t.raw = string(s, at);
    } else {
      size_t from = at;
      at = std::min(s.find_first_of(" \t\r\n,:{}[]", at), s.size());
      t.raw = s.substr(from, at - from);
    }
    space(s, at);
    return t;
  }
};

}  // namespace zhimi::testing
