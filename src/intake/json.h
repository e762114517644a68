// Ways through one parsed FHIR resource. Anything absent or of another shape reads as empty.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>

#include "base/bytes.h"
#include "base/result.h"

namespace zhimi::intake {

// An object inside a parsed document, borrowed from its parser until that parses again.
class Json {
 public:
  std::string_view text(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
  std::optional<bool> boolean(std::string_view key) const;
  std::optional<Json> object(std::string_view key) const;
  bool has(std::string_view key) const;

  // Visits the object under `key`, or each object of the array under it.
  template <class Visit>
  void each(std::string_view key, Visit&& visit) const {
    each_of(key, {&visit, [](void* v, const Json& o) { (*static_cast<std::remove_reference_t<Visit>*>(v))(o); }});
  }
  // Visits the codes of the CodeableConcepts under `key`.
  template <class Visit>
  void each_code(std::string_view key, Visit&& visit) const {
    each(key, [&](const Json& concept_) { concept_.each("coding", [&](const Json& c) { visit(c.text("code")); }); });
  }
  // Visits (system, code) of every object that carries a code, however deep it stands.
  template <class Visit>
  void all_codes(Visit&& visit) const {
    codes_of({&visit, [](void* v, std::string_view system, std::string_view code) {
                (*static_cast<std::remove_reference_t<Visit>*>(v))(system, code);
              }});
  }

 private:
  friend class JsonParser;
  struct Inside;  // json.cc: knows the library
  struct ObjectVisitor {
    void* visit;
    void (*call)(void*, const Json&);
  };
  struct CodeVisitor {
    void* visit;
    void (*call)(void*, std::string_view system, std::string_view code);
  };
  void each_of(std::string_view key, ObjectVisitor visitor) const;
  void codes_of(CodeVisitor visitor) const;

  std::array<uintptr_t, 2> place_{};
};

class JsonParser {
 public:
  JsonParser();
  ~JsonParser();
  // `padded` has 64 readable bytes behind. kInvalid: not one JSON object, or a number beyond 64 bits.
  Result<Json> parse(ByteView padded);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A stretch of time as dates tell it: the end is exclusive and lies after the whole of a partial date.
struct Span {
  std::optional<int64_t> from_ms, until_ms;
};
std::optional<int64_t> begin_ms(std::string_view date);
std::optional<int64_t> end_ms(std::string_view date);
Span period_at(const Json& object, std::string_view key);

}  // namespace zhimi::intake
