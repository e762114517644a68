// Plants secrets in made-up FHIR records: the generator knows by itself, not from the path map, what each datum is, and
// varies in the second record exactly what a reader of the given view may not learn. If the path map, the shaper, the
// policy or the door leaks any of it, the two disclosures differ.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/random.h"
#include "vault/vault.h"
#include "words/words.h"

namespace zhimi::testing {

// One record of the pair: equal to its twin in everything the view shows.
struct Planted {
  vault::RecordId id;
  std::string json;
  words::Set<words::Label> labels;
};

// `table_of` is the view of a record with these labels. `variant` 0 and 1 are the twins of one `seed`. Records of
// `type` for patient "p1".
std::vector<Planted> plant(std::string_view type, uint64_t seed, int variant,
                           const std::function<words::Table(words::Set<words::Label>)>& table_of);

// Types that plant() knows.
const std::vector<std::string>& planted_types();

}  // namespace zhimi::testing
