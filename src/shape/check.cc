#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "shape/forms.h"
#include "shape/index.h"
#include "shape/shape.h"

namespace zhimi::shape {

namespace {

constexpr std::string_view kResourceType = "resourceType";

// The strict walk of check_fhir: every token is looked at, nothing is skipped.
class Check {
 public:
  Check(std::string_view text, Tokens tokens, Bytes& out) : text_(text), tokens_(tokens), out_(out) {}

  Status run() {
    if (first() != '{') return fault("a resource is a JSON object");
    ZHIMI_CHECK(object(1));
    if (i_ < tokens_.count) return fault("something follows the resource");
    return {};
  }

 private:
  struct Key {
    std::string_view name;
    size_t offset;
  };

  Status fault(std::string_view what) const {
    return fault_at(i_ <= tokens_.count ? tokens_.at[i_] : text_.size(), what);
  }
  static Status fault_at(size_t offset, std::string_view what) {
    return make_error(Code::kInvalid, fmt::format("byte {}: {}", offset, what));
  }

  char first() const { return i_ < tokens_.count ? text_[tokens_.at[i_]] : '\0'; }
  std::string_view token() const {
    size_t from = tokens_.at[i_], to = tokens_.at[i_ + 1];
    while (to > from + 1 &&
           (text_[to - 1] == ' ' || text_[to - 1] == '\n' || text_[to - 1] == '\r' || text_[to - 1] == '\t'))
      --to;
    return text_.substr(from, to - from);
  }

  Status value(size_t depth) {
    switch (first()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return string();
      default:
        return scalar();
    }
  }

  Status object(size_t depth) {
    if (depth > limits::kJsonDepth) return fault("nested deeper than a resource may be");
    const size_t keys_before = keys_.size(), begin = out_.size();
    take();
    if (first() == '}') {
      if (depth == 1) return fault("a resource needs a resourceType");
      take();
      return {};
    }
    bool typed = false;
    for (bool first_member = true;; first_member = false) {
      const size_t member = out_.size();  // its first byte, or that of the comma in front of it
      if (!first_member) take();
      if (first() != '"') return fault("a key in quotes belongs here");
      std::string_view key = token();
      key = key.substr(1, key.size() - 2);
      if (key.find('\\') != key.npos) return fault("a key must not hold an escape");
      keys_.push_back({key, tokens_.at[i_]});
      take();
      if (first() != ':') return fault("a colon belongs here");
      take();
      if (key == kResourceType) {
        if (depth == 1 && !plausible_type()) return fault("this is no name of a resource type");
        typed = true;
      }
      ZHIMI_CHECK(value(depth + 1));
      if (key == kResourceType && !first_member) move_to_front(begin + 1, member);
      if (first() == '}') break;
      if (first() != ',') return fault("a comma or the end of the object belongs here");
    }
    if (depth == 1 && !typed) return fault_at(tokens_.at[0], "a resource needs a resourceType");
    ZHIMI_CHECK(unique(keys_before));
    take();
    return {};
  }

  // ,"resourceType":"X" from `member` to the end goes in front of what stands from `front`, its comma behind it.
  void move_to_front(size_t front, size_t member) {
    auto at = [&](size_t offset) { return out_.begin() + static_cast<ptrdiff_t>(offset); };
    std::rotate(at(member), at(member + 1), out_.end());
    std::rotate(at(front), at(member), out_.end());
  }

  Status array(size_t depth) {
    if (depth > limits::kJsonDepth) return fault("nested deeper than a resource may be");
    take();
    if (first() != ']')
      for (;;) {
        ZHIMI_CHECK(value(depth + 1));
        if (first() == ']') break;
        if (first() != ',') return fault("a comma or the end of the array belongs here");
        take();
      }
    take();
    return {};
  }

