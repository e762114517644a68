// Code → label: which records are delicate. Data: packs/labels.tsv.
//
// Text format, UTF-8, tab separated, `#` comments: label, system, code, English gloss, Chinese gloss.
//   icd10     ICD-10 of the WHO, its Chinese versions (GB/T 14396, national clinical) and ICD-10-CM
//   icd10cm   what only ICD-10-CM has
//   icd9cm    ICD-9-CM diagnoses          icd9proc  ICD-9-CM-3 procedures
//   atc       drug classes                act       HL7 v3 sensitivity, confidentiality and special-courtesy codes
//   snomed, loinc, rxnorm
// An ICD or ATC code stands for itself and all its subcodes (`B20` holds B20.7); `B20-B24` is a range, both ends with
// their subcodes. Other systems' codes are exact.
#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "words/words.h"

namespace zhimi::classify {

// Immutable once parsed; share freely.
class Labels {
 public:
  static Result<Labels> parse(std::string_view text);  // kInvalid with line
  ~Labels();
  Labels(Labels&&) noexcept;
  Labels& operator=(Labels&&) noexcept;
  // Labels of one Coding. `system` is the FHIR system URI: http, https, urn:oid and Chinese forms are known, versions
  // after `|` ignored. An absent or unknown system is tried as every system whose codes look like `code`, since hiding
  // too much is the safe side. Codes are read as people write them: lower case, no dot, full-width, dagger and asterisk
  // (B20†, G30.0+F00.0*), Chinese fillers (Z21.x00), post-coordinated SNOMED CT.
  words::Set<words::Label> of(std::string_view system, std::string_view code) const;
  const Digest& digest() const;  // SHA-256 of the text: labels computed under another file are stale

 private:
  struct Index;
  explicit Labels(std::unique_ptr<const Index> index);
  std::unique_ptr<const Index> index_;
};

}  // namespace zhimi::classify
