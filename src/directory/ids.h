// Shapes of the ids that stand in the hospital's files. Private to the room.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/limits.h"

namespace zhimi::directory {

inline bool ascii_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// FHIR R4 datatypes, section 2.24.0.1: id.
inline bool fhir_id(std::string_view s) {
  return !s.empty() && s.size() <= limits::kIdBytes &&
         std::all_of(s.begin(), s.end(), [](char c) { return ascii_alphanumeric(c) || c == '-' || c == '.'; });
}

// What an account, terminal or department may be called: starts with a letter or digit, so that it is never mistaken
// for an option, and holds no slash, so that it is never mistaken for a FHIR reference.
inline bool directory_id(std::string_view s) {
  return !s.empty() && s.size() <= limits::kIdBytes && ascii_alphanumeric(s.front()) &&
         std::all_of(s.begin(), s.end(),
                     [](char c) { return ascii_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == ':'; });
}

}  // namespace zhimi::directory
