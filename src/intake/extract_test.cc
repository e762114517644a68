#include "intake/extract.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/file.h"
#include "intake/intake.h"
#include "intake/ties.h"
#include "shape/shape.h"

namespace zhimi::intake {
namespace {

const classify::Map& real_map() {
  static const classify::Map* map = [] {
    auto bytes = read_file(ZHIMI_SOURCE_DIR "/packs/maps/fhir-r4.map", 16 << 20);
    auto parsed = classify::Map::parse(text(*bytes));
    return new classify::Map(std::move(*parsed));
  }();
  return *map;
}

const classify::Labels& few_labels() {
  static const auto* labels =
      new classify::Labels(std::move(*classify::Labels::parse("hiv\ticd10\tB20-B24\tHIV disease\tHIV\n"
                                                              "psychiatric\ticd10\tF20\tschizophrenia\t-\n"
                                                              "reproductive\tsnomed\t77386006\tpregnancy\t-\n"
                                                              "vip\tact\tCEL\tcelebrity\t-\n")));
  return *labels;
}

class ExtractTest : public ::testing::Test {
 protected:
  Result<vault::NewRecord> extract(std::string json, std::string_view full_url = "") {
    for (char& c : json)
      if (c == '\'') c = '"';
    json.append(64, '\0');
    minified_.clear();
    ZHIMI_CHECK(shape::check_fhir(view(std::string_view(json).substr(0, json.size() - 64)), minified_));
    size_t size = minified_.size();
    minified_.resize(size + 64);
    return extractor_.extract(ByteView(minified_).first(size), full_url);
  }
  std::string patient(const std::string& json, std::string_view full_url = "") {
    auto r = extract(json, full_url);
    return r ? "<" + r->patient + ">" : std::string(code_name(r.error().code)) + ": " + r.error().what;
  }
  // One line a tie: relation actor-or-department [from, until) and ? when it is possible only.
  std::vector<std::string> ties(const std::string& json, std::string_view full_url = "") {
    auto r = extract(json, full_url);
    if (!r) return {r.error().what};
    std::vector<std::string> out;
    for (const vault::Tie& t : r->ties)
      out.push_back(fmt::format("{}{} {}{} {}..{}", words::name(t.relation), t.certain ? "" : "?",
                                t.department.empty() ? "" : "@", t.department.empty() ? t.actor : t.department,
                                t.from_ms == 0 ? "" : utc_time(t.from_ms).substr(0, 10),
                                t.until_ms == INT64_MAX ? "" : utc_time(t.until_ms).substr(0, 10)));
    return out;
  }
  std::vector<std::string> labels(const std::string& json) {
    auto r = extract(json);
    if (!r) return {r.error().what};
    std::vector<std::string> out;
    r->labels.each([&](words::Label l) { out.emplace_back(words::name(l)); });
    return out;
  }

