#include "formats/resource_stream.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "base/limits.h"

namespace zhimi::formats {
namespace {

struct Found {
  std::string resource, full_url;
  uint64_t line, offset_bytes, number;
  bool operator==(const Found&) const = default;
};

// Hands out at most `step` bytes a read.
class SteppedInput final : public Input {
 public:
  SteppedInput(std::string_view s, size_t step) : rest_(s), step_(step) {}
  Result<size_t> read(std::span<uint8_t> out) override {
    size_t n = std::min({out.size(), step_, rest_.size()});
    std::memcpy(out.data(), rest_.data(), n);
    rest_.remove_prefix(n);
    consumed_ += n;
    return n;
  }
  uint64_t consumed_bytes() const override { return consumed_; }

 private:
  std::string_view rest_;
  size_t step_;
  uint64_t consumed_ = 0;
};

Result<std::vector<Found>> split(std::string_view s, size_t step = SIZE_MAX) {
  SteppedInput input(s, step);
  std::vector<Found> found;
  ZHIMI_CHECK(read_resources(input, [&](ByteView resource, const Place& place, std::string_view full_url) -> Status {
    found.push_back({std::string(text(resource)), std::string(full_url), place.line, place.offset_bytes, place.number});
    volatile uint8_t sink = 0;  // 64 bytes behind are readable; the sanitizers look
    for (size_t i = 0; i < 64; ++i) sink = static_cast<uint8_t>(sink + resource.data()[resource.size() + i]);
    return {};
  }));
  return found;
}

Error refusal(std::string_view s) {
  auto r = split(s);
  return r ? Error{Code::kInternal, "accepted"} : r.error();
}

std::vector<std::string> resources(std::string_view s) {
  auto found = split(s);
  std::vector<std::string> out;
  if (!found) return {found.error().what};
  for (const Found& f : *found) out.push_back(f.resource);
  return out;
}

using Strings = std::vector<std::string>;

const std::string kA = R"({"resourceType":"Patient","id":"a"})";
const std::string kB = R"({"id":"b {\"}\\","resourceType":"Observation","x":[{"y":"}"},{}]})";
const std::string kPretty = "{\n  \"resourceType\": \"Patient\",\n  \"id\": \"p\"\n}";
const std::string kBundle = R"({
  "resourceType": "Bundle", "id": "b-1", "total": -1.5e+3,
  "link": [{"relation": "self", "url": "http:\/\/x\/\u5b55\ud83d\ude00"}],
  "entry": [
    {"fullUrl": "urn:uuid:1", "resource": )" +
                            kA + R"(, "request": {"method": "POST", "url": "Patient"}},
    {"request": {"method": "DELETE", "url": "Patient/9"}},
    {"resource":)" + kB + R"(,"fullUrl":"http://x/Observation/\u0062"},
    {"resource": {"entry": [{"resource": )" +
                            kPretty + R"(}], "resourceType": "Bundle"}},
    {}
  ],
  "signature": {"data": "aGk=", "ok": [true, false, null, [], {}]}
})";

TEST(ReadResources, SplitsEveryLayout) {
  EXPECT_EQ(resources(kA), Strings{kA});
  EXPECT_EQ(resources(kPretty), Strings{kPretty});
  EXPECT_EQ(resources(kPretty + "\n" + kPretty + kA), (Strings{kPretty, kPretty, kA})) << "concatenated";
  EXPECT_EQ(resources("\xef\xbb\xbf" + kA + "\r\n\r\n  \n" + kB + "\r\n"), (Strings{kA, kB}))
      << "BOM, CRLF, blank lines";
  EXPECT_EQ(resources(kA + "\n\xef\xbb\xbf" + kB), (Strings{kA, kB})) << "joined files";
  EXPECT_EQ(resources(kBundle), (Strings{kA, kB, kPretty}));
  EXPECT_EQ(resources(kA + "\n" + R"({"resourceType":"Bundle","entry":[{"resource":)" + kB + "}]}\n" + kA),
            (Strings{kA, kB, kA}));
  EXPECT_EQ(resources(R"({"resourceType":"Bundle"})"), Strings{});
  EXPECT_EQ(resources(R"({"entry":[],"resourceType":"Bundle"})"), Strings{});
  std::string list = R"({"entry":[{"item":{"reference":"Patient/a"}}],"resourceType":"List"})";
  EXPECT_EQ(resources(list), Strings{list}) << "`entry` alone does not make a Bundle";
  std::string contained = R"({"contained":[{"resourceType":"Bundle"}],"id":"resourceType","resourceType":"Basic"})";
  EXPECT_EQ(resources(contained), Strings{contained});
}

TEST(ReadResources, TellsPlaceAndFullUrl) {
  auto found = split("\n" + kA + "\n\n" + kBundle);
  ASSERT_TRUE(found) << found.error().what;
  std::string all = "\n" + kA + "\n\n" + kBundle;
  ASSERT_EQ(found->size(), 4u);
  EXPECT_EQ((*found)[0], (Found{kA, "", 2, 1, 1}));
  EXPECT_EQ((*found)[1], (Found{kA, "urn:uuid:1", 8, all.find(kA, 10), 2}));
  EXPECT_EQ((*found)[2], (Found{kB, "http://x/Observation/b", 10, all.find(kB), 3}));
  EXPECT_EQ((*found)[3], (Found{kPretty, "", 11, all.find(kPretty), 4}));
}

TEST(ReadResources, IsTheSameAtEveryChunkSize) {
  std::string wide = kPretty;
  wide.insert(wide.size() - 1, std::string(700, ' ') + R"(,"text":"\\\"\\\\{{{{")");
  for (const std::string& s : {kBundle, kA + "\r\n" + kB + "\n" + wide + "\n" + kBundle, wide}) {
    auto whole = split(s);
    ASSERT_TRUE(whole) << whole.error().what;
    for (size_t step = 1; step <= 64; ++step) {
      auto parts = split(s, step);
      ASSERT_TRUE(parts) << parts.error().what;
      EXPECT_EQ(*parts, *whole) << step;
    }
  }
}

TEST(ReadResources, TruncationIsNeverSuccess) {
  for (const std::string& s : {kA, kB, kPretty, kBundle})
    for (size_t n = 0; n < s.size(); ++n) {
      Error e = refusal(s.substr(0, n));
      EXPECT_EQ(e.code, Code::kInvalid) << n << e.what;
    }
  // Between two lines NDJSON cannot know that more was meant.
  std::string lines = kA + "\n" + kB;
  for (size_t n = 1; n < lines.size(); ++n)
    EXPECT_EQ(bool(split(lines.substr(0, n))), n == kA.size() || n == kA.size() + 1) << n;
}

TEST(ReadResources, SaysWhereItStopped) {
  size_t at = kBundle.find(kB) + 10;
  Error e = refusal(kBundle.substr(0, at));
  EXPECT_EQ(
      e.what,
      "line 7, byte " + std::to_string(at) +
          ", entry 3 of the Bundle: the file ends in the middle of entry 3: it is truncated; export or copy it again");
  std::string nested =
      R"({"resourceType":"Bundle","entry":[{},{},{},{"resource":{"resourceType":"Bundle","entry":[{"resource":{"id")";
  EXPECT_NE(refusal(nested).what.find("entry 1 of a Bundle in entry 4 of the Bundle"), std::string::npos)
      << refusal(nested).what;
  EXPECT_EQ(refusal(kA + "\n" + kA + "\n,").what.substr(0, 7), "line 3,");
}

TEST(ReadResources, NamesWhatIsNotFhirJson) {
  auto says = [](std::string_view s, std::string_view what) {
    Error e = refusal(s);
    EXPECT_EQ(e.code, Code::kInvalid) << e.what;
    EXPECT_NE(e.what.find(what), std::string::npos) << e.what;
  };
  says("[" + kA + "]", "array");
  says("\xff\xfe{\0", "UTF-16");
  says(std::string_view("{\0\"\0", 4), "UTF-16");
  says(std::string_view("\0{\0\"", 4), "UTF-16");
  says(std::string_view("\xff\xfe\0\0{\0\0\0", 8), "UTF-32");
  says("<Patient/>", "XML");
  says("MSH|^~\\&|", "HL7 v2");
  says("PK\x03\x04", "zip");
  says("\x1f\x8b\x08", "compressed twice");
  says(std::string_view("\x00\x01\x02garbage", 10), "not JSON");
  says("\xef\xbbx", "not JSON");
  says("\xef\xbb\xbf", "empty");
  says("", "empty");
  says(" \n\n", "empty");
  says("null", "not JSON");
  says("{not json", "truncated");
}

TEST(ReadResources, ChecksTheBundleAroundTheResources) {
  auto refused = [](std::string_view s, std::string_view what) {
    Error e = refusal(s);
    EXPECT_EQ(e.code, Code::kInvalid) << s;
    EXPECT_NE(e.what.find(what), std::string::npos) << e.what << " for " << s;
  };
  const std::string b = R"({"resourceType":"Bundle",)";
  refused(b + R"("entry":{}})", "an array expected");
  refused(b + R"("entry":[1]})", "an object expected");
  refused(b + R"("entry":[{"resource":null}]})", "resource");
  refused(b + R"("entry":[{"resource":[]}]})", "resource");
  refused(b + R"("entry":[{"fullUrl":7}]})", "a string expected");
  refused(b + R"("entry":[{},]})", "object");
  refused(b + R"("entry":[{} {}]})", "',' or ']'");
  refused(b + R"("entry":[],"entry":[]})", "twice");
  refused(b + R"("\u0065ntry":[]})", "escapes");
  refused(b + R"("resourceType":"Patient"})", "twice");
  refused(b + R"("entry":[{"fullUrl":"a","fullUrl":"b"}]})", "twice");
  refused(b + R"("total":01})", "',' or '}'");
  refused(b + R"("total":1.})", "digit");
  refused(b + R"("total":)" + std::string(100, '1') + "}", "longer");
  refused(b + R"("total":tru})", "true");
  refused(b + R"("id":"\x"})", "escape");
  refused(b + R"("id":"\ud800x"})", "surrogate");
  refused(b + "\"id\":\"\x80\"}", "UTF-8");
  refused(b + "\"id\":\"a\nb\"}", "control");
  refused(b + R"("meta":)" + std::string(100, '[') + std::string(100, ']') + "}", "deeper");
  refused(b + R"("meta":)" + std::string(3'000'000, '['), "deeper");
  refused(b + R"("entry":[{"resource":)" + b + R"("entry":[{"resource":)" + b + R"("entry":[]}}]}}]})",
          "inside a Bundle");
  std::string keys;
  for (int i = 0; i < 70; ++i) keys += ",\"k" + std::to_string(i) + "\":0";
  refused(R"({"resourceType":"Bundle")" + keys + "}", "keys");
}

TEST(ReadResources, StopsWhenTheVisitorDoes) {
  auto input = memory_input(view(kBundle));
  int seen = 0;
  Status s = read_resources(*input, [&](ByteView, const Place&, std::string_view) -> Status {
    return ++seen == 2 ? Status(make_error(Code::kConflict, "enough")) : Status();
  });
  EXPECT_EQ(seen, 2);
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code, Code::kConflict);
}

class FailingInput final : public Input {
 public:
  Result<size_t> read(std::span<uint8_t> out) override {
    if (std::exchange(begun_, true)) return make_error(Code::kUnavailable, "the disk is gone");
    out[0] = '{';
    return size_t{1};
  }
  uint64_t consumed_bytes() const override { return 0; }

