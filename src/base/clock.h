// Time as a dependency, so that tests and simulations own it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace zhimi {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t now_ms() const = 0;  // milliseconds since 1970-01-01 UTC; may jump both ways
};

class SystemClock final : public Clock {
 public:
  int64_t now_ms() const override;
};

class FixedClock final : public Clock {
 public:
  explicit FixedClock(int64_t now_ms) : now_ms_(now_ms) {}
  int64_t now_ms() const override { return now_ms_; }
  void set(int64_t now_ms) { now_ms_ = now_ms; }
  void advance(int64_t by_ms) { now_ms_ += by_ms; }

 private:
  int64_t now_ms_;
};

std::string utc_time(int64_t ms);  // RFC 3339 with milliseconds: 2026-11-23T08:30:00.000Z
// A FHIR date, dateTime or instant; a partial one is its first moment, a missing zone is UTC+8. kInvalid otherwise.
Result<int64_t> parse_fhir_time(std::string_view s);

}  // namespace zhimi
