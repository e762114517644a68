// Shapers that leak: each makes one mistake that a shaper could make. A test of non-interference that cannot tell a
// mutant from shape_fhir does not look hard enough.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "classify/map.h"
#include "shape/shape.h"

namespace zhimi::testing {

struct LeakyShaper {
  std::string name;
  std::function<Result<size_t>(ByteView, const shape::View&, const shape::Keys&, Bytes&)> shape;
};

// Borrows `map`, the one the views are compiled from.
std::vector<LeakyShaper> leaky_shapers(const classify::Map& map);

}  // namespace zhimi::testing
