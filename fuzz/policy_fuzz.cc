// What parses is written out in both languages and reads back as the same policy; a test file parses or is refused.
#include <cstdio>
#include <cstdlib>

#include "policy/check.h"
#include "policy/policy.h"

using zhimi::policy::Policy;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  std::string_view text(reinterpret_cast<const char*>(data), size_bytes);
  (void)zhimi::policy::parse_cases(text, "fuzz");
  auto policy = zhimi::policy::parse(text, "fuzz");
  if (!policy) return 0;
  for (auto language : {zhimi::words::Language::kEnglish, zhimi::words::Language::kChinese}) {
    std::string written = zhimi::policy::format(*policy, language);
    auto again = zhimi::policy::parse(written, "written");
    if (!again || !(*again == *policy) || zhimi::policy::format(*again, language) != written) {
      std::fprintf(stderr, "%s\n%s\n", written.c_str(), again ? "reads back differently" : again.error().what.c_str());
      std::abort();
    }
  }
  return 0;
}
