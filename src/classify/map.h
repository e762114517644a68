// The path map: FHIR R4 element → category. Data, not code: packs/maps/fhir-r4.map, made by tools/gen_r4_map from the
// R4 definitions and packs/maps/r4-rules.toml. What the map does not name is hidden.
//
// Text format, UTF-8, one item a line, `#` comments:
//   map fhir-r4 VERSION
//   system URI CATEGORY              an Identifier with this system has this category instead of its element's
//   extension URL CATEGORY           an Extension with this url has this category instead of its element's
//   type NAME [gate CATEGORY [or CATEGORY]...] [patient FIELD[.FIELD]...] [patient ...]
//     FIELD CATEGORY|= TYPE [text]
// `gate` marks a resource type: unless the gate category, or one behind `or`, is shown, the whole resource is as if it
// did not exist.
// `patient` names where the resource points to its patient (Patient itself has none: its own id is the patient's).
// `=` inherits the category of the enclosing element; at the top of a resource, the gate's.
// `text` marks free text, or what betrays it (an attachment's size): needs its category and `note` clear.
// TYPE is a FHIR primitive, a `type` of this file, or `Resource` (contained: decided by its own resourceType).
//
// How a walker reads it:
// - An element is shown only when its own category is shown *and* those of all elements around it: a hidden element
//   hides everything in it. A complex element is entered when its category is shown in any form; each leaf takes the
//   form of its own category.
// - Backbone elements are types named by their path (Patient.contact); choice elements stand expanded (valueQuantity);
//   contentReference points at the type it repeats, so types may be recursive.
// - `_field` beside a primitive field has the field's category and the type `Element`.
// - Reference is one data type with four faces, each a type with the same fields in different categories:
//     Reference(patient)   may point to the patient: reference link, display name, identifier id-number
//     Reference(provider)  points to staff, places or public knowledge: everything inherits
//     Reference(clinical)  points to a record: reference link, display inherits and is text, identifier record-number
//     Reference            may point anywhere: reference link, display name and text, identifier id-number
// - Nested extensions inherit (Extension.extension is `=`) unless their own url is listed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "words/words.h"

namespace zhimi::classify {

enum class Primitive : uint8_t {
  kComplex,
  kResource,
  kString,
  kCode,
  kId,
  kUri,
  kDate,
  kNumber,
  kBoolean,
  kBase64,
  kXhtml
};

struct Field {
  std::string name;            // JSON key
  bool inherits = false;       // category is the enclosing element's
  words::Category category{};  // when !inherits
  bool text = false;           // free text
  Primitive primitive{};       // kComplex: `type` is an index into Map::types()
  uint32_t type = 0;
};

struct Type {
  std::string name;  // "Patient", "HumanName", "Patient.contact"
  bool resource = false;
  words::Category gate{};            // when resource
  words::Set<words::Category> also;  // any of these shown opens the gate as well, each for its own elements
  std::vector<std::string> patient;  // paths to the patient reference, "subject" or "participant.actor"
  std::vector<Field> fields;         // sorted by name
  const Field* field(std::string_view name) const;
};

// Immutable once parsed; share freely.
class Map {
 public:
  // kInvalid with line and column: unknown category or type, duplicate field, no version.
  static Result<Map> parse(std::string_view text);
  const std::vector<Type>& types() const { return types_; }
  const Type* find(std::string_view type_name) const;  // null when the map does not know it
  // The category that replaces the element's for an Identifier with `system` / an Extension with `url`; null if
  // unlisted.
  const words::Category* identifier_system(std::string_view system) const;
  const words::Category* extension_url(std::string_view url) const;
  const std::string& version() const { return version_; }
  const Digest& digest() const { return digest_; }  // SHA-256 of the text: labels computed under another map are stale

 private:
  std::vector<Type> types_;                                                    // sorted by name
  std::vector<std::pair<std::string, words::Category>> systems_, extensions_;  // sorted
  std::string version_;
  Digest digest_{};
};

}  // namespace zhimi::classify
