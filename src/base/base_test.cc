#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"

namespace zhimi {
namespace {

TEST(Bytes, Base64IsCanonical) {  // RFC 4648 section 10
  for (auto [plain, coded] : {std::pair{"", ""},
                              {"f", "Zg=="},
                              {"fo", "Zm8="},
                              {"foo", "Zm9v"},
                              {"foob", "Zm9vYg=="},
                              {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(base64(view(plain)), coded);
    EXPECT_EQ(text(*from_base64(coded)), plain);
  }
  for (const char* bad : {"Zg=", "Zg", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9"})
    EXPECT_FALSE(from_base64(bad)) << bad;
}

TEST(Bytes, CrockfordReadsWhatPeopleType) {
  SeededRandom random(1);
  for (int i = 0; i < 200; ++i) {
    Bytes b(16);
    random.fill(b);
    std::string s = crockford(b);
    EXPECT_EQ(s.size(), 26u);
    EXPECT_EQ(*from_crockford(s, 16), b);
    for (char& c : s) {
      if (c == '0') c = 'o';
      if (c == '1') c = 'l';
      c = static_cast<char>(std::tolower(c));
    }
    EXPECT_EQ(*from_crockford(s, 16), b);
  }
  EXPECT_FALSE(from_crockford("UUUUUUUUUUUUUUUUUUUUUUUUUU", 16));
  EXPECT_FALSE(from_crockford("0", 16));
  EXPECT_FALSE(from_crockford("00000000000000000000000001", 16)) << "spare bits must be zero";
}

TEST(Bytes, HexRoundTripsAndRefuses) {
  EXPECT_EQ(hex(Bytes{0, 0xab, 0xff}), "00abff");
  EXPECT_EQ(*from_hex("00ABff"), (Bytes{0, 0xab, 0xff}));
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

TEST(Text, Utf8IsStrict) {
  for (const char* good : {"", "abc", "é", "林晓雯", "😀", "\xf4\x8f\xbf\xbf"}) EXPECT_TRUE(valid_utf8(good));
  for (const char* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5",
                          "\xe6\x9e", "a\xff"})
    EXPECT_FALSE(valid_utf8(bad));
}

TEST(Text, WidthAndPoints) {
  EXPECT_EQ(code_points("林晓雯a"), 4u);
  EXPECT_EQ(display_width("林晓雯a"), 7u);
}

TEST(Text, ClosestWord) {
  std::string_view words[] = {"inpatient", "registration", "住院"};
  EXPECT_EQ(closest_word("inpatent", words), "inpatient");
  EXPECT_EQ(closest_word("住元", words), "住院");
  EXPECT_EQ(closest_word("zzzzzz", words), std::nullopt);
}

TEST(Text, JsonEscape) { EXPECT_EQ(json_escape("a\"\\\n\x01林"), "a\\\"\\\\\\n\\u0001林"); }

TEST(Clock, FhirTimes) {
  EXPECT_EQ(*parse_fhir_time("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(*parse_fhir_time("1970-01-01T08:00:00.250+08:00"), 250);
  EXPECT_EQ(*parse_fhir_time("2024-02-29"), *parse_fhir_time("2024-02-28T16:00:00Z"));
  EXPECT_EQ(*parse_fhir_time("1991"), *parse_fhir_time("1991-01-01"));
  for (const char* bad : {"", "199", "1991-13", "2023-02-29", "1991-01-01T", "1991-01-01T24:00:00Z",
                          "1991-01-01T00:00:00+15:00", "1991-01-01x"})
    EXPECT_FALSE(parse_fhir_time(bad)) << bad;
  EXPECT_EQ(utc_time(*parse_fhir_time("2026-11-23T08:30:00.125Z")), "2026-11-23T08:30:00.125Z");
}

TEST(File, WholeOrNotAtAll) {
  auto folder = std::filesystem::temp_directory_path() / ("zhimi-base-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  EXPECT_TRUE(write_file(folder / "f", view("hello")));
  EXPECT_EQ(text(*read_file(folder / "f", 5)), "hello");
  EXPECT_EQ(read_file(folder / "f", 4).error().code, Code::kTooLarge);
  EXPECT_EQ(read_file(folder / "g", 4).error().code, Code::kNotFound);
  EXPECT_EQ(read_file(folder, 4).error().code, Code::kInvalid);
  EXPECT_EQ(write_file(folder / "no/such", view("x")).error().code, Code::kNotFound);
  EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(folder / "f").permissions()), 0600u);
  auto lock = FileLock::take(folder / "lock", 0);
  ASSERT_TRUE(lock);
  EXPECT_EQ(FileLock::take(folder / "lock", 0).error().code, Code::kConflict);
  std::filesystem::remove_all(folder);
}

TEST(Result, CodesAreMappedOnce) {
  EXPECT_EQ(exit_code(Code::kRefused), 4);
  EXPECT_EQ(http_status(Code::kTooLarge), 413);
  EXPECT_STREQ(code_name(Code::kCorrupt), "corrupt");
}

}  // namespace
}  // namespace zhimi
