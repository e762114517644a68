#include "intake/json.h"

#include <fmt/format.h>

#include <charconv>

namespace zhimi::intake {

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

Span period_at(const Object& object, std::string_view key) {
  auto period = object_at(object, key);
  if (!period) return {};
  return {begin_ms(text_at(*period, "start")), end_ms(text_at(*period, "end"))};
}

}  // namespace zhimi::intake
