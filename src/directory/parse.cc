// hospital.toml and readers.toml → values, every mistake with its place.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "directory/directory.h"
#include "directory/ids.h"
#include "directory/readers.h"
#include "directory/toml.h"

namespace zhimi::directory {

namespace {
using std::string_view;
using Keys = std::span<const string_view>;

constexpr size_t kTextBytes = 500;
constexpr size_t kReaders = 1000;

std::string quoted(string_view s) {
  constexpr size_t kShown = 60;
  size_t end = 0;
  while (end < s.size() && end < kShown) next_code_point(s, end);
  return fmt::format("\"{}\"", json_escape(s.substr(0, std::min(end, s.size()))));
}

std::string did_you_mean(string_view word, Keys known, string_view otherwise) {
  auto close = closest_word(word, known);
  return close ? fmt::format("; did you mean \"{}\"?", *close) : fmt::format("; {}", otherwise);
}

// One section of the file. Every key is read through it; what is wrong goes to the report and reads as empty.
class Table {
 public:
  Table(const TomlSection& section, std::string what, Keys keys, Report& report)
      : section_(section), what_(std::move(what)), report_(report) {
    for (const TomlEntry& e : section_.entries)
      if (std::find(keys.begin(), keys.end(), e.key) == keys.end())
        report_.add(e.key_at,
                    fmt::format("unknown key {} of {}{}", quoted(e.key), what_,
                                did_you_mean(e.key, keys, fmt::format("its keys are: {}", fmt::join(keys, ", ")))));
  }

  Place where() const { return section_.at; }
  Place where(string_view key) const {
    const TomlEntry* e = section_.find(key);
    return e ? e->value_at : section_.at;
  }
  void complain(string_view key, string_view what) { report_.add(where(key), what); }

  std::string text(string_view key) {
    const TomlEntry* e = section_.find(key);
    if (!e) return {};
    const auto* s = std::get_if<std::string>(&e->value);
    if (s && s->size() <= kTextBytes) return *s;
    report_.add(e->value_at, s ? fmt::format("{} is longer than {} bytes", key, kTextBytes)
                               : fmt::format("{} must be text in quote marks", key));
    return {};
  }
  std::string required_text(string_view key) {
    const TomlEntry* e = section_.find(key);
    if (!e) {
      report_.add(where(), fmt::format("{} has no {}", what_, key));
      return {};
    }
    const auto* s = std::get_if<std::string>(&e->value);
    if (s && s->empty()) report_.add(e->value_at, fmt::format("{} is empty", key));
    return text(key);
  }
  // At least one of PREFIX_en and PREFIX_zh; each falls back to the other.
  void names(string_view prefix, std::string& en, std::string& zh) {
    en = text(fmt::format("{}_en", prefix));
    zh = text(fmt::format("{}_zh", prefix));
    if (en.empty() && zh.empty())
      report_.add(where(), fmt::format("{} has neither {}_en nor {}_zh", what_, prefix, prefix));
    if (en.empty()) en = zh;
    if (zh.empty()) zh = en;
  }
  std::optional<int64_t> number(string_view key) {
    const TomlEntry* e = section_.find(key);
    if (!e) return std::nullopt;
    if (const auto* n = std::get_if<int64_t>(&e->value)) return *n;
    report_.add(e->value_at, fmt::format("{} must be a whole number", key));
    return std::nullopt;
  }
  const std::vector<TomlText>& list(string_view key) {
    static const std::vector<TomlText> none;
    const TomlEntry* e = section_.find(key);
    if (!e) return none;
    if (const auto* texts = std::get_if<std::vector<TomlText>>(&e->value)) return *texts;
    report_.add(e->value_at, fmt::format("{} must be a list: {} = [\"…\"]", key, key));
    return none;
  }
  template <class Word>
  std::optional<Word> word(string_view kind, string_view text, Place at) {
    if (auto w = words::find<Word>(text)) return w;
    std::vector<string_view> english;
    words::Set<Word>::all().each([&](Word w) { english.push_back(words::name(w)); });
    std::string all = fmt::format("the {}s are: {}", kind, fmt::join(english, ", "));
    report_.add(at, fmt::format("unknown {} {}{}", kind, quoted(text), did_you_mean(text, words::names<Word>(), all)));
    return std::nullopt;
  }
  template <class Word>
  std::optional<Word> required_word(string_view key) {
    std::string s = required_text(key);
    if (s.empty()) return std::nullopt;
    return word<Word>(key, s, where(key));
  }
  template <class Word>
  words::Set<Word> word_set(string_view key, string_view kind) {
    words::Set<Word> set;
    for (const TomlText& t : list(key))
      if (auto w = word<Word>(kind, t.value, t.at)) set.add(*w);
    return set;
  }

