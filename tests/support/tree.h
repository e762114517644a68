// JSON as a tree that keeps every scalar as it was written. For tests; reads only text that check_fhir accepted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zhimi::testing {

struct Member;

struct Tree {
  enum class Kind { kObject, kArray, kString, kOther };  // kOther: numbers, true, false, null
  Kind kind = Kind::kOther;
  std::string raw;  // a scalar as written, strings with their quotes
  std::vector<Member> members;
  std::vector<Tree> elements;

  static Tree parse(std::string_view text);
  bool object() const { return kind == Kind::kObject; }
  bool array() const { return kind == Kind::kArray; }
  bool null() const { return kind == Kind::kOther && raw == "null"; }
  bool scalar() const { return kind == Kind::kString || (kind == Kind::kOther && !null()); }
  const Tree* find(std::string_view key) const;
  std::optional<std::string> text() const;  // of a string, unescaped
  std::string write() const;
};

struct Member {
  std::string key;
  Tree value;
};

}  // namespace zhimi::testing
