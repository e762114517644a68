#include "base/clock.h"

#include <chrono>
#include <cstdio>

namespace zhimi {

int64_t SystemClock::now_ms() const {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string utc_time(int64_t ms) {
  using namespace std::chrono;
  sys_time<milliseconds> t{milliseconds(ms)};
  auto day = floor<days>(t);
  year_month_day date{day};
  hh_mm_ss time{t - day};
  char buf[48];
  std::snprintf(buf, sizeof buf, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return buf;
}

Result<int64_t> parse_fhir_time(std::string_view s) {
  using namespace std::chrono;
  auto bad = [] {
    return make_error(Code::kInvalid, "not a FHIR date or dateTime (YYYY[-MM[-DD[Thh:mm:ss[.fff]zone]]])");
  };
  size_t at = 0;
  auto number = [&](size_t digits, int& out) {
    if (at + digits > s.size()) return false;
    out = 0;
    for (size_t i = 0; i < digits; ++i) {
      char c = s[at + i];
      if (c < '0' || c > '9') return false;
      out = out * 10 + (c - '0');
    }
    at += digits;
    return true;
  };
  auto literal = [&](char c) {
    if (at >= s.size() || s[at] != c) return false;
    ++at;
    return true;
  };
  int y = 0, mo = 1, d = 1, h = 0, mi = 0, sec = 0, milli = 0;
  int zone_min = 8 * 60;
  if (!number(4, y)) return bad();
  if (literal('-')) {
    if (!number(2, mo)) return bad();
    if (literal('-')) {
      if (!number(2, d)) return bad();
      if (literal('T')) {
        if (!number(2, h) || !literal(':') || !number(2, mi) || !literal(':') || !number(2, sec)) return bad();
        if (literal('.')) {
          int scale = 100, digits = 0;
          while (at < s.size() && s[at] >= '0' && s[at] <= '9') {
            milli += (s[at++] - '0') * scale;
            scale /= 10;
            ++digits;
          }
          if (!digits) return bad();
        }
        if (literal('Z')) {
          zone_min = 0;
        } else if (at < s.size()) {
          int sign = s[at] == '+' ? 1 : s[at] == '-' ? -1 : 0;
          int zh = 0, zm = 0;
          ++at;
          if (!sign || !number(2, zh) || !literal(':') || !number(2, zm) || zh > 14 || zm > 59) return bad();
          zone_min = sign * (zh * 60 + zm);
        }
      }
    }
  }
  year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  if (at != s.size() || !date.ok() || h > 23 || mi > 59 || sec > 60) return bad();
  auto t = sys_days(date) + hours(h) + minutes(mi) + seconds(sec) - minutes(zone_min);
  return duration_cast<milliseconds>(t.time_since_epoch()).count() + milli;
}

}  // namespace zhimi
