#include "directory/toml.h"

#include <gtest/gtest.h>

namespace zhimi::directory {
namespace {

using Texts = std::vector<std::string>;

TEST(Toml, ReadsTextsNumbersListsAndSections) {
  Report report("f");
  auto sections = parse_toml(
      "\xef\xbb\xbfplain = \"a\\tb\\u00e9\\U0001f600\\\\\\\"\" # comment \"\r\n"
      "literal = 'C:\\dir'\nnumber = -12\n"
      "[one]\n  list = [ 'x', # first\n\n  \"y\", ]\nempty = []\n"
      "[[ many ]]\n[[many]]\nk-1_ = \"#\"",
      report);
  ASSERT_TRUE(report.clean()) << report.error().what;
  ASSERT_EQ(sections.size(), 4u);
  EXPECT_EQ(std::get<std::string>(sections[0].find("plain")->value), "a\tbé😀\\\"");
  EXPECT_EQ(std::get<std::string>(sections[0].find("literal")->value), "C:\\dir");
  EXPECT_EQ(std::get<int64_t>(sections[0].find("number")->value), -12);
  Texts list;
  for (const TomlText& t : std::get<std::vector<TomlText>>(sections[1].find("list")->value)) list.push_back(t.value);
  EXPECT_EQ(list, (Texts{"x", "y"}));
  EXPECT_TRUE(std::get<std::vector<TomlText>>(sections[1].find("empty")->value).empty());
  EXPECT_FALSE(sections[1].repeated);
  EXPECT_TRUE(sections[2].repeated && sections[3].repeated);
  EXPECT_EQ(std::get<std::string>(sections[3].find("k-1_")->value), "#");
  EXPECT_EQ(sections[3].find("other"), nullptr);
}

// TOML 1.0 refuses the first group too; the second is TOML beyond what these files use.
TEST(Toml, RefusesTheRestWithItsPlace) {
  struct {
    const char* toml;
    const char* said;
  } const cases[] = {
      {"a = 'x", "f:1:5: this text does not end; close the quote mark"},
      {"a = \"x\n\"", "f:1:5: this text does not end on its line; close the quote mark"},
      {"a = \"\\q\"", "f:1:6: unknown escape; write \\\\ for a backslash"},
      {"a = \"\\u12\"", "f:1:6: \\u wants 4 hexadecimal digits"},
      {"a = \"\\ud800\"", "f:1:6: this escape is no Unicode character"},
      {"a = \"王\x01\"", "f:1:7: a control character stands here; remove it"},
      {"a = 1\n\nb = [\"x\"", "f:3:5: this list does not end; close it with ]"},
      {"a = [\"x\" \"y\"]", "f:1:10: expected , or ] in this list"},
      {"a = 1 b = 2", "f:1:7: only a comment may follow on this line; begin a new line"},
      {"a", "f:1:1: a has no value; write a = …"},
      {"a 1", "f:1:3: expected = after the key"},
      {"a = 1\na = 2", "f:2:1: key a stands twice"},
      {"[a]\n[a]", "f:2:1: section a stands twice"},
      {"[[a]]\n[a]", "f:2:1: section a stands twice"},
      {"[a]\n[[a]]", "f:2:1: section a stands twice"},
      {"a = 1\n[a]", "f:2:1: a is a key already"},
      {"[&", "f:1:2: a key or section name is written in letters, digits, - and _"},
      {"[[[a]]]", "f:1:3: a key or section name is written in letters, digits, - and _"},
      {"[[a]", "f:1:5: the section's name must end with ]]"},
      {"a = 012", "f:1:5: expected a whole number of at most 15 digits; put text, dates and versions in quote marks"},
      {"a = 1\nb = \"\xff\"", "f:2:6: this is not UTF-8; save the file as UTF-8"},

      {"a.b = 1", "f:1:2: dotted keys are not used here; put text that holds dots in quote marks"},
      {"\"a\" = 1", "f:1:1: keys are written without quote marks here"},
      {"a = '''x'''", "f:1:5: a text of several lines is not used here; write it on one line"},
      {"a = {}", "f:1:5: expected text in quote marks, a whole number or a list of texts"},
      {"a = true", "f:1:5: expected text in quote marks, a whole number or a list of texts"},
      {"a = [1]", "f:1:6: a list holds texts in quote marks"},
      {"a = 1979-05-27",
       "f:1:5: expected a whole number of at most 15 digits; put text, dates and versions in quote marks"},
  };
  for (const auto& c : cases) {
    Report report("f");
    parse_toml(c.toml, report);
    ASSERT_FALSE(report.clean()) << c.toml;
    EXPECT_EQ(report.error().what, c.said) << c.toml;
  }
}

}  // namespace
}  // namespace zhimi::directory
