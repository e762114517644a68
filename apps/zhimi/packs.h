// The packs that travel inside the program, so that one file is a whole installation.
#pragma once

#include <string_view>

namespace zhimi::packs {

std::string_view policy();       // packs/policies/hospital.policy
std::string_view policy_test();  // packs/policies/hospital.test
std::string_view map();          // packs/maps/fhir-r4.map
std::string_view labels();       // packs/labels.tsv
std::string_view hospital();     // testdata/sample/hospital.toml
std::string_view readers();      // testdata/sample/readers.toml

}  // namespace zhimi::packs
