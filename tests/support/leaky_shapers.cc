#include "support/leaky_shapers.h"

#include "shape/view.h"
#include "support/shape_slowly.h"

namespace zhimi::testing {

std::vector<LeakyShaper> leaky_shapers(const classify::Map& map) {
  static constexpr std::pair<const char*, Leak> kMistakes[] = {
      {"keeps _field beside a hidden field", Leak::kKeepsSidecars},
      {"shows free text where its category is shown", Leak::kIgnoresText},
      {"keeps the display of a reference", Leak::kKeepsDisplay},
      {"leaves {} for a hidden object", Leak::kLeavesEmptyObject},
      {"leaves null for a hidden element", Leak::kLeavesNull},
      {"keeps the length of arrays", Leak::kKeepsArrayLength},
      {"keeps unknown keys", Leak::kKeepsUnknownKeys},
      {"ignores the gate of contained resources", Leak::kIgnoresContainedGate},
      {"masks a name character by character", Leak::kMaskKeepsLength},
      {"passes extensions", Leak::kPassesExtensions},
      {"makes the token from the name", Leak::kTokenFromName},
      {"dials with the last digit", Leak::kDialShowsLastDigit},
      {"pads to the length of the record", Leak::kPadsToInput},
      {"one token for each name", Leak::kOneTokenPerName},
      {"coarse dates keep the day", Leak::kCoarseKeepsDay},
  };
  std::vector<LeakyShaper> mutants;
  for (const auto& [name, leak] : kMistakes)
    mutants.push_back(
        {name, [&map, leak](ByteView resource, const shape::View& view, const shape::Keys& keys, Bytes& out) {
           return shape_slowly(resource, map, view.impl().table, keys, out, leak);
         }});
  return mutants;
}

}  // namespace zhimi::testing
