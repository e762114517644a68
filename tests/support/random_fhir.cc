#include "support/random_fhir.h"

#include <set>

namespace zhimi::testing {

using classify::Field;
using classify::Primitive;
using classify::Type;
using words::Category;

namespace {

constexpr std::string_view kTexts[] = {"\"\"",
                                       "\"p-001\"",
                                       "\"王小明\"",
                                       "\"欧阳锋利\"",
                                       "\"欧阳\"",
                                       "\"Anna Lee\"",
                                       R"("Zo\u00eb \"Q\" \\ \/ \n")",
                                       R"("\ud83e\uddec")",
                                       "\"🧬🏥\"",
                                       "\"𠮷野\"",
                                       "\"110101199003078888\"",
                                       "\"1234567\"",
                                       "\"13800138000\"",
                                       "\"official\"",
                                       "\"phone\"",
                                       "\"home\"",
                                       R"("p\u0068one")",
                                       "\"note about 王小明 and 13800138000\"",
                                       "\"<div>王小明</div>\"",
                                       "\"a,b:{c}[d]\"",
                                       "\"{\\\"x\\\":1}\""};
constexpr std::string_view kReferences[] = {"\"Patient/p-001\"",
                                            R"("Patient\/p-001")",
                                            "\"Patient/p-002\"",
                                            "\"Observation/p-001\"",
                                            "\"#c1\"",
                                            "\"#\"",
                                            "\"urn:uuid:p-001\"",
                                            "\"urn:uuid:0c6a\"",
                                            "\"http://a.example/fhir/Patient/p-001\"",
                                            "\"https://a.example/Encounter/e1/_history/2\"",
                                            "\"Patient?identifier=1\"",
                                            "\"Patient/\"",
                                            "\"/Patient/p-001\"",
                                            "\"x\""};
constexpr std::string_view kDates[] = {"\"1990\"",
                                       "\"1990-03\"",
                                       "\"1990-03-07\"",
                                       "\"2024-02-30T08:00:00+08:00\"",
                                       "\"2024-13\"",
                                       "\"1990-03-07T10:11:12.123Z\"",
                                       "\"about 1990\"",
                                       "\"19900307\"",
                                       "\"2024-01-02T08:30\"",
                                       "\"\""};
constexpr std::string_view kUris[] = {"\"http://hl7.org/fhir/sid/us-ssn\"",
                                      R"("http:\/\/hl7.org\/fhir\/sid\/us-ssn")",
                                      "\"urn:zhimi:sample:resident-id\"",
                                      "\"http://hl7.org/fhir/StructureDefinition/patient-birthTime\"",
                                      "\"urn:zhimi:sample:occupation\"",
                                      "\"urn:x\"",
                                      "\"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race\"",
                                      "\"https://github.com/synthetichealth/synthea\"",
                                      "\"urn:zhimi:sample:ticket\"",
                                      "\"http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName\""};
constexpr std::string_view kNumbers[] = {"0", "-1", "12.50", "1e3", "1E-7", "123456789012345678901234567890", "-0.0"};
constexpr std::string_view kOdd[] = {"null",       "{}",        "[]",   "[null]", "[[]]",   "[{}]",
                                     "{\"a\":{}}", "[[\"x\"]]", "true", "7",      "\"odd\""};

template <size_t N>
std::string pick(SeededRandom& random, const std::string_view (&from)[N]) {
  return std::string(from[random.below(N)]);
}

}  // namespace

std::string RandomFhir::space() { return spaced_ && chance(30) ? (chance(50) ? " " : "\n\t\r ") : ""; }

std::string RandomFhir::resource() {
  spaced_ = chance(20);
  return any_resource(0);
}

std::string RandomFhir::any_resource(int depth) {
  static constexpr std::string_view kFavourites[] = {"Patient",      "Observation", "Bundle", "Encounter",
                                                     "Practitioner", "Account",     "Device", "RelatedPerson",
                                                     "Parameters",   "Appointment"};
  for (;;) {
    const Type* t =
        chance(50) ? map_.find(pick(random_, kFavourites)) : &map_.types()[random_.below(map_.types().size())];
    if (t && t->resource) return object(*t, depth);
  }
}

