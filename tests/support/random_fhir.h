// Random resources and views, drawn from the map and then bent: unknown keys, `_field`, nulls, values of the wrong
// kind, empty containers, contained resources, escapes, Han and astral characters.
#pragma once

#include <string>

#include "base/random.h"
#include "classify/map.h"
#include "words/words.h"

namespace zhimi::testing {

class RandomFhir {
 public:
  RandomFhir(const classify::Map& map, SeededRandom& random) : map_(map), random_(random) {}
  std::string resource();  // JSON that check_fhir accepts
  words::Table table();

 private:
  bool chance(uint64_t percent) { return random_.below(100) < percent; }
  std::string object(const classify::Type& type, int depth);
  std::string value(const classify::Type& type, const classify::Field& field, int depth);
  std::string single(const classify::Type& type, const classify::Field& field, int depth);
  std::string primitive(const classify::Type& type, const classify::Field& field);
  std::string element(int depth);
  std::string odd(int depth);
  std::string any_resource(int depth);
  std::string space();

  const classify::Map& map_;
  SeededRandom& random_;
  bool spaced_ = false;
};

}  // namespace zhimi::testing
