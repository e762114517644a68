// What each rule of the view does, on a small map of its own.
#include "shape/shape.h"

#include <gtest/gtest.h>

namespace zhimi::shape {
namespace {

using words::Category;
using words::Form;

constexpr std::string_view kMap = R"(map fhir-r4 test
system urn:mrn record-number
system urn:card insurance
extension urn:race ethnicity
extension urn:born birth-date
type Patient gate structure
  resourceType structure code
  id link string
  identifier id-number Identifier
  name name HumanName
  nick name string
  telecom phone ContactPoint
  hotline phone string
  address address Address
  birthDate birth-date date
  stay event-date Period
  gender gender code
  note note Annotation
  remark gender string text
  tags structure string
  doctor provider Reference(provider)
  link link Reference
  same = Reference
  source link uri
  contact relative Patient.contact
  extension extension Extension
  contained structure Resource
  text note Narrative
type Patient.contact
  name = HumanName
  phone phone ContactPoint
  role = string
type Observation gate observation
  resourceType structure code
  id link string
  subject = Reference
  value = string
  contained structure Resource
type Bundle gate structure
  resourceType structure code
  entry structure Bundle.entry
  total structure unsignedInt
type Bundle.entry
  id = string
  fullUrl link uri
  resource structure Resource
type HumanName
  id = string
  use = code
  text = string
  family = string
  given = string
  prefix = string
  extension extension Extension
type Identifier
  id = string
  system = uri
  type = string
  value = string
type ContactPoint
  system = code
  value = string
  use = code
type Address
  line = string
  city = string
  district = string
  state = string
  country = string
type Period
  start = dateTime
  end = dateTime
type Annotation
  text = string text
type Narrative
  div = xhtml text
type Reference
  id = string
  reference link string
  type = uri
  display name string
type Reference(provider)
  reference = string
  display = string
type Extension
  id = string
  url = uri
  valueString = string
  valueDate = date
  extension = Extension
)";

const classify::Map& map() {
  static const classify::Map made = *classify::Map::parse(kMap);
  return made;
}

words::Table showing(std::initializer_list<Category> clear) {
  words::Table t;
  t[Category::kStructure] = words::clear(Category::kStructure);
  for (Category c : clear) t[c] = words::clear(c);
  return t;
}
words::Table with(const words::Table& from, Category c, Form form) {
  words::Table t = from;
  t[c] = words::closure(c, form);
  return t;
}

struct Shaper {
  Bytes key = Bytes(32, 7);
  mark::TokenCipher tokens{ByteView(key)};
  Keys keys{.tokens = &tokens, .recipient = 9, .patient_number = 5, .patient_id = "p1", .dial_prefix = "D"};