 private:
  const TomlSection& section_;
  std::string what_;
  Report& report_;
};

// Calls each(Table) for every [[name]].
template <class F>
void each_table(const std::vector<TomlSection>& sections, string_view name, Keys keys, Report& report, F&& each) {
  for (const TomlSection& s : sections) {
    if (s.name != name) continue;
    if (!s.repeated) {
      report.add(s.at, fmt::format("write [[{}]] in double brackets, once for each", name));
      continue;
    }
    Table table(s, fmt::format("this {}", name), keys, report);
    each(table);
  }
}

void check_sections(const std::vector<TomlSection>& sections, Keys known, Report& report) {
  std::string all = fmt::format("the sections are: {}", fmt::join(known, ", "));
  for (const TomlSection& s : sections)
    if (!s.name.empty() && std::find(known.begin(), known.end(), s.name) == known.end())
      report.add(s.at, fmt::format("unknown section {}{}", quoted(s.name), did_you_mean(s.name, known, all)));
}

constexpr string_view kHospitalSections[] = {"hospital", "department", "terminal", "account"};
constexpr string_view kHospitalKeys[] = {"name_en", "name_zh"};
constexpr string_view kDepartmentKeys[] = {"id", "name_en", "name_zh"};
constexpr string_view kTerminalKeys[] = {"id", "kind", "department", "steps"};
constexpr string_view kAccountKeys[] = {"id",    "name_en",   "name_zh",    "roles",    "department",
                                        "steps", "terminals", "references", "recipient"};
// What can act for a reader in a record. A Patient cannot: patients have accounts without standing in the file.
constexpr string_view kReferenceTypes[] = {"Practitioner",      "PractitionerRole", "Organization",
                                           "HealthcareService", "Location",         "Device"};
constexpr string_view kReadersSections[] = {"reader"};
constexpr string_view kReadersKeys[] = {"patient", "explain"};
constexpr string_view kReaderKeys[] = {"id",       "title_en", "title_zh", "account",
                                       "terminal", "step",     "purpose",  "reason"};
}  // namespace

class HospitalReader {
 public:
  HospitalReader(Directory& out, Report& report) : out_(out), report_(report) {}

  void read(const std::vector<TomlSection>& sections) {
    check_sections(sections, kHospitalSections, report_);
    for (const TomlEntry& e : sections.front().entries)
      report_.add(e.key_at, fmt::format("key {} stands outside a section; put it under [hospital]", quoted(e.key)));
    auto hospital =
        std::find_if(sections.begin(), sections.end(), [](const TomlSection& s) { return s.name == "hospital"; });
    if (hospital == sections.end())
      report_.add(Place{}, "no [hospital]: begin the file with [hospital] and name_en, name_zh");
    else if (hospital->repeated)
      report_.add(hospital->at, "write [hospital] in single brackets: there is one");
    else
      Table(*hospital, "[hospital]", kHospitalKeys, report_).names("name", out_.name_en_, out_.name_zh_);
    each_table(sections, "department", kDepartmentKeys, report_, [&](Table& t) { department(t); });
    each_table(sections, "terminal", kTerminalKeys, report_, [&](Table& t) { terminal(t); });
    each_table(sections, "account", kAccountKeys, report_, [&](Table& t) { account(t); });
  }

 private:
  // Reads `id` and takes the next place for it; false when the entry cannot be kept.
  bool take_id(Table& t, string_view kind, Directory::Index& index, size_t place, std::string& id) {
    id = t.required_text("id");
    if (id.empty()) return false;
    if (!directory_id(id)) {
      t.complain(
          "id", fmt::format("{} is no {} id: use up to {} letters, digits and . _ - : and begin with a letter or digit",
                            quoted(id), kind, limits::kIdBytes));
      return false;
    }
    if (index.emplace(id, place).second) return true;
    t.complain("id", fmt::format("{} id {} is used twice", kind, quoted(id)));
    return false;
  }
  std::string known(string_view kind, string_view id, Place at, const Directory::Index& index) {
    if (index.contains(id)) return std::string(id);
    std::vector<string_view> ids;
    if (report_.shown())
      for (const auto& [i, place] : index) ids.push_back(i);
    report_.add(at, fmt::format("unknown {} {}{}", kind, quoted(id),
                                did_you_mean(id, ids, fmt::format("give it a [[{}]] of its own", kind))));
    return {};
  }
  std::string department_of(Table& t) {
    std::string id = t.text("department");
    return id.empty() ? id : known("department", id, t.where("department"), out_.department_index_);
  }

