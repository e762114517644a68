// Who may ask: departments, staff accounts, terminals and partners, read from hospital.toml (docs/hospital.md). Only
// the directory makes a Subject. Immutable once parsed; share freely.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "words/words.h"

namespace zhimi::directory {

// A reader as the directory knows them: proven, never claimed.
class Subject {
 public:
  const std::string& account() const { return account_; }  // "wang.min", "partner:yuezi-app", "Patient/p-001"
  const std::string& display_name() const { return display_name_; }
  words::Set<words::Role> roles() const { return roles_; }
  const std::string& department() const { return department_; }  // id, empty when none
  const std::vector<std::string>& references() const {
    return references_;
  }  // FHIR references that mean this reader: "Practitioner/d-017"
  const std::string& patient_id() const { return patient_id_; }  // set for a patient's own account
  words::Terminal terminal() const { return terminal_; }
  const std::string& terminal_id() const { return terminal_id_; }
  words::Set<words::Step> steps() const {
    return steps_;
  }  // what account × terminal allow, never empty; a claimed step must be one of them
  uint32_t recipient() const { return recipient_; }  // 24 bits: whose tokens this reader is given

 private:
  friend class Directory;
  Subject() = default;
  std::string account_, display_name_, department_, patient_id_, terminal_id_;
  std::vector<std::string> references_;
  words::Set<words::Role> roles_;
  words::Set<words::Step> steps_;
  words::Terminal terminal_{};
  uint32_t recipient_ = 0;
};

// Both names are set: the file must give one, the other falls back to it.
struct Department {
  std::string id, name_en, name_zh;
};

struct TerminalRecord {
  std::string id;
  words::Terminal kind{};
  std::string department;         // id, empty when it stands in none
  words::Set<words::Step> steps;  // empty: any
};

struct Account {
  std::string id, name_en, name_zh, department;
  words::Set<words::Role> roles;
  words::Set<words::Step> steps;        // empty: any
  std::vector<std::string> terminals;   // where this account may sit; the first is assumed when none is named
  std::vector<std::string> references;  // "Practitioner/…"; no two accounts share one
  uint32_t recipient = 0;               // from the file, or derived from the id; unique, 1 to kLastAccountRecipient
};

// Accounts of the file have the lower recipient numbers, patients share the rest.
inline constexpr uint32_t kLastAccountRecipient = 0xfeffff;
// The terminal of a patient who names none: their own phone or browser.
inline constexpr std::string_view kOwnDevice = "own-device";
// What a patient may do in person, whatever the policy then shows.
inline constexpr words::Set<words::Step> kPatientSteps{words::Step::kRegistration, words::Step::kConsultation,
                                                       words::Step::kBilling};

class Directory {
 public:
  // kInvalid: one line for each of the first mistakes, "file:line:column: what, did you mean x". A mistake is an
  // unknown key, role, step, terminal or department; an id used twice or malformed; an account without role or
  // terminal, with no step left at one of its terminals, or with another account's reference; a partner away from a
  // service terminal; two administrator roles on one account; two accounts with one recipient number. kTooLarge: more
  // than limits::kConfigBytes.
  static Result<Directory> parse(std::string_view toml, std::string_view file_name);
  // `account` is an id of the file, or "Patient/ID" for a patient's own account (role patient, terminal mobile).
  // `terminal` may be empty. kNotFound: no such account or terminal (with a suggestion); kRefused: the account may not
  // sit there.
  Result<Subject> subject(std::string_view account, std::string_view terminal) const;
  const std::string& hospital_name(words::Language language) const {
    return language == words::Language::kChinese ? name_zh_ : name_en_;
  }
  // In the order of the file.
  const std::vector<Account>& accounts() const { return accounts_; }
  const std::vector<Department>& departments() const { return departments_; }
  const std::vector<TerminalRecord>& terminals() const { return terminals_; }
  // Null when there is none. The pointer lives as long as the Directory.
  const Account* account(std::string_view id) const;
  const Department* department(std::string_view id) const;
  const TerminalRecord* terminal(std::string_view id) const;
  const Digest& digest() const { return digest_; }  // SHA-256 of the text

 private:
  friend class HospitalReader;
  using Index = std::map<std::string, size_t, std::less<>>;  // id → position
  Result<Subject> patient_subject(std::string_view account, std::string_view terminal) const;

  std::string name_en_, name_zh_;
  std::vector<Account> accounts_;
  std::vector<Department> departments_;
  std::vector<TerminalRecord> terminals_;
  Index account_index_, department_index_, terminal_index_;
  Digest digest_{};
};

// The 24-bit number of an account or "Patient/ID" that the file gives none: stable for ever, since leaked tokens are
// read back by it.
uint32_t derived_recipient(std::string_view account);

}  // namespace zhimi::directory
