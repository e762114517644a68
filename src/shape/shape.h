// Cuts one FHIR R4 resource (JSON) to a view in one pass over its bytes: simdjson's structural index drives a strict
// walk, output is written as it goes. Single reads and bulk use this same function. Output is minified JSON.
//
// Promise: the bytes written depend only on what the view shows (rendered forms of shown data) and on Keys. Hidden
// elements leave no trace: no empty object or array, no length, no order.
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "classify/map.h"
#include "mark/token.h"
#include "words/words.h"

namespace zhimi::shape {

// simdjson reads whole vectors: a buffer handed to shape has this many readable bytes after its end.
inline constexpr size_t kPaddingBytes = 64;

// A decision table laid over the map: what to do at every element. Immutable; made once per table and map, then shared.
class View {
 public:
  static std::shared_ptr<const View> compile(const classify::Map& map, const words::Table& table);
  ~View();
  // Whether resources of this type exist for the reader at all (the type's gate category is shown).
  bool shows(std::string_view resource_type) const;
  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit View(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// What forms need beside the bytes. Borrowed for the call.
struct Keys {
  const mark::TokenCipher* tokens = nullptr;  // null: every `token` is rendered hidden
  uint32_t recipient = 0;                     // whose tokens
  uint64_t patient_number = 0;                // the vault's number of this record's patient
  std::string_view patient_id;                // "p-001": references to Patient/p-001 become the patient's own token
  std::string_view dial_prefix;  // handles are "dial:" PREFIX "." N, N counting shown contact points; empty: hidden
  uint32_t* dialed = nullptr;    // contact points shown so far: read and moved on, so that N counts over several calls
};

// Appends the shaped resource to `out` and returns the bytes written; 0 when the view withholds the whole resource.
// Meant for bytes that check_fhir wrote; safe on any. kInvalid when what is shown, or the nesting of the rest, is not
// what check_fhir accepts: `out` is then as before. What is hidden is stepped over, not read, so that a broken hidden
// part cannot change an answer. `padded` has kPaddingBytes readable behind it. Thread-safe; docs/shape.md tells what
// the forms do to each type.
Result<size_t> shape_fhir(ByteView padded, const View& view, const Keys& keys, Bytes& out);

// The way in: one JSON object that is a FHIR R4 resource by shape. Refuses invalid UTF-8, escaped or duplicate keys,
// depth beyond limits::kJsonDepth, malformed or over-long numbers, control characters, trailing bytes, an absent or
// second resourceType. Appends it minified, with resourceType first, to `out`. The error says the byte offset and what
// is wrong, never the content.
Status check_fhir(ByteView padded, Bytes& out);

}  // namespace zhimi::shape
