#include "directory/directory.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "crypto/hash.h"
#include "directory/ids.h"

namespace zhimi::directory {

namespace {
constexpr std::string_view kPatientPrefix = "Patient/";

template <class Index>
Error not_found(std::string_view kind, std::string_view id, const Index& index) {
  std::vector<std::string_view> ids;
  ids.reserve(index.size());
  for (const auto& [known, at] : index) ids.push_back(known);
  auto close = closest_word(id, ids);
  return make_error(Code::kNotFound,
                    fmt::format("no {} \"{}\" in the hospital's directory; {}", kind, json_escape(id.substr(0, 100)),
                                close ? fmt::format("did you mean \"{}\"?", *close)
                                      : fmt::format("{}s are listed in hospital.toml", kind)));
}

template <class Records, class Index>
auto find(const Records& records, const Index& index, std::string_view id) {
  auto at = index.find(id);
  return at == index.end() ? nullptr : &records[at->second];
}
}  // namespace

uint32_t derived_recipient(std::string_view account) {
  Digest d = crypto::sha256({view("zhimi recipient:"), view(account)});
  uint32_t n = load_u32(d.data());
  constexpr uint32_t kPatients = 0xffffff - kLastAccountRecipient;
  if (account.starts_with(kPatientPrefix)) return kLastAccountRecipient + 1 + n % kPatients;
  return 1 + n % kLastAccountRecipient;
}

const Account* Directory::account(std::string_view id) const { return find(accounts_, account_index_, id); }
const Department* Directory::department(std::string_view id) const { return find(departments_, department_index_, id); }
const TerminalRecord* Directory::terminal(std::string_view id) const { return find(terminals_, terminal_index_, id); }

Result<Subject> Directory::subject(std::string_view account_id, std::string_view terminal_id) const {
  if (account_id.starts_with(kPatientPrefix)) return patient_subject(account_id, terminal_id);
  const Account* who = account(account_id);
  if (!who) return not_found("account", account_id, account_index_);
  if (terminal_id.empty()) terminal_id = who->terminals.front();
  const TerminalRecord* where = terminal(terminal_id);
  if (!where) return not_found("terminal", terminal_id, terminal_index_);
  if (std::find(who->terminals.begin(), who->terminals.end(), where->id) == who->terminals.end())
    return make_error(Code::kRefused, fmt::format("account {} may not sit at terminal {}; its terminals are: {}",
                                                  who->id, where->id, fmt::join(who->terminals, ", ")));
  Subject s;
  s.account_ = who->id;
  s.display_name_ = who->name_zh;
  s.roles_ = who->roles;
  s.department_ = who->department;
  s.references_ = who->references;
  s.terminal_ = where->kind;
  s.terminal_id_ = where->id;
  s.steps_ = (who->steps.empty() ? words::Set<words::Step>::all() : who->steps) &
             (where->steps.empty() ? words::Set<words::Step>::all() : where->steps);
  s.recipient_ = who->recipient;
  return s;
}

// Patients are not in the file, so that no patient id stands in one. Errors do not repeat the id.
Result<Subject> Directory::patient_subject(std::string_view account_id, std::string_view terminal_id) const {
  std::string_view id = account_id.substr(kPatientPrefix.size());
  if (!fhir_id(id))
    return make_error(
        Code::kNotFound,
        "no such patient account: write Patient/ID with the id of a Patient resource (letters, digits, - and .)");
  Subject s;
  s.account_ = account_id;
  s.display_name_ = words::name(words::Role::kPatient, words::Language::kChinese);
  s.roles_ = {words::Role::kPatient};
  s.references_ = {std::string(account_id)};
  s.patient_id_ = id;
  s.terminal_ = words::Terminal::kMobile;
  s.terminal_id_ = kOwnDevice;
  s.steps_ = kPatientSteps;
  s.recipient_ = derived_recipient(account_id);
  if (terminal_id.empty() || terminal_id == kOwnDevice) return s;
  const TerminalRecord* where = terminal(terminal_id);
  if (!where) return not_found("terminal", terminal_id, terminal_index_);
  if (!where->steps.empty()) s.steps_ = s.steps_ & where->steps;
  bool open_to_patients = where->kind == words::Terminal::kMobile || where->kind == words::Terminal::kPublic;
  if (!open_to_patients || s.steps_.empty())
    return make_error(Code::kRefused,
                      fmt::format("patients may not sit at terminal {}; name none for their own device", where->id));
  s.terminal_ = where->kind;
  s.terminal_id_ = where->id;
  return s;
}

}  // namespace zhimi::directory
