#include "packs.h"

#define ZHIMI_EMBED(symbol, path)                                                                                 \
  __asm__(".section .rodata\n.balign 16\n" #symbol "_begin:\n.incbin \"" ZHIMI_SOURCE_DIR "/" path "\"\n" #symbol \
          "_end:\n.byte 0\n.previous\n");                                                                         \
  extern "C" const char symbol##_begin[] __attribute__((visibility("hidden")));                                   \
  extern "C" const char symbol##_end[] __attribute__((visibility("hidden")))

ZHIMI_EMBED(zhimi_pack_policy, "packs/policies/hospital.policy");
ZHIMI_EMBED(zhimi_pack_policy_test, "packs/policies/hospital.test");
ZHIMI_EMBED(zhimi_pack_map, "packs/maps/fhir-r4.map");
ZHIMI_EMBED(zhimi_pack_labels, "packs/labels.tsv");
ZHIMI_EMBED(zhimi_pack_hospital, "testdata/sample/hospital.toml");
ZHIMI_EMBED(zhimi_pack_readers, "testdata/sample/readers.toml");

namespace zhimi::packs {

std::string_view policy() { return {zhimi_pack_policy_begin, zhimi_pack_policy_end}; }
std::string_view policy_test() { return {zhimi_pack_policy_test_begin, zhimi_pack_policy_test_end}; }
std::string_view map() { return {zhimi_pack_map_begin, zhimi_pack_map_end}; }
std::string_view labels() { return {zhimi_pack_labels_begin, zhimi_pack_labels_end}; }
std::string_view hospital() { return {zhimi_pack_hospital_begin, zhimi_pack_hospital_end}; }
std::string_view readers() { return {zhimi_pack_readers_begin, zhimi_pack_readers_end}; }

}  // namespace zhimi::packs
