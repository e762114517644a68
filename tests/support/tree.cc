#include "support/tree.h"

#include <algorithm>

#include "shape/forms.h"

namespace zhimi::testing {

namespace {

void skip_space(std::string_view s, size_t& at) {
  while (at < s.size() && std::string_view(" \t\r\n").find(s[at]) != std::string_view::npos) ++at;
}

std::string read_string(std::string_view s, size_t& at) {
  size_t from = at++;
  while (at < s.size() && s[at] != '"') at += s[at] == '\\' ? 2 : 1;
  ++at;
  return std::string(s.substr(from, at - from));
}

Tree read(std::string_view s, size_t& at) {
  Tree t;
  skip_space(s, at);
  if (at < s.size() && (s[at] == '{' || s[at] == '[')) {
    t.kind = s[at] == '{' ? Tree::Kind::kObject : Tree::Kind::kArray;
    for (++at;;) {
      skip_space(s, at);
      if (at >= s.size() || s[at] == '}' || s[at] == ']') break;
      if (s[at] == ',') {
        ++at;
        continue;
      }
      if (t.array()) {
        t.elements.push_back(read(s, at));
        continue;
      }
      std::string key = read_string(s, at);
      skip_space(s, at);
      ++at;  // the colon
      t.members.push_back({key.substr(1, key.size() - 2), read(s, at)});
    }
    ++at;
  } else if (at < s.size() && s[at] == '"') {
    t.kind = Tree::Kind::kString;
    t.raw = read_string(s, at);
  } else {
    size_t from = at;
    at = std::min(s.find_first_of(" \t\r\n,:{}[]", at), s.size());
    t.raw = s.substr(from, at - from);
  }
  skip_space(s, at);
  return t;
}

}  // namespace

Tree Tree::parse(std::string_view text) {
  size_t at = 0;
  return read(text, at);
}

const Tree* Tree::find(std::string_view key) const {
  for (const Member& m : members)
    if (m.key == key) return &m.value;
  return nullptr;
}

std::optional<std::string> Tree::text() const {
  if (kind != Kind::kString) return std::nullopt;
  return shape::unescape(std::string_view(raw).substr(1, raw.size() - 2));
}

std::string Tree::write() const {
  if (!object() && !array()) return raw;
  std::string out;
  for (const Member& m : members) out += (out.empty() ? "\"" : ",\"") + m.key + "\":" + m.value.write();
  for (const Tree& e : elements) out += (out.empty() ? "" : ",") + e.write();
  return object() ? "{" + out + "}" : "[" + out + "]";
}

}  // namespace zhimi::testing