 private:
  bool begun_ = false;
};

TEST(ReadResources, PassesReadErrorsOn) {
  FailingInput input;
  Status s = read_resources(input, [](ByteView, const Place&, std::string_view) -> Status { return {}; });
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code, Code::kUnavailable);
  EXPECT_EQ(s.error().what, "line 1, byte 1: the disk is gone");
}

// Repeats `unit` between `head` and `tail` without holding it.
class GeneratedInput final : public Input {
 public:
  GeneratedInput(std::string head, std::string unit, uint64_t times, std::string tail)
      : head_(std::move(head)),
        unit_(std::move(unit)),
        tail_(std::move(tail)),
        end_(head_.size() + unit_.size() * times + tail_.size()) {}
  Result<size_t> read(std::span<uint8_t> out) override {
    size_t done = 0;
    while (done < out.size() && at_ < end_) {
      std::string_view part;
      uint64_t tail_at = end_ - tail_.size();
      if (at_ < head_.size())
        part = std::string_view(head_).substr(at_);
      else if (at_ >= tail_at)
        part = std::string_view(tail_).substr(at_ - tail_at);
      else
        part = std::string_view(unit_).substr((at_ - head_.size()) % unit_.size());
      size_t n = std::min(part.size(), out.size() - done);
      std::memcpy(out.data() + done, part.data(), n);
      done += n;
      at_ += n;
    }
    return done;
  }
  uint64_t consumed_bytes() const override { return at_; }

