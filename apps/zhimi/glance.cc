#include "glance.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/text.h"

namespace zhimi::app {

namespace {

using Element = simdjson::dom::element;

std::string string_at(const Element& element, std::string_view pointer) {
  std::string_view s;
  return element.at_pointer(pointer).get_string().get(s) ? std::string() : std::string(s);
}

std::string name_of(const Element& patient) {
  std::string text = string_at(patient, "/name/0/text");
  if (!text.empty()) return text;
  std::string family = string_at(patient, "/name/0/family"), given = string_at(patient, "/name/0/given/0");
  bool ascii = !family.empty() && static_cast<unsigned char>(family[0]) < 0x80;
  return family.empty() ? given : ascii ? given + " " + family : family + given;
}

// The number most worth hiding: one whose system is not shown (masked, token), else the resident number, else the
// first.
std::string id_number_of(const Element& patient) {
  simdjson::dom::array identifiers;
  if (patient["identifier"].get_array().get(identifiers)) return "";
  std::string first, resident;
  for (Element i : identifiers) {
    std::string system = string_at(i, "/system"), value = string_at(i, "/value");
    if (system.empty()) return value;
    if (system.find("resident-id") != std::string::npos) resident = value;
    if (first.empty()) first = value;
  }
  return resident.empty() ? first : resident;
}

std::string code_of(const Element& resource, std::string_view field) {
  std::string at = "/" + std::string(field) + "/coding/0/";
  std::string display = string_at(resource, at + "display");
  return display.empty() ? string_at(resource, at + "code") : display;
}

std::string word_of(const Element& r, std::string_view type) {
  if (type == "MedicationRequest") return code_of(r, "medicationCodeableConcept");
  if (type == "Appointment") return string_at(r, "/identifier/0/value");
  if (type == "DocumentReference") return string_at(r, "/content/0/attachment/data").empty() ? "" : "text";
  return code_of(r, "code");
}

}  // namespace

PersonGlance glance_person(ByteView patient) {
  simdjson::dom::parser parser;
  Element p;
  if (parser.parse(reinterpret_cast<const char*>(patient.data()), patient.size()).get(p)) return {};
  return {name_of(p), id_number_of(p), string_at(p, "/telecom/0/value"), string_at(p, "/birthDate")};
}

std::string glance_bundle(ByteView bundle, std::string_view type) {
  simdjson::dom::parser parser;
  Element b;
  simdjson::dom::array entries;
  if (parser.parse(reinterpret_cast<const char*>(bundle.data()), bundle.size()).get(b) ||
      b["entry"].get_array().get(entries))
    return "";
  std::string first;
  size_t shown = 0;
  for (Element entry : entries) {
    Element resource;
    if (entry["resource"].get(resource)) continue;
    std::string word = word_of(resource, type);
    if (word.empty()) continue;
    if (first.empty()) first = word;
    ++shown;
  }
  return shown > 1 ? fmt::format("{} +{}", first, shown - 1) : first;
}

}  // namespace zhimi::app