std::string RandomFhir::object(const Type& type, int depth) {
  std::set<std::string> used;
  std::string out;
  auto put = [&](const std::string& key, const std::string& json) {
    if (used.insert(key).second)
      out += space() + (out.empty() ? "" : ",") + space() + "\"" + key + "\"" + space() + ":" + space() + json;
  };
  if (type.resource && chance(90)) put("resourceType", "\"" + type.name + "\"");
  const size_t wanted = type.resource ? 3 + random_.below(10) : random_.below(depth > 5 ? 2 : depth > 2 ? 4 : 5);
  for (size_t n = 0; n < wanted && !type.fields.empty(); ++n) {
    const Field& f = type.fields[random_.below(type.fields.size())];
    if (f.name == "resourceType") continue;
    if (depth > 8 && (f.primitive == Primitive::kComplex || f.primitive == Primitive::kResource)) continue;
    put(f.name, value(type, f, depth + 1));
    bool simple = f.primitive != Primitive::kComplex && f.primitive != Primitive::kResource;
    if (chance(simple ? 20 : 2))
      put("_" + f.name, chance(50) ? element(depth) : "[" + element(depth) + ",null," + element(depth) + "]");
  }
  if (chance(6)) put("unknown", odd(depth));
  if (chance(2)) put("未知", odd(depth));
  if (chance(2)) put("_", odd(depth));
  if (chance(1)) put("", odd(depth));
  if (type.name == "Extension" || type.name == "Identifier")
    if (chance(70)) put(type.name == "Extension" ? "url" : "system", pick(random_, kUris));
  if (type.resource) put("resourceType", "\"" + type.name + "\"");
  return "{" + out + space() + "}";
}

std::string RandomFhir::value(const Type& type, const Field& field, int depth) {
  if (chance(4)) return odd(depth);
  if (!chance(35)) return single(type, field, depth);
  std::string out;
  for (uint64_t n = random_.below(4) + 1; n; --n)
    out += (out.empty() ? "" : space() + ",") + space() + (chance(10) ? odd(depth) : single(type, field, depth));
  return "[" + out + space() + "]";
}

std::string RandomFhir::single(const Type& type, const Field& field, int depth) {
  if (field.primitive == Primitive::kResource) return depth > 4 ? "{}" : any_resource(depth);
  if (field.primitive == Primitive::kComplex) return object(map_.types()[field.type], depth);
  return primitive(type, field);
}

std::string RandomFhir::primitive(const Type& type, const Field& field) {
  if (field.name == "reference" || (field.category == Category::kLink && chance(50))) return pick(random_, kReferences);
  if ((type.name == "Extension" && field.name == "url") || (field.name == "system" && chance(60)))
    return pick(random_, kUris);
  switch (field.primitive) {
    case Primitive::kDate:
      return pick(random_, kDates);
    case Primitive::kNumber:
      return pick(random_, kNumbers);
    case Primitive::kBoolean:
      return chance(50) ? "true" : "false";
    case Primitive::kUri:
      return chance(50) ? pick(random_, kUris) : pick(random_, kReferences);
    default:
      return pick(random_, kTexts);
  }
}

std::string RandomFhir::element(int depth) {
  const Type* extension = map_.find("Extension");
  if (chance(10) || !extension) return odd(depth);
  std::string id = chance(30) ? R"("id":"e1",)" : "";
  return "{" + id + "\"extension\":[" + object(*extension, depth + 2) + "]}";
}

std::string RandomFhir::odd(int depth) {
  std::string s = pick(random_, kOdd);
  for (uint64_t n = depth < 6 ? random_.below(6) : 0; n; --n) s = chance(50) ? "[" + s + "]" : "{\"name\":" + s + "}";
  return s;
}

words::Table RandomFhir::table() {
  words::Table t = chance(30) ? words::Table::everything() : words::Table();
  const uint64_t shown = 30 + random_.below(70);
  for (size_t i = 0; i < words::Kind<Category>::count; ++i) {
    auto c = static_cast<Category>(i);
    t[c] = words::kHidden;
    if (!chance(shown)) continue;
    if (chance(50)) t[c] = words::clear(c);
    while (t[c] == words::kHidden)
      t[c] = words::closure(c, static_cast<words::Form>(random_.below(words::Kind<words::Form>::count)));
  }
  if (chance(50)) t[Category::kStructure] = words::clear(Category::kStructure);
  return t;
}

}  // namespace zhimi::testing
