#include "formats/resource_stream.h"

#include <fmt/format.h>

#include <optional>

#include "base/limits.h"
#include "formats/object_end.h"
#include "formats/skeleton.h"
#include "formats/window.h"

namespace zhimi::formats {

namespace {

constexpr size_t kLookAheadBytes = 512;            // where `resourceType` usually stands
constexpr size_t kEntryBytes = size_t{256} << 10;  // of an entry beside its resource
constexpr int kBundlesDeep = 2;                    // a Bundle, and Bundles that are its entries

// The value of `resourceType` among the members of an object that may be cut off or broken; nullopt when it is not
// there.
std::optional<std::string_view> resource_type(std::string_view json) {
  int depth = 0;
  bool key_next = false;
  auto string_end = [&](size_t quote) {
    size_t at = quote + 1;
    while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
    return at < json.size() ? at : std::string_view::npos;
  };
  for (size_t at = 0; at < json.size(); ++at) {
    char c = json[at];
    if (c == '{' || c == '[')
      key_next = ++depth == 1;
    else if (c == '}' || c == ']')
      --depth;
    else if (c == ',')
      key_next = depth == 1;
    if (c != '"') continue;
    size_t close = string_end(at);
    if (close == std::string_view::npos) return std::nullopt;
    bool found = key_next && json.substr(at + 1, close - at - 1) == "resourceType";
    at = close;
    key_next = false;
    if (!found) continue;
    size_t quote = json.find('"', close + 1);
    if (quote == std::string_view::npos) return std::nullopt;
    close = string_end(quote);
    if (close == std::string_view::npos) return std::nullopt;
    return json.substr(quote + 1, close - quote - 1);
  }
  return std::nullopt;
}

class Splitter {
 public:
  Splitter(Input& input, const Each& each)
      : each_(each), window_(input, limits::kResourceBytes + kEntryBytes), skeleton_(window_) {}

  Status run();

 private:
  struct Span {  // a resource that lies, held, in the window
    Place place;
    size_t size;
  };

  Status check_encoding();
  void skip_between();
  Error not_an_object(int c);
  Result<std::optional<Span>> object(int bundles_around);
  Status bundle(int bundles_around);
  Status entry(int bundles_around);
  Status deliver(Span& span, std::string_view full_url);

