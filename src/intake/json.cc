#include "intake/json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <bit>
#include <charconv>

#include "base/clock.h"

namespace zhimi::intake {

using simdjson::SUCCESS;
using simdjson::dom::array, simdjson::dom::element;

// A Json is a simdjson object by another name, so that the header need not know it.
struct Json::Inside {
  using Object = simdjson::dom::object;
  static_assert(sizeof(Object) == sizeof(place_) && std::is_trivially_copyable_v<Object>);
  static Object object(const Json& json) { return std::bit_cast<Object>(json.place_); }
  static Json json(const Object& object) {
    Json json;
    json.place_ = std::bit_cast<decltype(place_)>(object);
    return json;
  }
  template <class T>
  static std::optional<T> at(const Json& json, std::string_view key) {
    T value{};
    if (object(json)[key].get(value) != SUCCESS) return std::nullopt;
    return value;
  }

  static void codes(const element& value, const CodeVisitor& visitor) {
    Object o;
    array a;
    if (value.get(o) == SUCCESS) {
      codes(o, visitor);
    } else if (value.get(a) == SUCCESS) {
      for (element e : a) codes(e, visitor);
    }
  }
  static void codes(const Object& object, const CodeVisitor& visitor) {
    std::string_view code, system;
    for (auto member : object) {
      if (!member.value.is_string())
        codes(member.value, visitor);
      else if (member.key == "code")
        code = member.value.get_string().value_unsafe();
      else if (member.key == "system")
        system = member.value.get_string().value_unsafe();
    }
    if (!code.empty()) visitor.call(visitor.visit, system, code);
  }
};

std::string_view Json::text(std::string_view key) const {
  return Inside::at<std::string_view>(*this, key).value_or(std::string_view());
}
std::optional<double> Json::number(std::string_view key) const { return Inside::at<double>(*this, key); }
std::optional<bool> Json::boolean(std::string_view key) const { return Inside::at<bool>(*this, key); }
bool Json::has(std::string_view key) const { return Inside::at<element>(*this, key).has_value(); }

std::optional<Json> Json::object(std::string_view key) const {
  auto o = Inside::at<Inside::Object>(*this, key);
  return o ? std::optional(Inside::json(*o)) : std::nullopt;
}

void Json::each_of(std::string_view key, ObjectVisitor visitor) const {
  auto value = Inside::at<element>(*this, key);
  if (!value) return;
  Inside::Object o;
  array a;
  if (value->get(o) == SUCCESS) {
    visitor.call(visitor.visit, Inside::json(o));
  } else if (value->get(a) == SUCCESS) {
    for (element item : a)
      if (item.get(o) == SUCCESS) visitor.call(visitor.visit, Inside::json(o));
  }
}

void Json::codes_of(CodeVisitor visitor) const { Inside::codes(Inside::object(*this), visitor); }

struct JsonParser::State {
  simdjson::dom::parser parser{};
};

JsonParser::JsonParser() : state_(new State) {}
JsonParser::~JsonParser() = default;

Result<Json> JsonParser::parse(ByteView padded) {
  static_assert(simdjson::SIMDJSON_PADDING <= 64);
  simdjson::dom::object object;
  if (state_->parser.parse(padded.data(), padded.size(), false).get(object) != SUCCESS)
    return make_error(
        Code::kInvalid,
        "holds a number that does not fit 64 bits, or is no JSON object; write it as a string or shorten it");
  return Json::Inside::json(object);
}

namespace {
constexpr int64_t kSecondMs = 1000, kDayMs = 86'400'000;

int number(std::string_view digits) {
  int n = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), n);
  return n;
}
}  // namespace

std::optional<int64_t> begin_ms(std::string_view date) {
  auto ms = parse_fhir_time(date);
  return ms ? std::optional(*ms) : std::nullopt;
}

std::optional<int64_t> end_ms(std::string_view date) {
  auto ms = begin_ms(date);
  if (!ms) return std::nullopt;
  switch (date.size()) {
    case 4:
      return begin_ms(fmt::format("{:04}", number(date) + 1));
    case 7: {
      int year = number(date.substr(0, 4)), month = number(date.substr(5));
      return begin_ms(month == 12 ? fmt::format("{:04}", year + 1) : fmt::format("{:04}-{:02}", year, month + 1));
    }
    case 10:
      return *ms + kDayMs;
    default:
      return *ms + kSecondMs;
  }
}

Span period_at(const Json& object, std::string_view key) {
  auto period = object.object(key);
  if (!period) return {};
  return {begin_ms(period->text("start")), end_ms(period->text("end"))};
}

}  // namespace zhimi::intake
