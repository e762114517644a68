// For calls into the crypto library that can fail only when memory or the algorithm itself is missing. Going on without
// them would mean going on without protection, so the process ends instead. Private to this room.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace zhimi::crypto {

[[noreturn]] inline void stop(const char* what) {
  (void)std::fprintf(
      stderr, "zhimi: cryptography is not available (%s): check the OpenSSL installation and free memory\n", what);
  std::abort();
}

inline void must(bool ok, const char* what) {
  if (!ok) stop(what);
}

}  // namespace zhimi::crypto
