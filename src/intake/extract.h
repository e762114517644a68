// One checked resource → what the vault keeps of it: whose it is, who it ties to the patient, which labels its codes
// carry. Rules of ties stand in ties.h; how references are read stands in reference.h.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "classify/labels.h"
#include "classify/map.h"
#include "intake/reference.h"
#include "vault/vault.h"

namespace zhimi::intake {

// Whose a resource is:
//   a Patient            its own;
//   a type with patient paths in the map
//                        the one patient these paths name. A document (Binary) belongs to the patient of its
//                        securityContext, or of the record of the same file that points to it;
//   the hospital's own   (patient "") when the paths name staff, places or devices instead; when there is no reference
//   and the type is
//                        one of health resources or public health (GB/T 39725); when the map has no patient path for
//                        the type.
// Anything else is refused (kInvalid): no patient, two different ones, a Group, a contained one, or one named by
// identifier only.
class Extractor {
 public:
  // Borrows all.
  Extractor(const classify::Map& map, const classify::Labels& labels, KnownReferences& known);
  ~Extractor();

  // `minified` is what shape::check_fhir wrote, with 64 readable bytes behind; the record borrows it. Errors hold no
  // place and no content.
  Result<vault::NewRecord> extract(ByteView minified, std::string_view full_url);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace zhimi::intake
