// Code → label: which records are delicate. Data: packs/labels.tsv (ICD-10, ICD-10-CM, SNOMED CT, LOINC, ATC, RxNorm codes and the
// HL7 v3 confidentiality and sensitivity codes of meta.security).
//
// Text format, UTF-8, tab separated, `#` comments: label, system (icd10 icd10cm snomed loinc atc rxnorm act), code or range or
// prefix (`B20-B24`, `F*`, `86406008`), English gloss, Chinese gloss.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "words/words.h"

namespace zhimi::classify {

class Labels {
 public:
  static Result<Labels> parse(std::string_view text);  // kInvalid with line
  ~Labels();
  Labels(Labels&&) noexcept;
  Labels& operator=(Labels&&) noexcept;
  // Labels of one Coding. `system` is the FHIR system URI (http, urn:oid and Chinese ICD-10 GB/T 14396 URIs known);
  // an unknown system is tried as every system that could hold such a code, since hiding too much is the safe side.
  words::Set<words::Label> of(std::string_view system, std::string_view code) const;
  const Digest& digest() const;

 private:
  struct Index;
  explicit Labels(Index* index);
  Index* index_;
};

}  // namespace zhimi::classify
