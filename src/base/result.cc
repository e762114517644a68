#include "base/result.h"

namespace zhimi {

namespace {
struct Row {
  Code code;
  int exit;
  int http;
  const char* name;
};
constexpr Row kRows[] = {
    {Code::kInternal, 1, 500, "internal"},  {Code::kUsage, 2, 400, "usage"},
    {Code::kInvalid, 3, 400, "invalid"},    {Code::kRefused, 4, 403, "refused"},
    {Code::kNotFound, 5, 404, "not-found"}, {Code::kConflict, 6, 409, "conflict"},
    {Code::kCorrupt, 7, 500, "corrupt"},    {Code::kUnavailable, 8, 503, "unavailable"},
    {Code::kTooLarge, 9, 413, "too-large"},
};
const Row& row(Code code) {
  for (const Row& r : kRows)
    if (r.code == code) return r;
  return kRows[0];
}
}  // namespace

int exit_code(Code code) { return row(code).exit; }
int http_status(Code code) { return row(code).http; }
const char* code_name(Code code) { return row(code).name; }

}  // namespace zhimi
