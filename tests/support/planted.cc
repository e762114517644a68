#include "support/planted.h"

#include <fmt/format.h>

#include <array>
#include <map>

namespace zhimi::testing {

namespace {

using words::Category, words::Form, words::Label, words::Set, words::Table;

uint64_t mix(uint64_t h, std::string_view s) {
  for (char c : s) h = (h ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return h ^ h >> 29;
}

struct GateOf {
  const char* type;
  Category gate;
};
constexpr std::array<GateOf, 8> kTypes{{{"Patient", Category::kStructure},
                                        {"Observation", Category::kObservation},
                                        {"Condition", Category::kDiagnosis},
                                        {"MedicationRequest", Category::kMedication},
                                        {"AllergyIntolerance", Category::kAllergy},
                                        {"Encounter", Category::kEncounter},
                                        {"DocumentReference", Category::kDocument},
                                        {"Appointment", Category::kAppointment}}};

// Writes one record. Each slot has its own random stream, shared by the twins unless the view hides the slot's
// category.
class Writer {
 public:
  Writer(const Table& table, uint64_t seed, int variant) : table_(table), seed_(seed), variant_(variant) {}

  std::string write(std::string_view type, const std::string& id) {
    std::string body = type == "Patient" ? patient() : clinical(type);
    std::string head = fmt::format(R"("resourceType":"{}")", type);
    std::string id_member = fmt::format(R"("id":"{}")", shows(Category::kLink) ? id : id + word("id", Category::kLink));
    if (type == "Patient") id_member = R"("id":"p1")";
    return "{" + join({head, id_member, body, hidden_extras(type)}) + "}";
  }

 private:
  std::optional<Form> form(Category c) const { return words::rendering(c, table_[c]); }
  bool shows(Category c) const { return table_[c] != words::kHidden; }
  bool clear(Category c) const { return form(c) == Form::kClear; }
  bool text_clear(Category c) const { return clear(c) && clear(Category::kNote); }

  // shared: the twins agree on this stream.
  SeededRandom stream(std::string_view slot, bool shared) const {
    return SeededRandom(mix(mix(seed_ + 1, slot), shared ? "both" : variant_ ? "one" : "zero"));
  }
  static std::string letters(SeededRandom& r, size_t least, size_t spread) {
    static const char* kPieces[] = {"ka", "lo",   "mi",  "ne", "ru", "林",      "晓", "雯",
                                    "王", "\\\"", "\\n", "é",  "😀", "\\u5b59", "7"};
    std::string out;
    for (size_t n = least + r.below(spread); n; --n) out += kPieces[r.below(std::size(kPieces))];
    return out;
  }
  std::string word(std::string_view slot, Category c) const {
    auto r = stream(slot, clear(c));
    std::string out;
    for (size_t n = 1 + r.below(9); n; --n) out += static_cast<char>('a' + r.below(26));
    return out;
  }
  std::string free_text(std::string_view slot, Category c) const {
    auto r = stream(slot, text_clear(c));
    return letters(r, 1, 30);
  }
  bool chance(std::string_view slot, bool shared) const { return stream(slot, shared).below(2); }

  static std::string join(std::vector<std::string> members) {
    std::string out;
    for (const std::string& m : members)
      if (!m.empty()) out += (out.empty() ? "" : ",") + m;
    return out;
  }

  // A date whose visible part is shared.
  std::string date(std::string_view slot, Category c) const {
    auto f = form(c);
    auto year = stream(std::string(slot) + "y", f.has_value());
    auto month = stream(std::string(slot) + "m", f == Form::kClear || f == Form::kCoarseMonth);
    auto day = stream(std::string(slot) + "d", f == Form::kClear);
    return fmt::format("{}-{:02}-{:02}", 1930 + year.below(90), 1 + month.below(12), 1 + day.below(28));
  }
  std::string date_time(std::string_view slot, Category c) const {
    auto r = stream(std::string(slot) + "t", clear(c));
    return fmt::format("{}T{:02}:{:02}:00+08:00", date(slot, c), r.below(24), r.below(60));
  }

  std::string human_name(std::string_view slot) const {
    auto f = form(Category::kName);
    static const char* kFamilies[] = {"林", "欧阳", "王", "陈"};
    auto family_stream = stream(std::string(slot) + "f", f == Form::kClear || f == Form::kMaskedSurname);
    std::string family = kFamilies[family_stream.below(std::size(kFamilies))];
    auto given_stream = stream(std::string(slot) + "g", f == Form::kClear);
    static const char* kGiven[] = {"晓", "雯", "静", "建国", "阿依古丽"};
    std::string given = kGiven[given_stream.below(std::size(kGiven))];
    return fmt::format(R"({{"use":"official","text":"{0}{1}","family":"{0}","given":["{1}"]}})", family, given);
  }
  // How many: shared unless a token collapses them or they are hidden.
  size_t count(std::string_view slot, Category c, size_t least) const {
    auto f = form(c);
    return least + stream(std::string(slot) + "#", f.has_value() && f != Form::kToken).below(3);
  }
  std::string array(std::string_view key, std::string_view slot, Category c,
                    const std::function<std::string(const std::string&)>& element) const {
    size_t n = count(slot, c, shows(c) ? 1 : 0);
    std::string out;
    for (size_t i = 0; i < n; ++i) out += (i ? "," : "") + element(fmt::format("{}{}", slot, i));
    return n ? fmt::format(R"("{}":[{}])", key, out) : "";
  }
  std::string number_text(std::string_view slot, Category c) const {
    auto f = form(c);
    auto head = stream(std::string(slot) + "h", f == Form::kClear);
    auto tail = stream(std::string(slot) + "4", f == Form::kClear || f == Form::kMaskedTail);
    std::string out;
    for (size_t n = 5 + head.below(9); n; --n) out += static_cast<char>('0' + head.below(10));
    for (int i = 0; i < 4; ++i) out += static_cast<char>('0' + tail.below(10));
    return out;
  }
  std::string optional_member(std::string_view key, Category c, const std::string& value) const {
    if (!clear(c) && !shows(c) && chance(key, false)) return "";
    return fmt::format(R"("{}":{})", key, value);
  }
  std::string address(const std::string& slot) const {
    auto f = form(Category::kAddress);
    auto province = stream(slot + "p", f.has_value());
    auto city = stream(slot + "c", f == Form::kClear || f == Form::kCoarseCity);
    auto rest = stream(slot + "l", f == Form::kClear);
    std::string line = letters(rest, 1, 6);
    return fmt::format(
        R"({{"use":"home","text":"{0}","line":["{0}"],"district":"{0}","city":"city{1}","state":"state{2}","postalCode":"{3:06}"}})",
        line, city.below(50), province.below(30), rest.below(1000000));
  }

  std::string patient() const {
    return join(
        {array("name", "name", Category::kName, [&](const std::string& s) { return human_name(s); }),
         array("telecom", "telecom", Category::kPhone,
               [&](const std::string& s) {
                 return fmt::format(R"({{"system":"phone","value":"{}"}})", number_text(s, Category::kPhone));
               }),
         array("identifier", "identifier", Category::kIdNumber,
               [&](const std::string& s) {
                 return fmt::format(R"({{"system":"urn:zhimi:sample:resident-id","value":"{}"}})",
                                    number_text(s, Category::kIdNumber));
               }),
         array("address", "address", Category::kAddress, [&](const std::string& s) { return address(s); }),
         optional_member("birthDate", Category::kBirthDate, "\"" + date("birthDate", Category::kBirthDate) + "\""),
         optional_member("gender", Category::kGender,
                         chance("gender", clear(Category::kGender)) ? "\"male\"" : "\"female\""),
         array("contact", "contact", Category::kRelative, [&](const std::string& s) {
           return fmt::format(R"({{"name":{{"text":"{0}"}},"telecom":[{{"system":"phone","value":"{0}"}}]}})",
                              word(s, Category::kRelative));
         })});
  }

  std::string coding(std::string_view slot, Category c) const {
    return fmt::format(R"({{"coding":[{{"system":"urn:test","code":"{0}","display":"{0}"}}],"text":"{1}"}})",
                       word(slot, c), free_text(std::string(slot) + "text", c));
  }
  std::string subject(const char* key) const {
    auto r = stream("subject.display", clear(Category::kName));
    // A display under a masked or tokened name is a name in free form: what is left of it is not this test's to say, so
    // it is shared.
    bool shared = form(Category::kName).has_value();
    auto shared_stream = stream("subject.display", shared);
    std::string display = letters(shared ? shared_stream : r, 1, 4);
    std::string reference =
        shows(Category::kLink) ? "Patient/p1" : "Patient/p1" + word("subject.reference", Category::kLink);
    return fmt::format(R"("{}":{{"reference":"{}","display":"{}"}})", key, reference, display);
  }
  std::string notes(std::string_view type, Category gate) const {
    if (type != "Observation" && type != "Condition" && type != "MedicationRequest" && type != "AllergyIntolerance")
      return "";
    if (!text_clear(gate) && chance("note", false)) return "";
    return fmt::format(R"("note":[{{"text":"{}"}}])", free_text("note", gate));
  }

  std::string clinical(std::string_view type) const {
    Category gate{};
    for (const GateOf& g : kTypes)
      if (type == g.type) gate = g.gate;
    std::vector<std::string> m;
    m.push_back(fmt::format(R"("status":"{}")", word("status", gate)));
    if (type == "Observation") {
      m.push_back("\"code\":" + coding("code", gate));
      m.push_back(fmt::format(R"("valueQuantity":{{"value":{},"unit":"{}"}})", stream("value", clear(gate)).below(1000),
                              word("unit", gate)));
      m.push_back(fmt::format(R"("effectiveDateTime":"{}")", date_time("effective", Category::kEventDate)));
    } else if (type == "Condition") {
      m[0] = fmt::format(R"("clinicalStatus":{})", coding("status", gate));
      m.push_back("\"code\":" + coding("code", gate));
      m.push_back(fmt::format(R"("onsetDateTime":"{}")", date_time("onset", Category::kEventDate)));
    } else if (type == "MedicationRequest") {
      m.push_back("\"medicationCodeableConcept\":" + coding("code", gate));
      m.push_back(fmt::format(R"("authoredOn":"{}")", date_time("authored", Category::kEventDate)));
    } else if (type == "AllergyIntolerance") {
      m[0] = fmt::format(R"("criticality":"{}")", word("status", gate));
      m.push_back("\"code\":" + coding("code", gate));
    } else if (type == "Encounter") {
      m.push_back(fmt::format(R"("period":{{"start":"{}"}})", date_time("start", Category::kEventDate)));
      m.push_back(fmt::format(R"("reasonCode":[{}])", coding("reason", Category::kDiagnosis)));
      if (!clear(Category::kDiagnosis)) m.back() = chance("reason?", false) ? m.back() : "";
    } else if (type == "DocumentReference") {
      m.push_back(fmt::format(R"("content":[{{"attachment":{{"contentType":"text/plain","data":"{}"}}}}])",
                              text_clear(gate) ? "5byg5LiJ" : word("data", Category::kNote) + "AAAA"));
    } else if (type == "Appointment") {
      m.push_back(fmt::format(R"("start":"{}")", date_time("start", Category::kEventDate)));
      m.push_back(fmt::format(R"("description":"{}")", free_text("description", gate)));
      m.push_back(
          fmt::format(R"("participant":[{{"actor":{{{}}},"status":"accepted"}}])", subject("reference").substr(12)));
      m.back() = "";
    }
    if (type == "AllergyIntolerance")
      m.push_back(subject("patient"));
    else if (type != "Appointment")
      m.push_back(subject("subject"));
    m.push_back(notes(type, gate));
    return join(m);
  }

  // What no view of these tests shows: narrative, extensions of every kind, primitive siblings, contained strangers,
  // unknown keys.
  std::string hidden_extras(std::string_view type) const {
    std::vector<std::string> m;
    auto secret = [&](std::string_view slot) {
      auto r = stream(slot, false);
      return letters(r, 0, 40);
    };
    bool extension = clear(Category::kExtension), note = clear(Category::kNote);
    if (!note && chance("text?", false))
      m.push_back(fmt::format(R"("text":{{"status":"generated","div":"<div xmlns='x'>{}</div>"}})", secret("div")));
    if (!extension) {
      for (uint64_t n = stream("ext#", false).below(3), i = 0; i < 1 && n; ++i)
        m.push_back(fmt::format(R"("extension":[{{"url":"urn:test:secret","valueString":"{}"}}])", secret("ext")));
      if (type == "Patient" && chance("_birth?", false))
        m.push_back(fmt::format(R"("_birthDate":{{"extension":[{{"url":"urn:test:time","valueString":"{}"}}]}})",
                                secret("_birth")));
    }
    if (chance("unknown?", false))
      m.push_back(fmt::format(R"("zz-unknown":{{"deep":[1,{{"value":"{}"}}]}})", secret("unknown")));
    if (!shows(Category::kRelative) && chance("contained?", false))
      m.push_back(fmt::format(R"("contained":[{{"resourceType":"RelatedPerson","id":"r1","name":[{{"text":"{}"}}]}}])",
                              secret("contained")));
    return join(m);
  }

  const Table& table_;
  uint64_t seed_;
  int variant_;
};

Category gate_of(std::string_view type) {
  for (const GateOf& g : kTypes)
    if (type == g.type) return g.gate;
  return Category::kStructure;
}

}  // namespace

const std::vector<std::string>& planted_types() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> v;
    for (const GateOf& g : kTypes) v.emplace_back(g.type);
    return v;
  }();
  return all;
}

