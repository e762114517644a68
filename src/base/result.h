// Errors as values. Every fallible function returns Result<T>; nothing in Zhimi's own code throws.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace zhimi {

// One cause, one HTTP status, one exit code: the table stands in docs/errors.md.
enum class Code : uint8_t {
  kInternal,     // a bug in Zhimi
  kUsage,        // the command line or call is wrong
  kInvalid,      // input is malformed or breaks its format
  kRefused,      // policy refused, or nothing of that name is visible to this reader: never tells which
  kNotFound,     // a file, account, step or other operator-side name does not exist
  kConflict,     // someone else holds it, or it exists already
  kCorrupt,      // stored bytes fail their check
  kUnavailable,  // disk full, key provider or database gone: trying again may help
  kTooLarge,     // a documented limit was passed
};

// `what` says what happened and what to do next. It never holds patient data.
struct Error {
  Code code = Code::kInternal;
  std::string what;
};

int exit_code(Code code);
int http_status(Code code);
const char* code_name(Code code);

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
  Result(Error error) : std::expected<T, Error>(std::unexpected(std::move(error))) {}
  const Error& error() const& { return std::expected<T, Error>::error(); }
  Error&& error() && { return std::move(std::expected<T, Error>::error()); }
  Error& error() & { return std::expected<T, Error>::error(); }
};

using Status = Result<void>;

// The error of `r`, its value dropped.
template <class T>
Status status_of(Result<T> r) {
  if (!r) return std::move(r).error();
  return {};
}

inline Error make_error(Code code, std::string what) { return Error{code, std::move(what)}; }

}  // namespace zhimi

#define ZHIMI_JOIN_(a, b) a##b
#define ZHIMI_JOIN(a, b) ZHIMI_JOIN_(a, b)

// ZHIMI_TRY(auto x, f()): x is f()'s value, or the enclosing function returns f()'s error.
#define ZHIMI_TRY(decl, expr)                                                            \
  auto ZHIMI_JOIN(try_, __LINE__) = (expr);                                              \
  if (!ZHIMI_JOIN(try_, __LINE__)) return std::move(ZHIMI_JOIN(try_, __LINE__)).error(); \
  decl = std::move(*ZHIMI_JOIN(try_, __LINE__))

// ZHIMI_CHECK(f()): the same for a Status.
#define ZHIMI_CHECK(expr)                                      \
  do {                                                         \
    auto zhimi_status = (expr);                                \
    if (!zhimi_status) return std::move(zhimi_status).error(); \
  } while (false)