  void department(Table& t) {
    Department d;
    bool keep = take_id(t, "department", out_.department_index_, out_.departments_.size(), d.id);
    t.names("name", d.name_en, d.name_zh);
    if (keep) out_.departments_.push_back(std::move(d));
  }

  void terminal(Table& t) {
    TerminalRecord r;
    bool keep = take_id(t, "terminal", out_.terminal_index_, out_.terminals_.size(), r.id);
    if (auto kind = t.required_word<words::Terminal>("kind")) r.kind = *kind;
    r.department = department_of(t);
    r.steps = t.word_set<words::Step>("steps", "step");
    if (r.id == kOwnDevice)
      t.complain("id", fmt::format("\"{}\" means a patient's own device; choose another id", kOwnDevice));
    if (keep) out_.terminals_.push_back(std::move(r));
  }

  void account(Table& t) {
    Account a;
    bool keep = take_id(t, "account", out_.account_index_, out_.accounts_.size(), a.id);
    t.names("name", a.name_en, a.name_zh);
    a.department = department_of(t);
    a.steps = t.word_set<words::Step>("steps", "step");
    roles(t, a);
    terminals(t, a);
    references(t, a);
    recipient(t, a);
    if (keep) out_.accounts_.push_back(std::move(a));
  }

  void roles(Table& t, Account& a) {
    using words::Role;
    size_t before = report_.count();
    a.roles = t.word_set<Role>("roles", "role");
    if (a.roles.empty() && before == report_.count())
      t.complain("roles", fmt::format("account {} has no role; write roles = [\"…\"]", quoted(a.id)));
    if (a.roles.has(Role::kPatient))
      t.complain("roles", "patients need no account here: each one is Patient/ID by itself");
    constexpr words::Set<Role> kAdministrators{Role::kSystemAdministrator, Role::kSecurityAdministrator,
                                               Role::kAuditAdministrator};
    if ((a.roles & kAdministrators).size() > 1)
      t.complain("roles",
                 "system, security and audit administrator must be three people; give each an account of their own");
  }

  void terminals(Table& t, Account& a) {
    constexpr words::Set<words::Role> kPartners{words::Role::kPartnerApp, words::Role::kInsurer};
    const size_t before = report_.count();
    const std::vector<TomlText>& names = t.list("terminals");
    for (const auto& [id, at] : names) {
      if (known("terminal", id, at, out_.terminal_index_).empty()) continue;
      a.terminals.push_back(id);
      const TerminalRecord* where = out_.terminal(id);
      // A misspelt step is reported already; what follows from it is not.
      if (report_.clean() && !a.steps.empty() && !where->steps.empty() && (a.steps & where->steps).empty())
        report_.add(at, fmt::format("account {} could do nothing at terminal {}: they have no step in common",
                                    quoted(a.id), quoted(id)));
      if (!(a.roles & kPartners).empty() && where->kind != words::Terminal::kService)
        report_.add(at, fmt::format("a partner calls through a terminal of kind service; {} is of kind {}", quoted(id),
                                    words::name(where->kind)));
    }
    if (names.empty() && before == report_.count())
      t.complain("terminals", fmt::format("account {} has no terminal; write terminals = [\"…\"]", quoted(a.id)));
  }

  void references(Table& t, Account& a) {
    for (const auto& [s, at] : t.list("references")) {
      const size_t slash = std::min(s.find('/'), s.size());
      const bool type_known = std::find(std::begin(kReferenceTypes), std::end(kReferenceTypes), s.substr(0, slash)) !=
                              std::end(kReferenceTypes);
      if (!type_known || !fhir_id(string_view(s).substr(std::min(slash + 1, s.size())))) {
        report_.add(at, fmt::format("{} is no reference to a reader; write Type/id with one of: {}", quoted(s),
                                    fmt::join(kReferenceTypes, ", ")));
        continue;
      }
      auto [owner, fresh] = reference_owner_.emplace(s, a.id);
      if (fresh)
        a.references.push_back(s);
      else
        report_.add(at, fmt::format("{} belongs to account {} already; a person has one account", quoted(s),
                                    quoted(owner->second)));
    }
  }

