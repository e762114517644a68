// A strict, bounded lexer for the JSON around resources: what a Bundle and its entries hold beside them. It validates
// and forgets.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/window.h"

namespace zhimi::formats {

class Skeleton {
 public:
  explicit Skeleton(Window& window) : window_(window) {}

  // "line 3, byte 120, entry 17 of the Bundle: WHAT", about the cursor.
  Error fail(Code code, std::string_view what);
  Error unexpected(std::string_view wanted);  // the cursor stands on something else, or the text ends here
  // Why the window gives no more: the input failed, a limit was reached, or the text ends before it should.
  Error ended();

  void skip_space();
  Status expect(char c, std::string_view wanted);
  Result<std::string> string();     // unescaped; the cursor is on its quote
  Status skip_value(size_t depth);  // any JSON value, checked after RFC 8259
  // Visits each member of the object under the cursor, the cursor on its value. Escaped and duplicate keys are refused.
  Status members(const std::function<Status(std::string_view key)>& visit);
  // Visits each element of the array under the cursor.
  Status elements(const std::function<Status()>& visit);

  void enter_entry(uint64_t number) { entries_.push_back(number); }
  void leave_entry() { entries_.pop_back(); }

 private:
  Status escape(std::string& out);
  Result<uint32_t> hex4();
  Status number();
  Status literal(std::string_view word);

  Window& window_;
  std::vector<uint64_t> entries_;  // numbers of the Bundle entries around the cursor
};

}  // namespace zhimi::formats