 private:
  std::string head_, unit_, tail_;
  uint64_t at_ = 0, end_;
};

size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  size_t pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(ReadResources, MemoryIsFlatOverAGigabyte) {
  std::string unit = R"({"fullUrl":"urn:uuid:1","resource":{"resourceType":"Observation","id":"o","note":[{"text":")" +
                     std::string(4000, 'x') + R"("}]}},)";
  uint64_t times = (uint64_t{1} << 30) / unit.size();
  GeneratedInput input(R"({"resourceType":"Bundle","entry":[)", unit, times, "{}]}");
  size_t before = resident_bytes(), most = before;
  uint64_t count = 0;
  Status s = read_resources(input, [&](ByteView, const Place&, std::string_view) -> Status {
    if (++count % 1000 == 0) most = std::max(most, resident_bytes());
    return {};
  });
  ASSERT_TRUE(s) << s.error().what;
  EXPECT_EQ(count, times);
  EXPECT_GT(input.consumed_bytes(), uint64_t{1} << 29);
  EXPECT_LT(most - before, size_t{64} << 20);
}

TEST(ReadResources, AHugeResourceIsRefusedWithoutBeingHeld) {
  auto refused = [](std::string head, std::string unit, std::string tail, std::string_view what) {
    GeneratedInput input(std::move(head), unit, (uint64_t{200} << 20) / unit.size(), std::move(tail));
    size_t before = resident_bytes();
    Status s = read_resources(input, [](ByteView, const Place&, std::string_view) -> Status { return {}; });
    ASSERT_FALSE(s);
    EXPECT_EQ(s.error().code, Code::kTooLarge);
    EXPECT_NE(s.error().what.find(what), std::string::npos) << s.error().what;
    EXPECT_LT(input.consumed_bytes(), 2 * limits::kResourceBytes);
    EXPECT_LT(resident_bytes(), before + (size_t{64} << 20));
  };
  refused(R"({"resourceType":"Binary","data":")", "aaaa", "\"}",
          "line 1, byte 0: the resource that begins here is larger than 4 MiB");
  refused(R"({"data":")", "aaaa", "\",\"resourceType\":\"Binary\"}", "resourceType first");
  refused(R"({"entry":[)", R"({"resource":{}},)", R"({}],"resourceType":"Bundle"})", "resourceType first");
  refused(kA + "\n" + R"({"resourceType":"Bundle","entry":[{},{"resource":{"resourceType":"Binary","data":")", "aaaa",
          "\"}}]}", "line 2, byte 85, entry 2 of the Bundle: the resource");
  refused(R"({"resourceType":"Bundle","entry":[{"resource":{},"request":{"x":[)",
          R"("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)", "1]}}]}", "the end of its entry");
  refused(R"({"resourceType":"Bundle","id":")", "aaaa", "\"}", "1 MiB");
}

TEST(ReadResources, TheLimitItselfPasses) {
  std::string head = R"({"resourceType":"Binary","data":")", tail = "\"}";
  std::string just = head + std::string(limits::kResourceBytes - head.size() - tail.size(), 'a') + tail;
  auto found = split(just + "\n" + kA);
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->size(), 2u);
  just.insert(just.size() - 2, "a");
  EXPECT_EQ(refusal(just).code, Code::kTooLarge);
}

// A Bundle whose resourceType comes last is found as long as it is held whole; beyond that it streams only when the
// type is seen early.
TEST(ReadResources, LateResourceType) {
  std::string entries;
  for (int i = 0; i < 2000; ++i) entries += R"({"resource":)" + kA + "},";
  auto found = split(R"({"entry":[)" + entries + R"({}],"resourceType":"Bundle"})");
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->size(), 2000u);
  auto early = split(R"({"id":")" + std::string(1000, 'x') + R"(","resourceType":"Bundle","entry":[)" +
                     std::string(5 << 20, ' ') + "{}]}");
  EXPECT_TRUE(early) << early.error().what;
}

}  // namespace
}  // namespace zhimi::formats
