#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "shape/shape.h"

namespace zhimi::shape {
namespace {

Result<std::string> check(std::string_view json) {
  std::string padded(json);
  padded.resize(json.size() + kPaddingBytes, '"');
  Bytes out = to_bytes("before");
  Status status = check_fhir(view(std::string_view(padded).substr(0, json.size())), out);
  if (!status) {
    EXPECT_EQ(text(out), "before") << "a refusal must leave nothing";
    return std::move(status).error();
  }
  return std::string(text(out).substr(6));
}

void refused(std::string_view json, std::string_view why) {
  auto got = check(json);
  ASSERT_FALSE(got) << json;
  EXPECT_EQ(got.error().code, Code::kInvalid);
  EXPECT_EQ(got.error().what, why) << json;
}

TEST(Check, MinifiesAndPutsResourceTypeFirst) {
  EXPECT_EQ(*check(R"({"resourceType":"Basic","id":"1"})"), R"({"resourceType":"Basic","id":"1"})");
  EXPECT_EQ(*check(" {\n\t\"id\" : \"1 , 2\" ,\r \"resourceType\" : \"Basic\" , \"a\" : [ 1 , -2.5e3 , true , null , { "
                   "} , [ ] ] } \n"),
            R"({"resourceType":"Basic","id":"1 , 2","a":[1,-2.5e3,true,null,{},[]]})");
  EXPECT_EQ(*check(R"({"contained":[{"id":"c","x":{"y":1},"resourceType":"Basic"}],"resourceType":"Basic"})"),
            R"({"resourceType":"Basic","contained":[{"resourceType":"Basic","id":"c","x":{"y":1}}]})");
}

TEST(Check, KeepsStringsAsTheyAre) {
  std::string same = R"({"resourceType":"Basic","a":"\u738b \ud83e\uddec \" \\ \/ 王🧬","b":""})";
  EXPECT_EQ(*check(same), same);
}

TEST(Check, SaysWhereAndWhat) {
  refused("", "byte 0: there is no text");
  refused("[]", "byte 0: a resource is a JSON object");
  refused("{}", "byte 1: a resource needs a resourceType");
  refused(R"({"id":"1"})", "byte 0: a resource needs a resourceType");
  refused(R"({"resourceType":7})", "byte 16: this is no name of a resource type");
  refused(R"({"resourceType":"patient"})", "byte 16: this is no name of a resource type");
  refused(R"({"resourceType":"Pa\u0074ient"})", "byte 16: this is no name of a resource type");
  refused(R"({"resourceType":"Basic","resourceType":"Basic"})", "byte 24: a key appears twice in one object");
  refused(R"({"resourceType":"Basic","a":{"x":1,"x":2}})", "byte 35: a key appears twice in one object");
  refused(R"({"resourceType":"Basic","\u0061":1})", "byte 24: a key must not hold an escape");
  refused(R"({"resourceType":"Basic"} {})", "byte 25: something follows the resource");
  refused(R"({"resourceType":"Basic","a":"\x"})", "byte 28: a string holds a bad escape");
  refused(R"({"resourceType":"Basic","a":"\ud800"})", "byte 28: a string holds a bad escape");
  refused("{\"resourceType\":\"Basic\",\"a\":\"b\nc\"}", "byte 30: a string holds a raw control character");
  refused(R"({"resourceType":"Basic","a":"b)", "byte 28: a string is not closed");
  refused("{\"resourceType\":\"Basic\",\"a\":\"\xff\"}", "byte 29: the text is not valid UTF-8");
  refused("{\"resourceType\":\"Basic\",\"a\":\"\xed\xa0\x80\"}", "byte 29: the text is not valid UTF-8");
}

TEST(Check, RefusesWhatIsNotJson) {
  for (std::string_view tail : {"\"a\":01}",     "\"a\":1.}",    "\"a\":+1}",         "\"a\":tru}",
                                "\"a\":truex}",  "\"a\":nul}",   "\"a\":True}",       "\"a\":NaN}",
                                "\"a\"}",        "\"a\":}",      "\"a\":1,}",         ",}",
                                "a:1}",          "'a':1}",       "\"a\" 1}",          "\"a\":1 2}",
                                "\"a\":[1,]}",   "\"a\":[,1]}",  "\"a\":[1 2]}",      "\"a\":[1}",
                                "\"a\":{]}",     "\"a\":1",      "\"a\":[",           "\"a\":{",
                                "\"a\":",        "\"a\"",        "\"a\":\"x\"\"y\"}", "\"a\":1}}",
                                "\"a\":\"b\"c}", "\"a\":1/**/}", "\"a\":\\\"b\"}"})
    EXPECT_FALSE(check("{\"resourceType\":\"Basic\"," + std::string(tail))) << tail;
  EXPECT_FALSE(check("\xef\xbb\xbf{\"resourceType\":\"Basic\"}"));  // a byte-order mark is for the importer to remove
  EXPECT_FALSE(check("{\"resourceType\":\"Basic\",\"a\":\v1}"));
}

TEST(Check, Limits) {
  auto nested = [](size_t depth) {
    return "{\"resourceType\":\"Basic\",\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_TRUE(check(nested(limits::kJsonDepth)));
  refused(nested(limits::kJsonDepth + 1), "byte 91: nested deeper than a resource may be");
  EXPECT_FALSE(check(nested(1'000'000)));
  EXPECT_TRUE(check("{\"resourceType\":\"Basic\",\"a\":" + std::string(limits::kJsonNumberBytes, '1') + "}"));
  refused("{\"resourceType\":\"Basic\",\"a\":" + std::string(limits::kJsonNumberBytes + 1, '1') + "}",
          "byte 28: a number is longer than it may be");
  std::string big = "{\"resourceType\":\"Basic\",\"a\":\"" + std::string(limits::kResourceBytes, 'x') + "\"}";
  auto got = check(big);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kTooLarge);
}

TEST(Check, ManyKeysAreCheckedInGoodTime) {
  std::string json = "{\"resourceType\":\"Basic\"";
  for (int i = 0; i < 200'000; ++i) json += fmt::format(",\"a{}\":0", i);
  EXPECT_TRUE(check(json + "}"));
  refused(json + ",\"a77\":0}", fmt::format("byte {}: a key appears twice in one object", json.size() + 1));
}

TEST(Check, ErrorsHoldNoContent) {
  for (std::string_view json : {R"({"resourceType":"王小明"})", R"({"resourceType":"Basic","王小明":1,"王小明":2})",
                                R"({"resourceType":"Basic","a":王小明})", R"({"resourceType":"Basic","a":"王小明)"}) {
    auto got = check(json);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().what.find("王"), std::string::npos) << got.error().what;
  }
}

}  // namespace
}  // namespace zhimi::shape
