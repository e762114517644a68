// FHIR references (R4 section 2.3.0): what they point to, told as far as the text and the file around it tell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/result.h"

namespace zhimi::intake {

bool valid_id(std::string_view id);  // R4 datatype id: [A-Za-z0-9\-\.]{1,64}

struct Target {
  std::string type;  // "Practitioner"; empty when nobody says
  std::string id;    // empty: known by an identifier or a condition only, or contained
  // Normalised, as ties name it: "Practitioner/x" for a relative or absolute URL; "uuid:x" for a urn:uuid that the file
  // does not explain; "Practitioner?identifier=SYSTEM|VALUE" for a conditional or logical reference. Empty: contained,
  // or nothing usable.
  std::string text;
  bool contained = false;  // "#p1"
  bool foreign = false;    // an absolute URL of a server that is not known to be the record's own
};

// The last `Type/id` of a URL, without its version.
struct UrlTail {
  std::string_view base, type, id;  // base ends in '/', or is empty
};
std::optional<UrlTail> url_tail(std::string_view url);

// What one file has told so far: which fullUrl is which record, whose a document is, when a patient was born. Bounded:
// beyond kMost entries nothing more is remembered, and what needs it is refused or left possible, never guessed.
class KnownReferences {
 public:
  static constexpr size_t kMost = 100'000;

  // The entry with this fullUrl is `type`/`id`.
  void learn(std::string_view full_url, std::string_view type, std::string_view id);
  // A record of `patient` points to this document (its `Binary`).
  void learn_owner(std::string_view document, std::string_view patient);
  void learn_birth(std::string_view patient, int64_t birth_ms);

  // `own_base` is the base URL of the record that holds the reference, or empty.
  Target resolve(std::string_view reference, std::string_view own_base);
  std::optional<std::string> owner(std::string_view document);
  std::optional<int64_t> birth(std::string_view patient);  // hopes when nobody told; see wanted_births()
  const std::unordered_set<std::string>& wanted_births() const { return wanted_births_; }

  // Something was answered before the file told it, and the file told otherwise since: what was answered is wrong.
  bool told_later() const { return told_later_; }
  // Something was asked in vain that the rest of the file may tell.
  bool hopeful() const { return hopeful_; }
  void hope() { hopeful_ = true; }
  // More patients go by a fullUrl that is not their id than can be remembered: references to them would be guesses.
  bool overflowed() const { return overflowed_; }
  // The file is read again, with all that it told.
  void begin_again();

 private:
  using Map = std::unordered_map<std::string, std::string>;
  struct Told {
    Map now, before;                        // in this reading; in earlier ones
    std::unordered_set<std::string> asked;  // answered from an earlier reading, or in vain
  };
  const std::string* ask(Told& told, std::string_view key);
  void tell(Told& told, std::string_view key, std::string value);

  Told records_, owners_;  // fullUrl → "Type/id"; document → patient, "" when two patients point to it
  std::unordered_map<std::string, int64_t> births_;
  std::unordered_set<std::string> wanted_births_;
  bool told_later_ = false, hopeful_ = false, overflowed_ = false;
};

}  // namespace zhimi::intake
