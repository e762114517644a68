// The obvious way to shape: a tree of values, walked by plain recursion straight from the map and the table. What
// shape_fhir must agree with byte for byte on everything check_fhir accepts. It knows how to be wrong, too: each Leak
// is a mistake one could make, for tests that must notice.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "classify/map.h"
#include "shape/shape.h"
#include "words/words.h"

namespace zhimi::testing {

enum class Leak {
  kNone,
  kKeepsSidecars,      // `_birthDate` beside a hidden birthDate
  kIgnoresText,        // free text shown wherever its category is
  kKeepsDisplay,       // the name beside a hidden reference
  kLeavesEmptyObject,  // {} where everything in an object is hidden
  kLeavesNull,         // null where an element is hidden
  kKeepsArrayLength,   // one null for each hidden element
  kKeepsUnknownKeys,
  kIgnoresContainedGate,
  kMaskKeepsLength,  // 王** for a name of three characters
  kPassesExtensions,
  kTokenFromName,  // a token that is equal for equal names
  kDialShowsLastDigit,
  kPadsToInput,  // as many bytes as the record has
  kOneTokenPerName,
  kCoarseKeepsDay,
};

Result<size_t> shape_slowly(ByteView resource, const classify::Map& map, const words::Table& table,
                            const shape::Keys& keys, Bytes& out, Leak leak = Leak::kNone);

}  // namespace zhimi::testing
