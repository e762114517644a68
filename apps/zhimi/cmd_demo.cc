// zhimi demo: one record through many readers. Every cell comes out of the door, as it would for the reader.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "args.h"
#include "base/limits.h"
#include "base/text.h"
#include "directory/readers.h"
#include "glance.h"
#include "open_home.h"
#include "packs.h"

namespace zhimi::app {

namespace {

struct Line {
  std::vector<std::string> cells;
  std::vector<std::string> rules;
  uint64_t first_entry = ~uint64_t{0}, last_entry = 0;
  std::string explanation;  // of the Patient resource, when refused
};

struct Column {
  const char* type;
  const char *en, *zh;
  size_t width;
};
constexpr std::array<Column, 6> kClinical{{{"Condition", "Diagnosis", "诊断", 16},
                                           {"MedicationRequest", "Medication", "用药", 14},
                                           {"AllergyIntolerance", "Allergy", "过敏", 12},
                                           {"Observation", "Result", "结果", 14},
                                           {"DocumentReference", "Note", "病历", 6},
                                           {"Appointment", "Ticket", "排队号", 7}}};
constexpr std::array<Column, 4> kPerson{{{"name", "Name", "姓名", 9},
                                         {"id", "ID or MRN", "证件/病案号", 11},
                                         {"phone", "Phone", "电话", 12},
                                         {"born", "Born", "出生", 10}}};
constexpr size_t kReaderColumns = 24;

// The handle is for dialling, not for reading: the word says enough in a table.
std::string phone_cell(const std::string& value, const Console& console) {
  return value.starts_with("dial:") ? std::string(console.pick("[dial]", "[代拨]")) : value;
}

class Table {
 public:
  Table(Home& home, const Console& console, std::string patient)
      : home_(home), console_(console), patient_(std::move(patient)) {}

  Result<Line> ask(const directory::Reader& reader, bool explain) {
    Line line;
    ZHIMI_TRY(directory::Subject who, home_.directory().subject(reader.account, reader.terminal));
    auto body_of = [&](const char* type) -> Result<Bytes> {
      door::Refusal refusal;
      auto d = home_.door().disclose_now(
          {who, {reader.step, reader.purpose, reader.reason}, patient_, type, "", explain, console_.language()},
          &refusal);
      if (!d && d.error().code != Code::kRefused) return std::move(d).error();
      for (const std::string& rule : d ? d->rules() : refusal.rules)
        if (std::find(line.rules.begin(), line.rules.end(), rule) == line.rules.end()) line.rules.push_back(rule);
      uint64_t entry = d ? d->receipt().index() : refusal.entry;
      line.first_entry = std::min(line.first_entry, entry);
      line.last_entry = std::max(line.last_entry, entry);
      if (!d && line.explanation.empty()) line.explanation = refusal.explanation;
      return d ? Bytes(d->body().begin(), d->body().end()) : Bytes();
    };
    ZHIMI_TRY(Bytes person, body_of("Patient"));
    PersonGlance glance = glance_person(person);
    line.cells = {glance.name, glance.id_number, phone_cell(glance.phone, console_), glance.born};
    for (const Column& column : kClinical) {
      ZHIMI_TRY(Bytes bundle, body_of(column.type));
      std::string cell = glance_bundle(bundle, column.type);
      line.cells.push_back(cell.starts_with("text") ? std::string(console_.pick("yes", "可读")) : cell);
    }
    return line;
  }

  void head() const {
    std::string text = pad(console_.pick("Reader", "读者"), kReaderColumns);
    auto add = [&](const Column& c) { text += "  " + pad(console_.pick(c.en, c.zh), c.width); };
    for (const Column& c : kPerson) add(c);
    for (const Column& c : kClinical) add(c);
    console_.out(text + "\n");
  }

  void print(const directory::Reader& reader, const Line& line) const {
    std::string text = pad(console_.chinese() ? reader.title_zh : reader.title_en, kReaderColumns);
    for (size_t i = 0; i < line.cells.size(); ++i)
      text += "  " + pad(line.cells[i].empty() ? "—" : line.cells[i],
                         i < kPerson.size() ? kPerson[i].width : kClinical[i - kPerson.size()].width);
    while (text.ends_with(' ')) text.pop_back();
    std::string rules;
    for (const std::string& r : line.rules) rules += (rules.empty() ? "" : ", ") + r;
    if (rules.empty()) rules = console_.pick("refused: no rule permits it", "拒绝：无规则许可");
    console_.out(fmt::format("{}\n    {} · {} · {} · {} {}–{}\n", text, words::name(reader.step, console_.language()),
                             words::name(reader.purpose, console_.language()), rules, console_.pick("ledger", "账本"),
                             line.first_entry, line.last_entry));
  }

 private:
  Home& home_;
  const Console& console_;
  std::string patient_;
};

Result<directory::Readers> read_readers(const Args& args, const Home& home) {
  if (args.readers.empty()) return directory::parse_readers(packs::readers(), "readers.toml", home.directory());
  ZHIMI_TRY(Bytes bytes, read_file(args.readers, limits::kConfigBytes));
  return directory::parse_readers(text(bytes), args.readers, home.directory());
}

}  // namespace

Status run_demo(const Args& args, Console& console) {
  ZHIMI_TRY(auto home, open_home(args, console));
  ZHIMI_TRY(directory::Readers readers, read_readers(args, *home));
  std::string patient = readers.patient;
  if (!args.target.empty()) {
    ZHIMI_TRY(patient, patient_id(args.target));
  }
  console.out(
      fmt::format(fmt::runtime(console.pick("\nOne record, many readers: Patient/{} — cells not shown are —\n\n",
                                            "\n一份病历，多位读者：Patient/{}（— 为不可见）\n\n")),
                  patient));
  Table table(*home, console, patient);
  table.head();
  for (const directory::Reader& reader : readers.readers) {
    ZHIMI_TRY(Line line, table.ask(reader, false));
    table.print(reader, line);
  }
  for (const directory::Reader& reader : readers.readers) {
    if (reader.id != readers.explain) continue;
    ZHIMI_TRY(Line line, table.ask(reader, true));
    console.out(fmt::format("\n{} {}\n{}\n",
                            console.pick("Why does this reader see so little?", "为什么这位读者看不到？"),
                            console.chinese() ? reader.title_zh : reader.title_en, line.explanation));
  }
  return status_of(home->log().checkpoint());
}

}  // namespace zhimi::app
