#include "directory/toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "directory/ids.h"

namespace zhimi::directory {

void Report::add(Place where, std::string_view what) {
  if (++count_ > kShown) return;
  text_ += fmt::format("{}{}:{}:{}: {}", text_.empty() ? "" : "\n", file_name_, where.line, where.column, what);
}

Error Report::error() const {
  if (count_ <= kShown) return make_error(Code::kInvalid, text_);
  return make_error(Code::kInvalid, fmt::format("{}\n{}: and {} more", text_, file_name_, count_ - kShown));
}

const TomlEntry* TomlSection::find(std::string_view key) const {
  auto found = std::find_if(entries.begin(), entries.end(), [&](const TomlEntry& e) { return e.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

namespace {
constexpr size_t kListEntries = 1000;
constexpr size_t kSectionKeys = 100;

bool bare(char c) { return ascii_alphanumeric(c) || c == '_' || c == '-'; }

// One pass over valid UTF-8. After a mistake every step does nothing, so callers need not ask each time.
class Parser {
 public:
  Parser(std::string_view text, Report& report) : text_(text), report_(report) {}

  std::vector<TomlSection> parse() {
    sections_.emplace_back();
    for (skip_blank(); more(); skip_blank()) {
      if (peek() == '[')
        header();
      else
        entry();
      end_of_line();
    }
    return std::move(sections_);
  }

 private:
  bool more() const { return at_ < text_.size() && report_.clean(); }
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void take() {
    if (at_ >= text_.size()) return;
    size_t before = at_;
    next_code_point(text_, at_);
    bool line_ended = text_[before] == '\n';
    here_ = line_ended ? Place{here_.line + 1, 1} : Place{here_.line, here_.column + 1};
  }
  void fail(std::string_view what) { fail(here_, what); }
  void fail(Place where, std::string_view what) {
    if (report_.clean()) report_.add(where, what);
  }

  void skip_spaces() {
    while (more() && (peek() == ' ' || peek() == '\t')) take();
  }
  void skip_comment() {
    if (peek() != '#') return;
    while (more() && peek() != '\n' && !(peek() == '\r' && peek(1) == '\n')) {
      if (control(peek())) return fail("a control character stands here; remove it");
      take();
    }
  }
  // Spaces, comments and ends of line.
  void skip_blank() {
    for (size_t before = text_.size() + 1; more() && before != at_;) {
      before = at_;
      skip_spaces();
      skip_comment();
      if (peek() == '\r' && peek(1) == '\n') take();
      if (more() && peek() == '\n') take();
    }
  }
  void end_of_line() {
    skip_spaces();
    skip_comment();
    if (peek() == '\r' && peek(1) == '\n') take();
    if (!more()) return;
    if (peek() != '\n') return fail("only a comment may follow on this line; begin a new line");
    take();
  }
  static bool control(char c) { return (static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == 0x7f; }

  std::string bare_key() {
    std::string key;
    for (; more() && bare(peek()); take()) key += peek();
    if (key.empty()) fail("a key or section name is written in letters, digits, - and _");
    if (peek() == '.') fail("dotted keys are not used here; put text that holds dots in quote marks");
    return key;
  }

  void header() {
    TomlSection s;
    s.at = here_;
    take();
    s.repeated = peek() == '[';
    if (s.repeated) take();
    skip_spaces();
    s.name = bare_key();
    skip_spaces();
    for (int i = 0; i < (s.repeated ? 2 : 1); ++i) {
      if (peek() != ']') return fail(fmt::format("the section's name must end with {}", s.repeated ? "]]" : "]"));
      take();
    }
    bool fresh = names_.insert(s.name).second;
    if (!fresh && !(s.repeated && repeated_.contains(s.name)))
      return fail(s.at, fmt::format("section {} stands twice", s.name));
    if (s.repeated) repeated_.insert(s.name);
    if (sections_.front().find(s.name)) return fail(s.at, fmt::format("{} is a key already", s.name));
    sections_.push_back(std::move(s));
  }

  void entry() {
    TomlEntry e;
    e.key_at = here_;
    if (peek() == '"' || peek() == '\'') return fail("keys are written without quote marks here");
    e.key = bare_key();
    skip_spaces();
    if (!more()) return fail(e.key_at, fmt::format("{} has no value; write {} = …", e.key, e.key));
    if (peek() != '=') return fail("expected = after the key");
    take();
    skip_spaces();
    e.value_at = here_;
    value(e);
    std::vector<TomlEntry>& entries = sections_.back().entries;
    if (sections_.back().find(e.key)) return fail(e.key_at, fmt::format("key {} stands twice", e.key));
    if (entries.size() == kSectionKeys) return fail(e.key_at, "too many keys in one section");
    entries.push_back(std::move(e));
  }

  void value(TomlEntry& e) {
    char c = peek();
    if (c == '"' || c == '\'')
      e.value = string();
    else if (c == '[')
      e.value = list();
    else if ((c >= '0' && c <= '9') || c == '-' || c == '+')
      e.value = number();
    else
      fail("expected text in quote marks, a whole number or a list of texts");
  }

  std::string string() {
    const char quote = peek();
    if (peek(1) == quote && peek(2) == quote) {
      fail("a text of several lines is not used here; write it on one line");
      return {};
    }
    const Place begin = here_;
    std::string out;
    for (take(); more() && peek() != quote;) {
      if (control(peek())) {
        fail(peek() == '\n' || peek() == '\r' ? begin : here_,
             peek() == '\n' || peek() == '\r' ? "this text does not end on its line; close the quote mark"
                                              : "a control character stands here; remove it");
      } else if (quote == '"' && peek() == '\\') {
        escape(out);
      } else {
        size_t from = at_;
        take();
        out += text_.substr(from, at_ - from);
      }
    }
    if (!more())
      fail(begin, "this text does not end; close the quote mark");
    else
      take();
    return out;
  }

  // TOML 1.0, String: the escapes of a basic string.
  void escape(std::string& out) {
    const Place begin = here_;
    take();
    static constexpr std::string_view kFrom = "btnfr\"\\", kTo = "\b\t\n\f\r\"\\";
    const char c = peek();
    if (size_t i = kFrom.find(c); i != std::string_view::npos) {
      out += kTo[i];
      return take();
    }
    if (c != 'u' && c != 'U') return fail(begin, "unknown escape; write \\\\ for a backslash");
    take();
    char32_t code = 0;
    for (int i = 0; i < (c == 'u' ? 4 : 8); ++i, take()) {
      const char h = peek();
      const int digit = h >= '0' && h <= '9'   ? h - '0'
                        : h >= 'a' && h <= 'f' ? h - 'a' + 10
                        : h >= 'A' && h <= 'F' ? h - 'A' + 10
                                               : -1;
      if (digit < 0) return fail(begin, fmt::format("\\{} wants {} hexadecimal digits", c, c == 'u' ? 4 : 8));
      code = (code & 0x0fffffff) << 4 | static_cast<char32_t>(digit);
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      return fail(begin, "this escape is no Unicode character");
    append_utf8(out, code);
  }
  static void append_utf8(std::string& out, char32_t c) {
    auto byte = [&](char32_t b) { out += static_cast<char>(static_cast<uint8_t>(b)); };
    if (c < 0x80) return byte(c);
    if (c < 0x800)
      byte(0xc0 | c >> 6);
    else if (c < 0x10000)
      byte(0xe0 | c >> 12), byte(0x80 | (c >> 6 & 0x3f));
    else
      byte(0xf0 | c >> 18), byte(0x80 | (c >> 12 & 0x3f)), byte(0x80 | (c >> 6 & 0x3f));
    byte(0x80 | (c & 0x3f));
  }

  int64_t number() {
    const Place begin = here_;
    const bool negative = peek() == '-';
    if (negative || peek() == '+') take();
    int64_t n = 0;
    size_t digits = 0;
    for (; more() && peek() >= '0' && peek() <= '9' && digits <= 15; ++digits, take()) n = n * 10 + (peek() - '0');
    const bool leading_zero = digits > 1 && text_[at_ - digits] == '0';
    if (digits == 0 || digits > 15 || leading_zero || bare(peek()) || peek() == '.' || peek() == ':')
      fail(begin, "expected a whole number of at most 15 digits; put text, dates and versions in quote marks");
    return negative ? -n : n;
  }

  std::vector<TomlText> list() {
    const Place begin = here_;
    std::vector<TomlText> out;
    take();
    for (skip_blank(); more() && peek() != ']'; skip_blank()) {
      if (peek() != '"' && peek() != '\'') {
        fail("a list holds texts in quote marks");
        break;
      }
      const Place at = here_;
      out.push_back({string(), at});
      if (out.size() > kListEntries) fail(begin, fmt::format("a list holds at most {} texts", kListEntries));
      skip_blank();
      if (peek() == ',')
        take();
      else if (more() && peek() != ']')
        fail("expected , or ] in this list");
    }
    if (!more())
      fail(begin, "this list does not end; close it with ]");
    else
      take();
    return out;
  }

  std::string_view text_;
  Report& report_;
  size_t at_ = 0;
  Place here_;
  std::vector<TomlSection> sections_;
  std::set<std::string> names_, repeated_;
};

// Where the first byte stands that is no UTF-8.
Place first_bad_place(std::string_view text) {
  Place place;
  size_t begin = 0;
  for (size_t end;
       (end = text.find('\n', begin)) != std::string_view::npos && valid_utf8(text.substr(begin, end - begin));
       begin = end + 1)
    ++place.line;
  while (begin < text.size()) {
    size_t next = begin;
    next_code_point(text, next);
    if (!valid_utf8(text.substr(begin, next - begin))) break;
    begin = next;
    ++place.column;
  }
  return place;
}
}  // namespace

std::vector<TomlSection> parse_toml(std::string_view text, Report& report) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (!valid_utf8(text)) {
    report.add(first_bad_place(text), "this is not UTF-8; save the file as UTF-8");
    return {};
  }
  return Parser(text, report).parse();
}

}  // namespace zhimi::directory