  void recipient(Table& t, Account& a) {
    std::optional<int64_t> given = t.number("recipient");
    if (given && (*given < 1 || *given > kLastAccountRecipient))
      return t.complain("recipient", fmt::format("recipient must be from 1 to {}", kLastAccountRecipient));
    a.recipient = given ? static_cast<uint32_t>(*given) : derived_recipient(a.id);
    auto [owner, fresh] = recipient_owner_.emplace(a.recipient, a.id);
    if (fresh) return;
    while (recipient_owner_.contains(proposal_)) ++proposal_;
    t.complain("recipient",
               fmt::format(
                   "accounts {} and {} have the same recipient number {}; give this one a number that no other has and "
                   "never had, such as recipient = {}",
                   quoted(owner->second), quoted(a.id), a.recipient, proposal_++));
  }

  Directory& out_;
  Report& report_;
  std::map<std::string, std::string, std::less<>> reference_owner_;
  std::map<uint32_t, std::string> recipient_owner_;
  uint32_t proposal_ = 1;  // a number that may be free, for the next collision
};

namespace {
Result<std::vector<TomlSection>> sections_of(string_view text, string_view file_name, Report& report) {
  if (text.size() > limits::kConfigBytes)
    return make_error(Code::kTooLarge, fmt::format("{} is larger than {} bytes", file_name, limits::kConfigBytes));
  std::vector<TomlSection> sections = parse_toml(text, report);
  if (!report.clean()) return report.error();
  return sections;
}

// Whether the directory lets `r` ask; if not, the report says why.
void check_reader(Table& t, const Reader& r, const Directory& directory) {
  auto subject = directory.subject(r.account, r.terminal);
  if (!subject)
    t.complain(r.terminal.empty() ? "account" : "terminal", subject.error().what);
  else if (!subject->steps().has(r.step))
    t.complain("step", fmt::format("account {} at terminal {} may not do step {}", quoted(r.account),
                                   quoted(subject->terminal_id()), words::name(r.step)));
}
}  // namespace

Result<Directory> Directory::parse(string_view toml, string_view file_name) {
  Report report(file_name);
  ZHIMI_TRY(auto sections, sections_of(toml, file_name, report));
  Directory directory;
  HospitalReader(directory, report).read(sections);
  if (!report.clean()) return report.error();
  directory.digest_ = crypto::sha256(view(toml));
  return directory;
}

Result<Readers> parse_readers(string_view toml, string_view file_name, const Directory& directory) {
  Report report(file_name);
  ZHIMI_TRY(auto sections, sections_of(toml, file_name, report));
  check_sections(sections, kReadersSections, report);
  Table top(sections.front(), "the file", kReadersKeys, report);
  Readers out;
  out.patient = top.required_text("patient");
  if (!out.patient.empty() && !fhir_id(out.patient))
    top.complain("patient", "patient must be the id of a Patient resource, without \"Patient/\"");
  out.explain = top.text("explain");
  std::vector<std::string> names;
  each_table(sections, "reader", kReaderKeys, report, [&](Table& t) {
    if (names.size() == kReaders) return t.complain("id", fmt::format("a file holds at most {} readers", kReaders));
    Reader r;
    r.id = t.required_text("id");
    if (std::find(names.begin(), names.end(), r.id) != names.end())
      t.complain("id", fmt::format("reader id {} is used twice", quoted(r.id)));
    names.push_back(r.id);
    t.names("title", r.title_en, r.title_zh);
    r.account = t.required_text("account");
    r.terminal = t.text("terminal");
    r.reason = t.text("reason");
    auto step = t.required_word<words::Step>("step");
    auto purpose = t.required_word<words::Purpose>("purpose");
    if (r.account.empty() || !step || !purpose) return;
    r.step = *step;
    r.purpose = *purpose;
    check_reader(t, r, directory);
    out.readers.push_back(std::move(r));
  });
  if (!out.explain.empty() && std::find(names.begin(), names.end(), out.explain) == names.end()) {
    std::vector<string_view> known(names.begin(), names.end());
    top.complain("explain", fmt::format("unknown reader {}{}", quoted(out.explain),
                                        did_you_mean(out.explain, known, "name a [[reader]] by its id")));
  }
  if (!report.clean()) return report.error();
  return out;
}

}  // namespace zhimi::directory