  std::string token() const { return tokens.token({5, 9}); }
  std::string pseudonym(std::string_view of) const { return tokens.pseudonym(9, of); }
  Result<std::string> operator()(const words::Table& table, std::string_view json) {
    std::string padded(json);
    padded.resize(json.size() + kPaddingBytes, '}');
    Bytes out = to_bytes("before");
    auto view = View::compile(map(), table);
    auto size = shape_fhir(zhimi::view(std::string_view(padded).substr(0, json.size())), *view, keys, out);
    EXPECT_EQ(text(out).substr(0, 6), "before");
    if (!size) {
      EXPECT_EQ(out.size(), 6u) << "a refusal must leave nothing";
      return std::move(size).error();
    }
    EXPECT_EQ(*size, out.size() - 6);
    return std::string(text(out).substr(6));
  }
  // The members of a Patient as they are shown.
  std::string patient(const words::Table& table, std::string_view members) {
    std::string head = R"({"resourceType":"Patient")";
    auto got = (*this)(table, head + (members.empty() ? "" : ",") + std::string(members) + "}");
    if (!got) return got.error().what;
    EXPECT_TRUE(got->starts_with(head)) << *got;
    std::string rest = got->substr(head.size(), got->size() - head.size() - 1);
    return rest.empty() ? rest : rest.substr(1);
  }
};

TEST(Shape, ShowsClearMembersInTheirOrderAndDropsTheRest) {
  Shaper shape;
  auto gender = showing({Category::kGender});
  EXPECT_EQ(shape.patient(gender, R"("birthDate":"1990-01-01","gender":"female","nick":"x")"), R"("gender":"female")");
  EXPECT_EQ(shape.patient(gender, R"("gender":"female","birthDate":"1990-01-01")"), R"("gender":"female")");
  EXPECT_EQ(shape.patient(gender, R"("unknown":{"a":[1,{"gender":"x"}]},"gender":"a\u0062","Gender":"y")"),
            R"("gender":"a\u0062")");
  EXPECT_EQ(shape.patient(showing({}), R"("gender":"female")"), "");
  auto both = showing({Category::kGender, Category::kBirthDate});
  EXPECT_EQ(shape.patient(both, R"("nick":"x","gender":"f","nock":[{}],"birthDate":"1990")"),
            R"("gender":"f","birthDate":"1990")");
}

TEST(Shape, ValuesOfTheWrongKindAreUnknown) {
  Shaper shape;
  auto table = showing({Category::kGender, Category::kName});
  EXPECT_EQ(shape.patient(table, R"("gender":{"x":"secret"},"name":"secret")"), "");
  EXPECT_EQ(shape.patient(table, R"("gender":["a",["b"],{"c":"d"},"e"],"name":[["x"],{"text":"y"},"z"])"),
            R"("gender":["a","e"],"name":[{"text":"y"}])");
}

TEST(Shape, NothingEmptyRemains) {
  Shaper shape;
  auto table = showing({Category::kGender, Category::kRelative});
  EXPECT_EQ(shape.patient(
                table, R"("gender":null,"tags":[],"contact":[{},{"phone":{"value":"1"}},{"phone":[{"value":"1"}]}])"),
            "");
  EXPECT_EQ(shape.patient(table, R"("contact":[{"phone":[{"value":"1"}]},{"role":"wife","phone":{"value":"1"}},{}])"),
            R"("contact":[{"role":"wife"}])");
  EXPECT_EQ(shape.patient(table, R"("tags":[null,"a",null,"b",null])"), R"("tags":["a","b"])");
  EXPECT_EQ(shape.patient(table, R"("tags":[null,null])"), "");
  auto names = showing({Category::kName});
  EXPECT_EQ(shape.patient(names, R"("name":[{"id":"n1"},{"id":"n2","text":"y"}])"),
            R"("name":[{"id":"n2","text":"y"}])")
      << "an element's id alone would tell that something is hidden";
}

TEST(Shape, HiddenElementsHideWhatIsInThem) {
  Shaper shape;
  EXPECT_EQ(shape.patient(showing({Category::kPhone}), R"("contact":[{"phone":{"value":"1"}}])"), "");
}

TEST(Shape, FreeTextNeedsNoteToo) {
  Shaper shape;
  EXPECT_EQ(shape.patient(showing({Category::kGender}), R"("remark":"free","gender":"f")"), R"("gender":"f")");
  EXPECT_EQ(shape.patient(showing({Category::kGender, Category::kNote}), R"("remark":"free")"), R"("remark":"free")");
  EXPECT_EQ(
      shape.patient(showing({Category::kNote}), R"("remark":"free","text":{"div":"<div/>"},"note":[{"text":"n"}])"),
      R"("text":{"div":"<div/>"},"note":[{"text":"n"}])");
}

TEST(Shape, SidecarsNeedTheirFieldAndExtensions) {
  Shaper shape;
  std::string json = R"("birthDate":"1990","_birthDate":{"id":"b","extension":[{"url":"urn:x","valueString":"s"}]})";
  EXPECT_EQ(shape.patient(showing({Category::kBirthDate}), json), R"("birthDate":"1990")");
  EXPECT_EQ(shape.patient(showing({Category::kExtension}), json), "");
  EXPECT_EQ(shape.patient(showing({Category::kBirthDate, Category::kExtension}), json), json);
  auto coarse = with(showing({Category::kExtension}), Category::kBirthDate, Form::kCoarseYear);
  EXPECT_EQ(shape.patient(coarse, json), R"("birthDate":"1990")");
  EXPECT_EQ(
      shape
          .patient(
              showing({Category::kBirthDate, Category::kExtension}),
              R"("_birthDate":{"id":"b"},"_gender":{"extension":[{"url":"urn:x","valueString":"s"}]},"_name":{"id":"x"},"_":{}})")
          .find("sec"),
      std::string::npos);
}

TEST(Shape, SidecarArraysStayAligned) {
  Shaper shape;
  auto table = showing({Category::kExtension});
  auto e = [](std::string url) { return R"({"extension":[{"url":")" + url + R"(","valueString":"s"}]})"; };
  std::string shown = e("urn:x"), hidden = e("urn:race");
  auto both = [&](std::string v, std::string s) { return "\"tags\":" + v + ",\"_tags\":" + s; };
  EXPECT_EQ(shape.patient(table, both(R"(["a",null,"b"])", "[null," + shown + ",null]")),
            both(R"(["a",null,"b"])", "[null," + shown + "]"));
  EXPECT_EQ(shape.patient(table, both(R"(["a",null,"b"])", "[null," + hidden + "," + shown + "]")),
            both(R"(["a","b"])", "[null," + shown + "]"));
  EXPECT_EQ(shape.patient(table, both(R"(["a",null])", "[null," + hidden + "]")), R"("tags":["a"])");
  EXPECT_EQ(shape.patient(table, both("[null]", "[" + shown + "]")), "\"_tags\":[" + shown + "]");
  EXPECT_EQ(shape.patient(table, "\"_tags\":[null," + shown + "," + hidden + "]"), "\"_tags\":[" + shown + "]");
  EXPECT_EQ(shape.patient(table, "\"_tags\":[" + hidden + "," + shown + "],\"tags\":[null,\"a\"]"),
            "\"_tags\":[" + shown + "],\"tags\":[\"a\"]");
  EXPECT_EQ(shape.patient(showing({}), both(R"(["a",null,"b"])", "[null," + shown + ",null]")), R"("tags":["a","b"])");
}

TEST(Shape, ExtensionsByUrl) {
  Shaper shape;
  std::string race = R"({"url":"urn:race","extension":[{"url":"text","valueString":"Han"}]})",
              other = R"({"url":"urn:x","valueString":"s"})";
  std::string json = "\"extension\":[" + race + "," + other + "]";
  EXPECT_EQ(shape.patient(showing({Category::kEthnicity}), json), "\"extension\":[" + race + "]");
  EXPECT_EQ(shape.patient(showing({Category::kExtension}), json), "\"extension\":[" + other + "]");
  EXPECT_EQ(shape.patient(showing({}), json), "");
  EXPECT_EQ(
      shape.patient(showing({Category::kExtension}), R"("extension":[{"valueString":"s","url":"urn:r\u0061ce"}])"), "")
      << "an escape must not change the url";
  EXPECT_EQ(shape.patient(with(showing({}), Category::kBirthDate, Form::kCoarseYear),
                          R"("extension":[{"url":"urn:born","valueDate":"1990-02-03","valueString":"x"}])"),
            R"("extension":[{"url":"urn:born","valueDate":"1990"}])");
  EXPECT_EQ(
      shape.patient(
          showing({Category::kExtension}),
          R"("extension":[{"url":"urn:x"},{"id":"e","url":"urn:x","extension":[{"url":"urn:race","valueString":"Han"}]}])"),
      "");
}

TEST(Shape, IdentifiersBySystem) {
  Shaper shape;
  std::string mrn = R"({"system":"urn:mrn","value":"100200300"})", card = R"({"value":"7","system":"urn:card"})",
              id = R"({"system":"urn:id","value":"1101011990"})";
  std::string json = "\"identifier\":[" + mrn + "," + card + "," + id + "]";
  EXPECT_EQ(shape.patient(showing({Category::kRecordNumber}), json), "\"identifier\":[" + mrn + "]");
  EXPECT_EQ(shape.patient(showing({Category::kInsurance}), json), "\"identifier\":[" + card + "]");
  EXPECT_EQ(shape.patient(showing({Category::kIdNumber}), json), "\"identifier\":[" + id + "]");
  EXPECT_EQ(shape.patient(showing({Category::kIdNumber}), R"("identifier":{"system":"urn:\u006drn","value":"1"})"), "");
  auto tail = with(showing({}), Category::kIdNumber, Form::kMaskedTail);
  EXPECT_EQ(shape.patient(tail, json), R"("identifier":[{"value":"****1990"}])");
  auto tokens = with(with(showing({Category::kInsurance}), Category::kIdNumber, Form::kToken), Category::kRecordNumber,
                     Form::kToken);
  EXPECT_EQ(shape.patient(tokens, json), "\"identifier\":[{\"value\":\"" + shape.token() + "\"}," + card + "]");
}

TEST(Shape, Names) {
  Shaper shape;
  std::string json =
      R"("name":[{"use":"official","text":"欧阳小明","family":"欧阳","given":["小","明"],"prefix":["Dr"]},{"use":"maiden","given":["x"]},{"use":"old"}],"nick":"王五")";
  auto masked = with(showing({}), Category::kName, Form::kMaskedSurname);
  EXPECT_EQ(
      shape.patient(masked, json),
      R"("name":[{"use":"official","text":"欧阳*","family":"欧阳","given":["*"]},{"use":"maiden","given":["*"]}],"nick":"王*")");
  auto token = with(showing({}), Category::kName, Form::kToken);
  EXPECT_EQ(shape.patient(token, json),
            "\"name\":[{\"text\":\"" + shape.token() + "\"}],\"nick\":\"" + shape.token() + "\"");
  EXPECT_EQ(shape.patient(token, R"("nick":["a","b"],"name":{"family":"x"})"),
            "\"nick\":[\"" + shape.token() + "\"],\"name\":{\"text\":\"" + shape.token() + "\"}");
  shape.keys.tokens = nullptr;
  EXPECT_EQ(shape.patient(token, json), "");
}

TEST(Shape, Phones) {
  Shaper shape;
  std::string json =
      R"("telecom":[{"system":"phone","value":"13800138000","use":"home"},{"system":"phone"},{"system":"王","value":"123","use":"x"}],"hotline":["120","13900139000"])";
  auto tail = with(showing({}), Category::kPhone, Form::kMaskedTail);
  EXPECT_EQ(
      shape.patient(tail, json),
      R"("telecom":[{"system":"phone","value":"****8000","use":"home"},{"value":"****"}],"hotline":["****","****9000"])");
  auto dial = with(showing({}), Category::kPhone, Form::kDial);
  std::string shown =
      R"("telecom":[{"system":"phone","value":"dial:D.1"},{"value":"dial:D.2"}],"hotline":["dial:D.3","dial:D.4"])";
  EXPECT_EQ(shape.patient(dial, json), shown);
  EXPECT_EQ(shape.patient(dial, json), shown) << "without a counter each call begins at 1";
  uint32_t dialed = 6;
  shape.keys.dialed = &dialed;
  EXPECT_EQ(shape.patient(dial, R"("hotline":"120")"), R"("hotline":"dial:D.7")");
  EXPECT_EQ(dialed, 7u);
  shape.keys.dial_prefix = {};
  EXPECT_EQ(shape.patient(dial, json), "");
}

TEST(Shape, CoarseDatesAndAddresses) {
  Shaper shape;
  std::string json = R"("birthDate":"1990-02-03","stay":{"start":"2024-01-02T08:00:00+08:00","end":"soon","id":"x"})";
  auto month =
      with(with(showing({}), Category::kBirthDate, Form::kCoarseMonth), Category::kEventDate, Form::kCoarseMonth);
  EXPECT_EQ(shape.patient(month, json), R"("birthDate":"1990-02","stay":{"start":"2024-01"})");
  auto year = with(with(showing({}), Category::kBirthDate, Form::kCoarseYear), Category::kEventDate, Form::kCoarseYear);
  EXPECT_EQ(shape.patient(year, json), R"("birthDate":"1990","stay":{"start":"2024"})");
  EXPECT_EQ(shape.patient(year, R"("birthDate":"February 1990","stay":{"end":"soon"})"), "");
  std::string home =
      R"("address":[{"line":["x 1"],"country":"CN","district":"d","city":"c","state":"s"},{"line":["y"]}])";
  EXPECT_EQ(shape.patient(with(showing({}), Category::kAddress, Form::kCoarseCity), home),
            R"("address":[{"city":"c","state":"s","country":"CN"}])");
  EXPECT_EQ(shape.patient(with(showing({}), Category::kAddress, Form::kCoarseProvince), home),
            R"("address":[{"state":"s","country":"CN"}])");
}

TEST(Shape, LinksAsTokens) {
  Shaper shape;
  auto table = with(showing({Category::kProvider}), Category::kLink, Form::kToken);
  std::string t = shape.token();
  EXPECT_EQ(shape.patient(table, R"("id":"p1")"), "\"id\":\"" + t + "\"");
  EXPECT_EQ(shape.patient(table, R"("id":"p2")"), "\"id\":\"" + shape.pseudonym("Patient/p2") + "\"");
  EXPECT_EQ(shape.patient(table, R"("same":{"reference":"Patient/p1","type":"Patient","display":"王小明","id":"r"})"),
            "\"same\":{\"reference\":\"Patient/" + t + "\",\"type\":\"Patient\",\"id\":\"r\"}");
  EXPECT_EQ(
      shape.patient(
          table,
          R"("link":[{"reference":"http://h/f/Patient\/p1","type":"Patient","id":"r"},{"reference":"Observation/o1"}])"),
      "\"link\":[{\"reference\":\"Patient/" + t + "\"},{\"reference\":\"Observation/" +
          shape.pseudonym("Observation/o1") + "\"}]");
  EXPECT_EQ(shape.patient(table, R"("source":"urn:uuid:p1")"), "\"source\":\"" + t + "\"");
  EXPECT_EQ(shape.patient(table, R"("source":["urn:uuid:p9","x"])"),
            "\"source\":[\"" + shape.pseudonym("urn:uuid:p9") + "\",\"" + shape.pseudonym("x") + "\"]");
  EXPECT_EQ(shape.patient(
                table, R"("same":{"reference":"#c"},"contained":[{"resourceType":"Patient","id":"c","gender":"f"}])"),
            "\"same\":{\"reference\":\"#" + shape.pseudonym("#c") +
                "\"},\"contained\":[{\"resourceType\":\"Patient\",\"id\":\"" + shape.pseudonym("#c") + "\"}]");
  EXPECT_EQ(shape.patient(table, R"("doctor":{"reference":"Practitioner/1","display":"Dr. Li"})"),
            R"("doctor":{"reference":"Practitioner/1","display":"Dr. Li"})");
}

TEST(Shape, GatesWithholdWholeResources) {
  Shaper shape;
  auto no = showing({Category::kGender}), yes = showing({Category::kGender, Category::kObservation});
  EXPECT_EQ(*shape(no, R"({"resourceType":"Observation","value":"x"})"), "");
  EXPECT_EQ(*shape(yes, R"({"resourceType":"Observation","value":"x"})"),
            R"({"resourceType":"Observation","value":"x"})");
  EXPECT_EQ(*shape(yes, R"({"resourceType":"Strange","value":"x"})"), "");
  EXPECT_EQ(*shape(yes, R"({"value":"x"})"), "");
  EXPECT_EQ(*shape(words::Table(), R"({"resourceType":"Patient","tags":"x"})"), "");
  std::string inner = R"({"resourceType":"Observation","value":"x"})";
  EXPECT_EQ(shape.patient(no, "\"contained\":[" + inner +
                                  R"(,{"resourceType":"Patient","gender":"f"},{"value":"x"}],"gender":"m")"),
            R"("contained":[{"resourceType":"Patient","gender":"f"}],"gender":"m")");
  EXPECT_EQ(shape.patient(no, "\"contained\":[" + inner + "]"), "");
  EXPECT_EQ(*shape(no, R"({"resourceType":"Bundle","total":2,"entry":[{"id":"1","resource":)" + inner +
                           R"(},{"resource":{"gender":"f","resourceType":"Patient"}},{"id":"3"}]})"),
            R"({"resourceType":"Bundle","entry":[{"resource":{"gender":"f","resourceType":"Patient"}}]})");
  auto view = View::compile(map(), no);
  EXPECT_TRUE(view->shows("Patient"));
  EXPECT_FALSE(view->shows("Observation"));
  EXPECT_FALSE(view->shows("Strange"));
  EXPECT_FALSE(view->shows(""));
  EXPECT_FALSE(view->shows("Patient.contact"));
}

TEST(Shape, DialNumbersSkipWithheldEntries) {
  Shaper shape;
  auto dial = with(showing({}), Category::kPhone, Form::kDial);
  EXPECT_EQ(shape.patient(dial, R"("contact":[{"phone":{"value":"1"}}],"hotline":"1")"), R"("hotline":"dial:D.1")");
}

TEST(Shape, WhiteSpaceMakesNoDifference) {
  Shaper shape;
  auto table = showing({Category::kGender, Category::kName, Category::kExtension});
  EXPECT_EQ(*shape(table,
                   " { \"resourceType\" :\t\"Patient\" ,\n \"x\" : [ 1 ] , \"gender\"\r: \"f m\" , \"name\" : [ { "
                   "\"given\" : [ \"a\" , null , \"b\" ] } , { } ] } "),
            R"({"resourceType":"Patient","gender":"f m","name":[{"given":["a","b"]}]})");
}

TEST(Shape, RefusesBrokenBytesAndLeavesNothing) {
  Shaper shape;
  auto table = words::Table::everything();
  for (std::string_view json : {"",
                                " ",
                                "{",
                                "}",
                                "[]",
                                "{}}",
                                "\"x\"",
                                R"({"resourceType":"Patient")",
                                R"({"resourceType":"Patient"}{})",
                                R"({"resourceType":"Patient",})",
                                R"({"resourceType":"Patient","gender":"a","gender":"b"})",
                                R"({"resourceType":"Patient","resourceType":"Patient"})",
                                R"({"resourceType":"Patient","\u0067ender":"b"})",
                                R"({"resourceType":"Patient","tags":["a"})",
                                R"({"resourceType":"Patient","name":{"text":"a"]})",
                                R"({"resourceType":"Patient","gender":})",
                                R"({"resourceType":"Patient","gender"})",
                                "{\"resourceType\":\"Patient\",\"gender\":\"\xff\"}",
                                "{\"resourceType\":\"Patient\",\"gender\":\"\n\"}",
                                R"({"resourceType":"Patient","gender":"})",
                                R"({"resourceType":"Patient",:"x"})",
                                R"({"resourceType":"Patient","x":[[[}}})"}) {
    auto got = shape(table, json);
    ASSERT_FALSE(got) << json;
    EXPECT_EQ(got.error().code, Code::kInvalid);
  }
  std::string deep = R"({"resourceType":"Patient","extension":)";
  for (int i = 0; i < 100'000; ++i) deep += R"({"url":"urn:x","extension":)";
  EXPECT_FALSE(shape(table, deep + "1" + std::string(100'000, '}') + "}"));
}

}  // namespace
}  // namespace zhimi::shape
