// Small ways through a parsed FHIR resource (simdjson DOM). Anything absent or of another shape reads as empty.
// Internal to intake.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace zhimi::intake {

using Element = simdjson::dom::element;
using Object = simdjson::dom::object;

inline std::string_view text_at(const Object& object, std::string_view key) {
  std::string_view s;
  if (object[key].get(s) != simdjson::SUCCESS) return {};
  return s;
}

inline std::optional<Object> object_at(const Object& object, std::string_view key) {
  Object o;
  if (object[key].get(o) != simdjson::SUCCESS) return std::nullopt;
  return o;
}

// Visits the object under `key`, or each object of the array under it.
template <class Visit>
void each_object(const Object& object, std::string_view key, Visit&& visit) {
  Element e;
  if (object[key].get(e) != simdjson::SUCCESS) return;
  Object o;
  simdjson::dom::array a;
  if (e.get(o) == simdjson::SUCCESS)
    visit(o);
  else if (e.get(a) == simdjson::SUCCESS)
    for (Element item : a)
      if (item.get(o) == simdjson::SUCCESS) visit(o);
}

// Visits the codes of the CodeableConcepts under `key`.
template <class Visit>
void each_code(const Object& object, std::string_view key, Visit&& visit) {
  each_object(object, key, [&](const Object& concept_) {
    each_object(concept_, "coding", [&](const Object& c) { visit(text_at(c, "code")); });
  });
}

// A stretch of time as dates tell it: the end is exclusive and lies after the whole of a partial date.
struct Span {
  std::optional<int64_t> from_ms, until_ms;
};
std::optional<int64_t> begin_ms(std::string_view date);
std::optional<int64_t> end_ms(std::string_view date);
Span period_at(const Object& object, std::string_view key);

}  // namespace zhimi::intake