  KnownReferences known_;
  Extractor extractor_{real_map(), few_labels(), known_};
  Bytes minified_;
};

using Lines = std::vector<std::string>;

TEST_F(ExtractTest, WhoseItIs) {
  EXPECT_EQ(patient("{'resourceType':'Patient','id':'a'}"), "<a>");
  EXPECT_EQ(patient("{'resourceType':'Observation','id':'o','subject':{'reference':'Patient/a'}}"), "<a>");
  EXPECT_EQ(patient("{'resourceType':'Observation','id':'o','subject':{'reference':'Patient/a/_history/3'}}"), "<a>");
  EXPECT_EQ(patient("{'resourceType':'Observation','id':'o','subject':{'reference':'https://x.y/fhir/Patient/a'}}"),
            "<a>");
  EXPECT_EQ(patient("{'resourceType':'Observation','id':'o','subject':{'reference':'urn:uuid:1-2'}}"), "<1-2>")
      << "the uuid is the id";
  EXPECT_EQ(patient("{'resourceType':'Claim','id':'o','patient':{'reference':'Patient/b'}}"), "<b>");
  EXPECT_EQ(patient("{'resourceType':'Coverage','id':'o','beneficiary':{'reference':'Patient/"
                    "b'},'subscriber':{'reference':'Patient/c'}}"),
            "<b>");
  EXPECT_EQ(patient("{'resourceType':'Task','id':'o','for':{'reference':'Patient/b'}}"), "<b>");
  EXPECT_EQ(patient("{'resourceType':'Appointment','id':'o','participant':[{'actor':{'reference':'Practitioner/d'}},"
                    "{'actor':{'reference':'Patient/b'}},{'actor':{'reference':'Patient/b'}}]}"),
            "<b>");
  EXPECT_EQ(patient("{'resourceType':'AuditEvent','id':'o','agent':[{'who':{'reference':'Patient/mother'}}],"
                    "'entity':[{'what':{'reference':'Patient/child'}}]}"),
            "<child>");
  EXPECT_EQ(patient("{'resourceType':'AuditEvent','id':'o','agent':[{'who':{'reference':'Patient/mother'}}]}"),
            "<mother>");
}

TEST_F(ExtractTest, TheHospitalsOwn) {
  for (const char* type : {"Practitioner", "Organization", "Location", "PractitionerRole", "Device", "Questionnaire",
                           "Medication", "Slot", "Group"})
    EXPECT_EQ(patient(fmt::format("{{'resourceType':'{}','id':'x'}}", type)), "<>") << type;
  EXPECT_EQ(
      patient(
          "{'resourceType':'Schedule','id':'x','actor':[{'reference':'Practitioner/d'},{'reference':'Location/l'}]}"),
      "<>");
  EXPECT_EQ(patient("{'resourceType':'Observation','id':'x','subject':{'reference':'Location/l'}}"), "<>");
}

TEST_F(ExtractTest, RefusesWhatCannotBeAttributed) {
  auto refused = [&](const std::string& json, std::string_view what) {
    std::string got = patient(json);
    EXPECT_TRUE(got.starts_with("invalid: ")) << got;
    EXPECT_NE(got.find(what), std::string::npos) << got;
  };
  refused("{'resourceType':'Observation','id':'o'}", "names no patient");
  refused("{'resourceType':'Observation','id':'o','subject':{'display':'Mother Wang'}}", "cannot be followed");
  refused("{'resourceType':'Observation','id':'o','subject':{'reference':'Group/g'}}", "cannot be followed");
  refused("{'resourceType':'Observation','id':'o','subject':{'reference':'Patient?identifier=a|b'}}",
          "cannot be followed");
  refused("{'resourceType':'Observation','id':'o','subject':{'type':'Patient','identifier':{'value':'1'}}}",
          "cannot be followed");
  refused(
      "{'resourceType':'Observation','id':'o','subject':{'reference':'#p'},'contained':[{'resourceType':'Patient','id':"
      "'p'}]}",
      "cannot be followed");
  refused("{'resourceType':'Appointment','id':'o','participant':[{'actor':{'reference':'urn:uuid:1'}}]}",
          "cannot be followed");
  refused(
      "{'resourceType':'Appointment','id':'o','participant':[{'actor':{'reference':'Patient/"
      "a'}},{'actor':{'reference':'Patient/b'}}]}",
      "two different");
  refused(
      "{'resourceType':'Group','id':'o','member':[{'entity':{'reference':'Patient/a'}},{'entity':{'reference':'Patient/"
      "b'}}]}",
      "two different");
  refused(
      "{'resourceType':'Observation','id':'o','subject':{'reference':'Patient/"
      "a'},'contained':[{'resourceType':'Condition','id':'c',"
      "'subject':{'reference':'Patient/b'}}]}",
      "another patient");
  refused("{'resourceType':'Questionnaire','id':'o','contained':[{'resourceType':'Patient','id':'c'}]}",
          "only as a contained");
  refused(
      "{'resourceType':'Questionnaire','id':'o','contained':[{'resourceType':'Condition','id':'c','subject':{'"
      "reference':'Patient/b'}}]}",
      "another patient");
  refused("{'resourceType':'Binary','id':'o'}", "securityContext");
  refused("{'resourceType':'Bundle','id':'o'}", "not a record");
  refused("{'resourceType':'Parameters','id':'o'}", "not a record");
  refused("{'resourceType':'Observatory','id':'o'}", "not one of FHIR R4");
  refused("{'resourceType':'HumanName','id':'o'}", "not one of FHIR R4");
  refused("{'resourceType':'Patient'}", "no id");
  refused("{'resourceType':'Patient','id':7}", "no id");
  refused("{'resourceType':'Patient','id':'a b'}", "1 to 64");
  refused("{'resourceType':'Patient','id':'" + std::string(65, 'a') + "'}", "1 to 64");
}

TEST_F(ExtractTest, TakesAMissingIdFromTheFullUrl) {
  EXPECT_EQ(patient("{'resourceType':'Patient'}", "urn:uuid:1-2"), "<1-2>");
  EXPECT_EQ(patient("{'resourceType':'Patient'}", "http://x/fhir/Patient/p9"), "<p9>");
  EXPECT_NE(patient("{'resourceType':'Patient'}", "http://x/fhir/Person/p9").find("no id"), std::string::npos);
  EXPECT_EQ(extract("{'resourceType':'Patient'}", "http://x/fhir/Patient/p9/_history/2")->id.id, "p9");
}

TEST_F(ExtractTest, FollowsFullUrlsAndNoticesWhatIsToldLate) {
  EXPECT_EQ(patient("{'resourceType':'Observation','id':'o','subject':{'reference':'urn:uuid:1'}}"), "<1>");
  EXPECT_FALSE(known_.told_later());
  EXPECT_EQ(patient("{'resourceType':'Patient','id':'p1'}", "urn:uuid:1"), "<p1>");
  EXPECT_TRUE(known_.told_later()) << "the observation above went to the wrong patient";
  EXPECT_EQ(patient("{'resourceType':'Observation','id':'o','subject':{'reference':'urn:uuid:1'}}"), "<p1>");
  known_.begin_again();
  EXPECT_EQ(patient("{'resourceType':'Observation','id':'o','subject':{'reference':'urn:uuid:1'}}"), "<p1>");
  EXPECT_EQ(patient("{'resourceType':'Patient','id':'p1'}", "urn:uuid:1"), "<p1>");
  EXPECT_FALSE(known_.told_later());
  EXPECT_EQ(patient("{'resourceType':'Patient','id':'p2'}", "urn:uuid:1"), "<p2>");
  EXPECT_TRUE(known_.told_later()) << "one fullUrl for two";
}

TEST_F(ExtractTest, ADocumentBelongsToThePatientOfItsReference) {
  EXPECT_EQ(patient("{'resourceType':'Binary','id':'b','securityContext':{'reference':'Patient/a'}}"), "<a>");
  EXPECT_EQ(patient("{'resourceType':'DocumentReference','id':'d','subject':{'reference':'Patient/a'},"
                    "'content':[{'attachment':{'url':'http://x/Binary/b'}},{'attachment':{'url':'urn:uuid:7'}}]}"),
            "<a>");
  EXPECT_EQ(patient("{'resourceType':'Binary','id':'b'}"), "<a>");
  EXPECT_EQ(patient("{'resourceType':'Binary','id':'c'}", "urn:uuid:7"), "<a>");
  EXPECT_EQ(patient("{'resourceType':'DocumentReference','id':'e','subject':{'reference':'Patient/"
                    "z'},'content':[{'attachment':{'url':'Binary/b'}}]}"),
            "<z>");
  EXPECT_TRUE(known_.told_later());
  EXPECT_NE(patient("{'resourceType':'Binary','id':'b'}").find("invalid"), std::string::npos)
      << "two patients point to it";
}

TEST_F(ExtractTest, LabelsFromEveryCode) {
  EXPECT_EQ(labels("{'resourceType':'Condition','id':'c','subject':{'reference':'Patient/"
                   "a'},'code':{'coding':[{'system':'http://hl7.org/fhir/sid/icd-10',"
                   "'code':'B20'}]}}"),
            Lines{"hiv"});
  EXPECT_EQ(labels("{'resourceType':'Condition','id':'c','subject':{'reference':'Patient/"
                   "a'},'code':{'coding':[{'code':'F20'}]}}"),
            Lines{"psychiatric"})
      << "without a system";
  EXPECT_EQ(labels("{'resourceType':'Patient','id':'c','meta':{'security':[{'system':'http://terminology.hl7.org/"
                   "CodeSystem/v3-ActCode','code':'CEL'}]}}"),
            Lines{"vip"});
  EXPECT_EQ(labels("{'resourceType':'Observation','id':'c','subject':{'reference':'Patient/"
                   "a'},'contained':[{'resourceType':'Condition','id':'x',"
                   "'subject':{'reference':'Patient/a'},'code':{'coding':[{'system':'http://snomed.info/"
                   "sct','code':'77386006'}]}}],"
                   "'extension':[{'url':'u','valueCoding':{'system':'http://hl7.org/fhir/sid/icd-10','code':'B24'}}]}"),
            (Lines{"reproductive", "hiv"}));
  EXPECT_EQ(labels("{'resourceType':'Observation','id':'c','subject':{'reference':'Patient/"
                   "a'},'valueQuantity':{'system':'http://unitsofmeasure.org','code':'F20'}}"),
            Lines{})
      << "a unit is no diagnosis";
  auto again = labels_of(few_labels(), R"({"resourceType":"Basic","code":{"coding":[{"code":"B20"}]}})");
  EXPECT_TRUE(again->has(words::Label::kHiv));
}

TEST_F(ExtractTest, BirthAndGone) {
  EXPECT_EQ(extract("{'resourceType':'Patient','id':'a','birthDate':'1990-05-01'}")->birth_ms,
            *parse_fhir_time("1990-05-01"));
  EXPECT_EQ(extract("{'resourceType':'Patient','id':'a','birthDate':'soon'}")->birth_ms, INT64_MIN);
  EXPECT_FALSE(extract("{'resourceType':'Patient','id':'a'}")->gone);
  EXPECT_TRUE(
      extract("{'resourceType':'Observation','id':'a','status':'entered-in-error','subject':{'reference':'Patient/a'}}")
          ->gone);
  EXPECT_TRUE(extract("{'resourceType':'Condition','id':'a','verificationStatus':{'coding':[{'code':'entered-in-error'}"
                      "]},'subject':{'reference':'Patient/a'}}")
                  ->gone);
}

std::string encounter(const std::string& status, const std::string& rest) {
  return "{'resourceType':'Encounter','id':'e','subject':{'reference':'Patient/a'},'status':'" + status + "'," + rest +
         "}";
}
std::string participant(const std::string& code, const std::string& who, const std::string& rest = "") {
  return "{'type':[{'coding':[{'code':'" + code + "'}]}],'individual':{'reference':'" + who + "'}" + rest + "}";
}
const std::string kMay =
    "'period':{'start':'2026-05-01','end':'2026-05-10'}";  // local midnight is 16:00 UTC the day before

TEST_F(ExtractTest, EncounterTies) {
  std::string all =
      "'participant':[" + participant("ATND", "Practitioner/1") + "," + participant("PPRF", "Practitioner/2") + "," +
      participant("CON", "PractitionerRole/3") + "," + participant("SPRF", "Practitioner/4") +
      ",{'individual':{'reference':'urn:uuid:5'}}," + participant("PART", "RelatedPerson/6") +
      "],'serviceProvider':{'reference':'Organization/ob'},'location':[{'location':{'reference':'Location/w3'}}]";
  EXPECT_EQ(ties(encounter("in-progress", all + ",'period':{'start':'2026-05-01'}")),
            (Lines{"attending Practitioner/1 2026-04-30..", "attending Practitioner/2 2026-04-30..",
                   "consulted PractitionerRole/3 2026-04-30..", "care-team Practitioner/4 2026-04-30..",
                   "care-team uuid:5 2026-04-30..", "department @Organization/ob 2026-04-30..",
                   "department @Location/w3 2026-04-30.."}));
  std::string one = "'participant':[" + participant("ATND", "Practitioner/1") + "]";
  EXPECT_EQ(ties(encounter("finished", one + "," + kMay)), Lines{"attending Practitioner/1 2026-04-30..2026-06-09"})
      << "thirty days after discharge";
  EXPECT_EQ(ties(encounter("finished", one)), Lines{"attending? Practitioner/1 .."}) << "over, but since when";
  EXPECT_EQ(ties(encounter("planned", one + "," + kMay)), Lines{"attending Practitioner/1 2026-04-29..2026-06-09"});
  EXPECT_EQ(ties(encounter("planned", one)), Lines{"attending? Practitioner/1 .."});
  EXPECT_EQ(ties(encounter("unknown", one)), Lines{"attending? Practitioner/1 .."});
  EXPECT_EQ(ties(encounter("cancelled", one)), Lines{});
  EXPECT_EQ(ties(encounter("entered-in-error", one)), Lines{});
  EXPECT_EQ(ties(encounter("in-progress", "'participant':[" +
                                              participant("ATND", "Practitioner/1", ",'period':{'end':'2026-05-02'}") +
                                              "],'period':{'start':'2026-05-01'}")),
            Lines{"attending Practitioner/1 2026-04-30..2026-06-01"})
      << "handed over";
  EXPECT_EQ(ties(encounter("in-progress",
                           "'location':[{'status':'completed','location':{'reference':'Location/"
                           "w3'},'period':{'start':'2026-05-01','end':'2026-05-02'}}]")),
            Lines{"department @Location/w3 2026-04-30..2026-06-01"});
}

TEST_F(ExtractTest, NobodyTiesHimself) {
  std::string mine =
      "'contained':[{'resourceType':'Provenance','id':'p','target':[{'reference':'Encounter/"
      "e'}],'agent':[{'who':{'reference':'Practitioner/1'}}]}],";
  EXPECT_EQ(ties(encounter("in-progress", mine + "'participant':[" + participant("ATND", "Practitioner/1") + "," +
                                              participant("ATND", "Practitioner/2") + "]")),
            (Lines{"attending? Practitioner/1 ..", "attending Practitioner/2 .."}));
  std::string order =
      "{'resourceType':'ServiceRequest','id':'s','status':'active','intent':'order','subject':{'reference':'Patient/"
      "a'},"
      "'requester':{'reference':'Practitioner/1'},'performer':[{'reference':'Practitioner/"
      "1'},{'reference':'Practitioner/2'}]}";
  EXPECT_EQ(ties(order),
            (Lines{"ordered? Practitioner/1 ..", "ordered Practitioner/2 ..", "care-team? Practitioner/1 .."}));
  EXPECT_EQ(extract(order)->ties[1].author, "Practitioner/1");
}

TEST_F(ExtractTest, OrderTies) {
  auto order = [](const std::string& type, const std::string& rest) {
    return "{'resourceType':'" + type +
           "','id':'s','subject':{'reference':'Patient/a'},'for':{'reference':'Patient/a'}," + rest + "}";
  };
  std::string us = "'authoredOn':'2026-05-01','performer':[{'reference':'Organization/us'}]";
  EXPECT_EQ(ties(order("ServiceRequest", "'status':'active','intent':'order'," + us)),
            (Lines{"ordered Organization/us 2026-04-30..", "ordered @Organization/us 2026-04-30.."}));
  EXPECT_EQ(
      ties(order("ServiceRequest", "'status':'completed','intent':'order','occurrenceDateTime':'2026-05-03'," + us))[1],
      "ordered @Organization/us 2026-04-30..2026-06-02");
  EXPECT_EQ(ties(order("ServiceRequest", "'status':'active','intent':'proposal'," + us))[1],
            "ordered? @Organization/us 2026-04-30..");
  for (const char* status : {"draft", "revoked", "entered-in-error"})
    EXPECT_EQ(ties(order("ServiceRequest", fmt::format("'status':'{}','intent':'order',{}", status, us))), Lines{})
        << status;
  EXPECT_EQ(
      ties(order(
          "MedicationRequest",
          "'status':'active','intent':'order','dispenseRequest':{'performer':{'reference':'Organization/ph'}}"))[1],
      "ordered @Organization/ph ..");
  EXPECT_EQ(ties(order("Task",
                       "'status':'in-progress','intent':'order','owner':{'reference':'Practitioner/"
                       "9'},'requester':{'reference':'Practitioner/1'}"))[0],
            "ordered Practitioner/9 ..");
  EXPECT_EQ(ties(order("Task",
                       "'status':'completed','intent':'order','lastModified':'2026-05-01T08:00:00Z','owner':{'"
                       "reference':'Practitioner/9'}"))[0],
            "ordered Practitioner/9 ..2026-05-31");
}

TEST_F(ExtractTest, AppointmentTies) {
  auto booking = [](const std::string& status,
                    const std::string& rest = "'start':'2026-05-01T09:00:00+08:00','end':'2026-05-01T09:15:00+08:00'",
                    const std::string& answer = "accepted") {
    return "{'resourceType':'Appointment','id':'b','status':'" + status +
           "','participant':[{'actor':{'reference':'Patient/a'},'status':'accepted'},"
           "{'actor':{'reference':'Practitioner/1'},'status':'" +
           answer +
           "'},{'actor':{'reference':'HealthcareService/us'}},"
           "{'actor':{'reference':'Device/kiosk-1'}},{'actor':{'reference':'Organization/partner-x'}}]," +
           rest + "}";
  };
  EXPECT_EQ(ties(booking("booked")), (Lines{"scheduled Practitioner/1 2026-04-30..2026-05-02",
                                            "scheduled @HealthcareService/us 2026-04-30..2026-05-02",
                                            "scheduled Device/kiosk-1 2026-04-30..2026-05-02",
                                            "scheduled Organization/partner-x 2026-04-30..2026-05-02",
                                            "scheduled @Organization/partner-x 2026-04-30..2026-05-02"}));
  EXPECT_EQ(ties(booking("pending"))[0], "scheduled? Practitioner/1 2026-04-30..2026-05-02");
  EXPECT_EQ(ties(booking("booked", "'start':'2026-05-01T09:00:00+08:00','minutesDuration':1440"))[0],
            "scheduled Practitioner/1 2026-04-30..2026-05-03");
  EXPECT_EQ(ties(booking("booked", "'start':'2026-05-01T09:00:00+08:00'", "tentative"))[0],
            "scheduled? Practitioner/1 2026-04-30..2026-05-02");
  EXPECT_EQ(ties(booking("booked", "'start':'2026-05-01T09:00:00+08:00'", "declined"))[0],
            "scheduled @HealthcareService/us 2026-04-30..2026-05-02");
  for (const char* status : {"cancelled", "noshow", "waitlist", "entered-in-error", ""})
    EXPECT_EQ(ties(booking(status)), Lines{}) << status;
  EXPECT_EQ(ties(booking("booked", "'comment':'undated'")), Lines{});
}

TEST_F(ExtractTest, TeamReportAndPatientTies) {
  std::string team =
      "'subject':{'reference':'Patient/"
      "a'},'period':{'start':'2026-05-01'},'participant':[{'member':{'reference':'Patient/a'}},"
      "{'member':{'reference':'Practitioner/1'},'period':{'end':'2026-05'}},{'member':{'reference':'Organization/"
      "ob'}}]}";
  EXPECT_EQ(ties("{'resourceType':'CareTeam','id':'t','status':'active'," + team),
            (Lines{"care-team Practitioner/1 2026-04-30..2026-05-31", "department @Organization/ob 2026-04-30.."}));
  EXPECT_EQ(ties("{'resourceType':'CareTeam','id':'t','status':'inactive'," + team), Lines{});
  EXPECT_EQ(ties("{'resourceType':'CareTeam','id':'t'," + team)[0], "care-team? Practitioner/1 2026-04-30..2026-05-31");
  EXPECT_EQ(ties("{'resourceType':'Patient','id':'a','generalPractitioner':[{'reference':'Practitioner/"
                 "1'},{'reference':'Organization/o'}],"
                 "'managingOrganization':{'reference':'Organization/o'}}"),
            Lines{"care-team Practitioner/1 .."});
  std::string report =
      "'status':'final','subject':{'reference':'Patient/"
      "a'},'effectiveDateTime':'2026-05-01','performer':[{'reference':'Practitioner/1'}]}";
  EXPECT_EQ(ties("{'resourceType':'DiagnosticReport','id':'r','basedOn':[{'reference':'ServiceRequest/s'}]," + report),
            Lines{"ordered Practitioner/1 2026-04-30..2026-05-31"});
  EXPECT_EQ(ties("{'resourceType':'DiagnosticReport','id':'r'," + report),
            Lines{"ordered? Practitioner/1 2026-04-30..2026-05-31"})
      << "nobody asked for it";
}

TEST_F(ExtractTest, RelatedPersonTies) {
  auto relative = [](const std::string& code, const std::string& rest = "'active':true") {
    return "{'resourceType':'RelatedPerson','id':'r','patient':{'reference':'Patient/"
           "kid'},'relationship':[{'coding':[{'code':'" +
           code + "'}]}]," + rest + "}";
  };
  EXPECT_EQ(ties(relative("GUARD")), Lines{"guardian RelatedPerson/r .."});
  EXPECT_EQ(ties(relative("MTH")), Lines{"guardian? RelatedPerson/r .."}) << "of whom nobody knows the age";
  EXPECT_TRUE(known_.hopeful());
  EXPECT_TRUE(known_.wanted_births().contains("kid"));
  known_.learn_birth("kid", *parse_fhir_time("2020-01-01T00:00:00Z"));
  EXPECT_EQ(ties(relative("MTH")), Lines{"guardian RelatedPerson/r ..2037-12-31"}) << "eighteen years of 365.25 days";
  EXPECT_EQ(ties(relative("HPOWATT")), Lines{"proxy RelatedPerson/r .."});
  EXPECT_EQ(ties(relative("WIFE", "'period':{'end':'2026-05-01'}")), Lines{"proxy? RelatedPerson/r ..2026-05-01"})
      << "kinship alone is no authority";
  EXPECT_EQ(ties(relative("GUARD", "'active':false")), Lines{});
}

TEST_F(ExtractTest, ReferencesToStaff) {
  auto who = [&](const std::string& reference, std::string_view full_url = "") {
    return ties(encounter("in-progress", "'participant':[{'individual':" + reference + "}]"), full_url)[0];
  };
  EXPECT_EQ(who("{'reference':'http://x/fhir/Practitioner/1'}", "http://x/fhir/Encounter/e"),
            "care-team Practitioner/1 ..");
  EXPECT_EQ(who("{'reference':'http://x/fhir/Practitioner/1'}"), "care-team? Practitioner/1 ..")
      << "perhaps of another hospital";
  EXPECT_EQ(who("{'reference':'http://y/fhir/Practitioner/1'}", "http://x/fhir/Encounter/e"),
            "care-team? Practitioner/1 ..");
  EXPECT_EQ(who("{'reference':'Practitioner?identifier=http://npi|9'}"),
            "care-team Practitioner?identifier=http://npi|9 ..");
  EXPECT_EQ(who("{'type':'Practitioner','identifier':{'system':'http://npi','value':'9'}}"),
            "care-team Practitioner?identifier=http://npi|9 ..");
  ASSERT_TRUE(extract("{'resourceType':'Practitioner','id':'d-017'}", "urn:uuid:77"));
  EXPECT_EQ(who("{'reference':'urn:uuid:77'}"), "care-team Practitioner/d-017 ..");
}

TEST_F(ExtractTest, TooManyTies) {
  std::string many = participant("ATND", "Practitioner/1");
  for (size_t i = 0; i < kTies; ++i) many += "," + participant("ATND", "Practitioner/" + std::to_string(i));
  auto r = extract(encounter("in-progress", "'participant':[" + many + "]"));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, Code::kTooLarge);
}

}  // namespace
}  // namespace zhimi::intake