  Status string() {
    std::string_view s = token();
    s = s.substr(1, s.size() - 2);
    if (s.find('\\') != s.npos && !unescape(s)) return fault("a string holds a bad escape");
    take();
    return {};
  }

  Status scalar() {
    if (i_ >= tokens_.count) return fault("the text ends in the middle");
    std::string_view s = token();
    if (s != "true" && s != "false" && s != "null") {
      if (s.size() > limits::kJsonNumberBytes) return fault("a number is longer than it may be");
      if (!valid_number(s)) return fault("this is no JSON value");
    }
    take();
    return {};
  }

  bool plausible_type() const {
    if (first() != '"') return false;
    std::string_view s = token();
    s = s.substr(1, s.size() - 2);
    auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    return !s.empty() && s.size() <= limits::kIdBytes && capital(s[0]) &&
           std::all_of(s.begin(), s.end(), [&](char c) { return capital(c) || (c >= 'a' && c <= 'z'); });
  }

  // Takes the keys of the object that began at `from` off the stack.
  Status unique(size_t from) {
    std::span<Key> keys(keys_.begin() + static_cast<ptrdiff_t>(from), keys_.end());
    size_t twice = keys.size();
    if (keys.size() <= 12) {
      for (size_t a = 1; a < keys.size() && twice == keys.size(); ++a)
        for (size_t b = 0; b < a; ++b)
          if (keys[a].name == keys[b].name) twice = a;
    } else {
      std::sort(keys.begin(), keys.end(),
                [](const Key& a, const Key& b) { return a.name != b.name ? a.name < b.name : a.offset < b.offset; });
      auto same =
          std::adjacent_find(keys.begin(), keys.end(), [](const Key& a, const Key& b) { return a.name == b.name; });
      if (same != keys.end()) twice = static_cast<size_t>(same - keys.begin()) + 1;
    }
    if (twice < keys.size()) return fault_at(keys[twice].offset, "a key appears twice in one object");
    keys_.resize(from);
    return {};
  }

  void take() {
    append(out_, token());
    ++i_;
  }

  std::string_view text_;
  Tokens tokens_;
  Bytes& out_;
  uint32_t i_ = 0;
  std::vector<Key> keys_;  // of all open objects
};

// Why the index refused the text: it does not say where.
Status explain(std::string_view text) {
  auto at = [](size_t offset, std::string_view what) {
    return make_error(Code::kInvalid, fmt::format("byte {}: {}", offset, what));
  };
  size_t string = text.npos;
  for (size_t i = 0; i < text.size();) {
    size_t here = i;
    if (static_cast<uint8_t>(text[i]) >= 0x80) {
      next_code_point(text, i);
      if (!valid_utf8(text.substr(here, i - here))) return at(here, "the text is not valid UTF-8");
      continue;
    }
    ++i;
    if (string != text.npos && static_cast<uint8_t>(text[here]) < 0x20)
      return at(here, "a string holds a raw control character");
    if (string != text.npos && text[here] == '\\') {
      if (i < text.size() && static_cast<uint8_t>(text[i]) >= 0x20 && static_cast<uint8_t>(text[i]) < 0x80) ++i;
    } else if (text[here] == '"') {
      string = string == text.npos ? here : text.npos;
    }
  }
  if (string != text.npos) return at(string, "a string is not closed");
  return at(0, text.empty() ? "there is no text" : "this is no JSON");
}

}  // namespace

Status check_fhir(ByteView padded, Bytes& out) {
  if (padded.size() > limits::kResourceBytes)
    return make_error(Code::kTooLarge, fmt::format("the resource has {} bytes, one may have {}: split it",
                                                   padded.size(), limits::kResourceBytes));
  thread_local Indexer indexer;
  Tokens tokens;
  if (!indexer.run(padded, tokens)) return explain(text(padded));
  const size_t before = out.size();
  Status status = Check(text(padded), tokens, out).run();
  if (!status) out.resize(before);
  return status;
}

}  // namespace zhimi::shape