std::vector<Planted> plant(std::string_view type, uint64_t seed, int variant,
                           const std::function<Table(Set<Label>)>& table_of) {
  std::vector<Planted> out;
  size_t n = type == "Patient" ? 1 : 4;
  for (size_t i = 0; i < n; ++i) {
    SeededRandom shared(seed * 31 + i);
    Set<Label> labels;
    if (type != "Patient" && shared.below(3) == 0)
      labels.add(static_cast<Label>(shared.below(words::Kind<Label>::count)));
    Table table = table_of(labels);
    // A record that the view withholds whole may be absent, or be any number of other records.
    bool withheld = table[gate_of(type)] == words::kHidden;
    // Whoever may see a ticket may know that there is an appointment.
    if (type == "Appointment" && table[Category::kTicket] != words::kHidden) withheld = false;
    SeededRandom secret(seed * 77 + i * 2 + static_cast<uint64_t>(variant));
    size_t copies = withheld && type != "Patient" ? secret.below(3) : 1;
    for (size_t k = 0; k < copies; ++k) {
      std::string id = type == "Patient" ? "p1" : fmt::format("r{}{}", i, k ? "x" : "");
      out.push_back({{std::string(type), id}, Writer(table, seed * 1000 + i, variant).write(type, id), labels});
    }
  }
  return out;
}

}  // namespace zhimi::testing
