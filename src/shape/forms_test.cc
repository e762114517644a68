#include "shape/forms.h"

#include <gtest/gtest.h>

namespace zhimi::shape {
namespace {

TEST(Forms, UnescapeReadsEveryEscapeOfRfc8259) {
  EXPECT_EQ(unescape(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(unescape(R"(\u738b\u5C0F)"), "王小");
  EXPECT_EQ(unescape(R"(a\u00e9b)"), "aéb");
  EXPECT_EQ(unescape(R"(\ud834\udd1e)"), "𝄞");  // the example of RFC 8259 section 7
  EXPECT_EQ(unescape(R"(\u0000)"), std::string(1, '\0'));
}

TEST(Forms, UnescapeRefusesWhatIsNoEscape) {
  for (std::string_view bad : {R"(\)", R"(\x)", R"(\u12)", R"(\u12g4)", R"(\ud834)", R"(\ud834x)", R"(\ud834\u0041)",
                               R"(\udd1e)", R"(\ud834\udd1)", R"(a\)"})
    EXPECT_FALSE(unescape(bad)) << bad;
}

TEST(Forms, NumbersAsInRfc8259) {
  for (std::string_view good : {"0", "-0", "10", "0.5", "-12.50", "1e3", "1E+3", "1.0e-10"})
    EXPECT_TRUE(valid_number(good)) << good;
  for (std::string_view bad :
       {"", "-", "01", "+1", ".5", "1.", "1e", "1e+", "0x1", "1 ", "NaN", "--1", "1.2.3", "1e3.0"})
    EXPECT_FALSE(valid_number(bad)) << bad;
  EXPECT_TRUE(valid_number(std::string(64, '7')));
  EXPECT_FALSE(valid_number(std::string(65, '7')));
}

TEST(Forms, SurnameMask) {
  EXPECT_EQ(mask_surname("王小明"), "王*");
  EXPECT_EQ(mask_surname("王"), "王*");
  EXPECT_EQ(mask_surname("欧阳锋"), "欧阳*");
  EXPECT_EQ(mask_surname("欧阳"), "欧*");  // may be the whole name
  EXPECT_EQ(mask_surname("𠮷野太郎"), "𠮷*");
  EXPECT_EQ(mask_surname("Anna Lee"), "*");
  EXPECT_EQ(mask_surname("аня"), "*");
  EXPECT_EQ(mask_surname(""), "*");
}

TEST(Forms, TailMask) {
  EXPECT_EQ(mask_tail("13800138000"), "****8000");
  EXPECT_EQ(mask_tail("12345678"), "****5678");
  EXPECT_EQ(mask_tail("1234567"), "****");
  EXPECT_EQ(mask_tail("病案号一二三四五"), "****二三四五");
  EXPECT_EQ(mask_tail("病案号一二三四"), "****");
  EXPECT_EQ(mask_tail(""), "****");
}

TEST(Forms, CoarseDates) {
  EXPECT_EQ(coarse_date("1990", true), "1990");
  EXPECT_EQ(coarse_date("1990-03", true), "1990-03");
  EXPECT_EQ(coarse_date("1990-03-07", true), "1990-03");
  EXPECT_EQ(coarse_date("1990-03-07", false), "1990");
  EXPECT_EQ(coarse_date("2015-02-07T13:28:17-05:00", true), "2015-02");
  EXPECT_EQ(coarse_date("2015-02-07T13:28:17.239+02:00", false), "2015");
  EXPECT_EQ(coarse_date("2015-02-07T13:28Z", false), "2015");
  for (std::string_view bad :
       {"", "19", "1990-3", "1990-13", "1990-00", "1990-03-32", "1990/03/07", "1990-03-07T", "1990-03-07T25:00:00Z",
        "1990-03-07 10:00", "1990-03-07T10:00:00+8", "1990-03-07T10:00:00Zwang", "born 1990", "1990 wang", "19900307"})
    EXPECT_EQ(coarse_date(bad, true), "") << bad;
}

TEST(Forms, References) {
  using Way = Reference::Way;
  auto is = [](std::string_view text, Way way, std::string_view type, std::string_view id) {
    Reference r = parse_reference(text);
    EXPECT_TRUE(r.way == way) << text;
    EXPECT_EQ(r.type, type) << text;
    EXPECT_EQ(r.id, id) << text;
  };
  is("Patient/p-001", Way::kResource, "Patient", "p-001");
  is("Patient/p-001/_history/3", Way::kResource, "Patient", "p-001");
  is("http://a.example/fhir/Patient/p-001", Way::kResource, "Patient", "p-001");
  is("https://a.example/Encounter/e.1/_history/2", Way::kResource, "Encounter", "e.1");
  is("#c1", Way::kFragment, "", "c1");
  is("#", Way::kFragment, "", "");
  is("urn:uuid:0c6a-1", Way::kUrn, "", "0c6a-1");
  is("urn:oid:1.2.3", Way::kUrn, "", "1.2.3");
  for (std::string_view other :
       {"", "p-001", "/Patient/p-001", "Patient/", "patient/p-001", "a/Patient/p-001", "Patient?name=x", "Patient/p 1",
        "ftp://a/Patient/1", "Patient/1#x", "Patient/1/_history/"})
    is(other, Way::kOther, "", "");
}

}  // namespace
}  // namespace zhimi::shape
