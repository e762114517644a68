// What one reader was given of one patient, at a glance: a word or two of each released body, for the demo's table.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace zhimi::app {

// Cells of the Patient resource. An empty cell was not shown.
struct PersonGlance {
  std::string name, id_number, phone, born;
};
PersonGlance glance_person(ByteView patient);

// The first telling word of a searchset Bundle of one type, with " +n" for those that follow; empty when nothing was
// shown.
std::string glance_bundle(ByteView bundle, std::string_view type);

}  // namespace zhimi::app