  const Each& each_;
  Window window_;
  Skeleton skeleton_;
  uint64_t delivered_ = 0;
};

Status Splitter::run() {
  ZHIMI_CHECK(check_encoding());
  for (bool any = false;; any = true) {
    skip_between();
    int c = window_.peek();
    if (c == Window::kEnd) {
      if (!window_.fault()) return skeleton_.ended();
      return any ? Status() : skeleton_.fail(Code::kInvalid, "the file is empty: it holds no FHIR resource");
    }
    if (c != '{') return not_an_object(c);
    ZHIMI_TRY(std::optional<Span> span, object(0));
    if (span) ZHIMI_CHECK(deliver(*span, ""));
  }
}

// RFC 8259 section 8.1: JSON that is exchanged is UTF-8. The others are recognised by their mark or by where the zero
// bytes stand.
Status Splitter::check_encoding() {
  while (window_.ahead().size() < 4 && window_.more()) {
  }
  ByteView b = window_.ahead();
  auto begins = [&](std::initializer_list<uint8_t> bytes) {
    return b.size() >= bytes.size() && std::equal(bytes.begin(), bytes.end(), b.begin());
  };
  if (begins({0xff, 0xfe, 0, 0}) || begins({0, 0, 0xfe, 0xff}) || begins({0, 0, 0, '{'}) || begins({'{', 0, 0, 0}))
    return skeleton_.fail(Code::kInvalid, "the file is UTF-32; convert it to UTF-8");
  if (begins({0xff, 0xfe}) || begins({0xfe, 0xff}) || begins({0, '{'}) || begins({'{', 0}))
    return skeleton_.fail(Code::kInvalid, "the file is UTF-16; convert it to UTF-8");
  return {};
}

// White space and UTF-8 byte-order marks: joined files carry one at each seam.
void Splitter::skip_between() {
  for (;;) {
    skeleton_.skip_space();
    if (window_.peek() != 0xef) return;
    while (window_.ahead().size() < 3 && window_.more()) {
    }
    ByteView b = window_.ahead();
    if (b.size() < 3 || b[1] != 0xbb || b[2] != 0xbf) return;
    window_.advance(3);
  }
}

Error Splitter::not_an_object(int c) {
  while (window_.ahead().size() < 4 && window_.more()) {
  }
  std::string_view ahead = text(window_.ahead()).substr(0, 4);
  std::string_view what = "not JSON: a FHIR resource, a Bundle or NDJSON begins with '{'";
  if (c == '[')
    what = "a JSON array is not FHIR; write its resources as a Bundle or one a line (NDJSON)";
  else if (c == '<')
    what = "XML is not read; convert it to FHIR JSON";
  else if (ahead.starts_with("MSH|"))
    what = "an HL7 v2 message is not FHIR; convert it to FHIR JSON";
  else if (ahead.starts_with("PK"))
    what = "a zip archive is not read; unpack it and name the files in it";
  else if (ahead.starts_with("\x1f\x8b") || ahead == "\x28\xb5\x2f\xfd")
    what = "compressed twice; unpack it once";
  else if (delivered_ > 0 && c == ',')
    what = "a comma between resources is not JSON; write one resource a line (NDJSON)";
  return skeleton_.fail(Code::kInvalid, what);
}

// The object under the cursor: a Bundle is streamed (nullopt), anything else is held whole and passed over.
Result<std::optional<Splitter::Span>> Splitter::object(int bundles_around) {
  Span span{{window_.line(window_.offset()), window_.offset(), 0}, 0};
  window_.hold();
  while (window_.ahead().size() < kLookAheadBytes && window_.more()) {
  }
  auto stream = [&]() -> Result<std::optional<Span>> {
    window_.release();
    ZHIMI_CHECK(bundle(bundles_around));
    return std::nullopt;
  };
  // A copy: the window moves as it grows.
  std::optional<std::string> type(resource_type(text(window_.ahead()).substr(0, kLookAheadBytes)));
  bool known = type.has_value();
  if (known && *type == "Bundle") return stream();
  ObjectEnd end;
  for (;;) {
    span.size = end.find(window_.ahead().data(), window_.ahead().size());
    if (span.size || window_.ahead().size() > limits::kResourceBytes || !window_.more()) break;
  }
  if (!known) type = resource_type(text(window_.ahead()).substr(0, span.size ? span.size : window_.ahead().size()));
  if (type && *type == "Bundle") return stream();
  if (!span.size && window_.ahead().size() <= limits::kResourceBytes && !window_.full()) {
    window_.advance(window_.ahead().size());
    return skeleton_.ended();
  }
  if (!span.size || span.size > limits::kResourceBytes)
    return skeleton_.fail(
        Code::kTooLarge,
        fmt::format("the resource that begins here is larger than {} MiB{}", limits::kResourceBytes >> 20,
                    type ? "; leave large attachments out of it"
                         : ", or a Bundle whose resourceType stands behind its entries: write resourceType first"));
  window_.advance(span.size);
  return span;
}

Status Splitter::bundle(int bundles_around) {
  if (bundles_around >= kBundlesDeep)
    return skeleton_.fail(Code::kInvalid,
                          "a Bundle inside a Bundle inside a Bundle is not read; import the inner one on its own");
  return skeleton_.members([&](std::string_view key) -> Status {
    if (key == "resourceType") {
      ZHIMI_TRY(std::string type, skeleton_.string());
      return type == "Bundle" ? Status() : skeleton_.fail(Code::kInvalid, "a second resourceType");
    }
    if (key != "entry") return skeleton_.skip_value(2);
    uint64_t number = 0;
    return skeleton_.elements([&]() -> Status {
      skeleton_.enter_entry(++number);
      ZHIMI_CHECK(entry(bundles_around));
      skeleton_.leave_entry();
      return {};
    });
  });
}

Status Splitter::entry(int bundles_around) {
  std::optional<Span> span;
  std::string full_url;
  ZHIMI_CHECK(skeleton_.members([&](std::string_view key) -> Status {
    if (key == "fullUrl") {
      ZHIMI_TRY(full_url, skeleton_.string());
      return {};
    }
    if (key != "resource") return skeleton_.skip_value(4);
    if (window_.peek() != '{') return skeleton_.unexpected("the entry's resource, an object,");
    ZHIMI_TRY(span, object(bundles_around + 1));
    return {};
  }));
  return span ? deliver(*span, full_url) : Status();
}

Status Splitter::deliver(Span& span, std::string_view full_url) {
  span.place.number = ++delivered_;
  ZHIMI_CHECK(each_(window_.at(span.place.offset_bytes, span.size), span.place, full_url));
  window_.release();
  return {};
}

}  // namespace

Status read_resources(Input& input, const Each& each) { return Splitter(input, each).run(); }

}  // namespace zhimi::formats
