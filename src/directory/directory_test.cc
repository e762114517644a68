#include "directory/directory.h"

#include <gtest/gtest.h>

#include <set>

#include "base/file.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "directory/readers.h"

namespace zhimi::directory {
namespace {

using Texts = std::vector<std::string>;
using words::Role, words::Step, words::Terminal;

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

constexpr std::string_view kSmall = R"(# a hospital of one department
[hospital]
name_en = "Small Hospital"
name_zh = "小医院"

[[department]]
id = "dept-obs"
name_zh = "产科"

[[terminal]]
id = "obs-1"
kind = "workstation"
department = "dept-obs"
steps = ["prescribing", "住院"]

[[terminal]]
id = "screen-1"
kind = "公共终端"
steps = ["queue"]

[[terminal]]
id = "kiosk-1"
kind = "public"
steps = ["registration", "consultation"]

[[terminal]]
id = "api"
kind = "service"

[[account]]
id = "wang.min"
name_en = "Wang Min"
name_zh = "王敏"
roles = ["physician", "会诊医师"]
department = "dept-obs"
steps = ["prescribing", "transfer"]
terminals = ["obs-1", "api"]
references = ["Practitioner/d-017"]

[[account]]
id = "partner:app"
name_en = "An App"
roles = ["partner-app"]
terminals = ["api"]
references = ["Organization/partner-app"]
recipient = 77
)";

Directory small() {
  auto d = Directory::parse(kSmall, "hospital.toml");
  EXPECT_TRUE(d) << d.error().what;
  return std::move(*d);
}

// The text with its first `from` replaced.
std::string with(std::string_view from, std::string_view to, std::string_view text = kSmall) {
  std::string s(text);
  size_t at = s.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return s.replace(at, from.size(), to);
}

std::string mistakes(std::string_view toml) {
  auto d = Directory::parse(toml, "h.toml");
  EXPECT_FALSE(d) << toml;
  if (d) return {};
  EXPECT_EQ(d.error().code, Code::kInvalid);
  return d.error().what;
}

TEST(Directory, ReadsWhatTheFileSays) {
  Directory d = small();
  EXPECT_EQ(d.hospital_name(words::Language::kEnglish), "Small Hospital");
  EXPECT_EQ(d.hospital_name(words::Language::kChinese), "小医院");
  ASSERT_EQ(d.departments().size(), 1u);
  EXPECT_EQ(d.departments()[0].name_en, "产科");  // falls back to the name that is given
  ASSERT_EQ(d.terminals().size(), 4u);
  EXPECT_EQ(d.terminals()[0].steps, (words::Set<Step>{Step::kPrescribing, Step::kInpatient}));
  EXPECT_EQ(d.terminals()[1].kind, Terminal::kPublic);
  ASSERT_EQ(d.accounts().size(), 2u);
  EXPECT_EQ(d.accounts()[0].roles, (words::Set<Role>{Role::kPhysician, Role::kConsultant}));
  EXPECT_EQ(d.accounts()[0].recipient, derived_recipient("wang.min"));
  EXPECT_EQ(d.accounts()[1].recipient, 77u);
  EXPECT_EQ(d.digest(), crypto::sha256(view(kSmall)));
  EXPECT_EQ(d.account("partner:app"), &d.accounts()[1]);
  EXPECT_EQ(d.account("nobody"), nullptr);
  EXPECT_EQ(d.department("dept-obs"), &d.departments()[0]);
  EXPECT_EQ(d.terminal("api"), &d.terminals()[3]);
}

TEST(Subject, HoldsWhatAccountAndTerminalBothAllow) {
  Directory d = small();
  auto s = d.subject("wang.min", "");
  ASSERT_TRUE(s) << s.error().what;
  EXPECT_EQ(s->account(), "wang.min");
  EXPECT_EQ(s->display_name(), "王敏");
  EXPECT_EQ(s->department(), "dept-obs");
  EXPECT_EQ(s->terminal_id(), "obs-1");  // the first of the account
  EXPECT_EQ(s->terminal(), Terminal::kWorkstation);
  EXPECT_EQ(s->steps(), words::Set<Step>{Step::kPrescribing});
  EXPECT_EQ(s->references(), Texts{"Practitioner/d-017"});
  EXPECT_EQ(s->patient_id(), "");

  auto through_api = d.subject("wang.min", "api");
  ASSERT_TRUE(through_api);
  EXPECT_EQ(through_api->steps(), (words::Set<Step>{Step::kPrescribing, Step::kTransfer}));
  EXPECT_EQ(through_api->terminal(), Terminal::kService);

  auto partner = d.subject("partner:app", "");
  ASSERT_TRUE(partner);
  EXPECT_EQ(partner->steps(), words::Set<Step>::all());  // neither side narrows
  EXPECT_EQ(partner->department(), "");
}

TEST(Subject, OfAPatientNeedsNoEntry) {
  Directory d = small();
  auto s = d.subject("Patient/p-001", "");
  ASSERT_TRUE(s) << s.error().what;
  EXPECT_EQ(s->account(), "Patient/p-001");
  EXPECT_EQ(s->patient_id(), "p-001");
  EXPECT_EQ(s->roles(), words::Set<Role>{Role::kPatient});
  EXPECT_EQ(s->terminal(), Terminal::kMobile);
  EXPECT_EQ(s->terminal_id(), kOwnDevice);
  EXPECT_EQ(s->steps(), kPatientSteps);
  EXPECT_EQ(s->references(), Texts{"Patient/p-001"});
  EXPECT_GT(s->recipient(), kLastAccountRecipient);
  EXPECT_LE(s->recipient(), 0xffffffu);

  auto at_kiosk = d.subject("Patient/p-001", "kiosk-1");
  ASSERT_TRUE(at_kiosk) << at_kiosk.error().what;
  EXPECT_EQ(at_kiosk->terminal(), Terminal::kPublic);
  EXPECT_EQ(at_kiosk->steps(), (words::Set<Step>{Step::kRegistration, Step::kConsultation}));
}

TEST(Subject, RefusesStrangersAndWrongPlaces) {
  Directory d = small();
  auto code = [&](std::string_view account, std::string_view terminal) { return d.subject(account, terminal).error(); };
  EXPECT_EQ(code("wang.mim", "").code, Code::kNotFound);
  EXPECT_TRUE(holds(code("wang.mim", "").what, "did you mean \"wang.min\"?"));
  EXPECT_EQ(code("", "").code, Code::kNotFound);
  EXPECT_EQ(code("wang.min", "obs-2").code, Code::kNotFound);
  EXPECT_TRUE(holds(code("wang.min", "obs-2").what, "did you mean \"obs-1\"?"));
  EXPECT_EQ(code("wang.min", "screen-1").code, Code::kRefused);
  EXPECT_TRUE(holds(code("wang.min", "screen-1").what, "obs-1, api"));
  EXPECT_EQ(code("Patient/p-001", "obs-1").code, Code::kRefused);
  EXPECT_EQ(code("Patient/p-001", "api").code, Code::kRefused);
  EXPECT_EQ(code("Patient/p-001", "screen-1").code, Code::kRefused);  // public, but no step is left there
  EXPECT_EQ(code("Patient/p-001", "screen-9").code, Code::kNotFound);
  for (std::string_view id :
       {"Patient/", "Patient/林", "Patient/a/b", "Patient/a b", "patient/p-001", "Practitioner/d-017"})
    EXPECT_EQ(code(id, "").code, Code::kNotFound) << id;
  EXPECT_EQ(code("Patient/" + std::string(limits::kIdBytes + 1, 'x'), "").code, Code::kNotFound);
}

TEST(Subject, ErrorsDoNotRepeatAPatientId) {
  Directory d = small();
  EXPECT_FALSE(holds(d.subject("Patient/secret-7", "obs-1").error().what, "secret-7"));
  EXPECT_FALSE(holds(d.subject("Patient/secret_7", "").error().what, "secret_7"));
}

TEST(Recipient, IsStableAndInItsRange) {
  // Leaked tokens are read back by these numbers: they must never change.
  EXPECT_EQ(derived_recipient("wang.min"), 9737244u);
  EXPECT_EQ(derived_recipient("Patient/p-001"), 16728952u);
  for (int i = 0; i < 2000; ++i) {
    uint32_t account = derived_recipient("a" + std::to_string(i)),
             patient = derived_recipient("Patient/" + std::to_string(i));
    EXPECT_TRUE(account >= 1 && account <= kLastAccountRecipient) << i;
    EXPECT_TRUE(patient > kLastAccountRecipient && patient <= 0xffffff) << i;
  }
}

struct Mistake {
  const char* name;
  std::string toml, said;
};

class DirectoryMistake : public testing::TestWithParam<Mistake> {};

TEST_P(DirectoryMistake, IsNamedWithItsPlace) { EXPECT_EQ(mistakes(GetParam().toml), GetParam().said); }

INSTANTIATE_TEST_SUITE_P(
    Each, DirectoryMistake,
    testing::ValuesIn(std::vector<Mistake>{
        {"role", with("\"physician\"", "\"physcian\""),
         "h.toml:34:10: unknown role \"physcian\"; did you mean \"physician\"?"},
        {"role_zh", with("会诊医师", "会珍医师"),
         "h.toml:34:23: unknown role \"会珍医师\"; did you mean \"会诊医师\"?"},
        {"step", with("\"prescribing\"", "\"perscribing\""),
         "h.toml:14:10: unknown step \"perscribing\"; did you mean \"prescribing\"?"},
        {"kind", with("\"workstation\"", "\"desk\""),
         "h.toml:12:8: unknown kind \"desk\"; the kinds are: workstation, public, mobile, remote, service"},
        {"terminal", with("[\"obs-1\", ", "[\"obs-7\", "),
         "h.toml:37:14: unknown terminal \"obs-7\"; did you mean \"obs-1\"?"},
        {"department",
         with("department = \"dept-obs\"\nsteps = [\"prescribing\", \"transfer\"]", "department = \"dept-0bs\""),
         "h.toml:35:14: unknown department \"dept-0bs\"; did you mean \"dept-obs\"?"},
        {"department_far", with("department = \"dept-obs\"\nsteps = [\"p", "department = \"surgery\"\nsteps = [\"p"),
         "h.toml:13:14: unknown department \"surgery\"; give it a [[department]] of its own"},
        {"key", with("roles = [\"ph", "role = [\"ph"),
         "h.toml:34:1: unknown key \"role\" of this account; did you mean \"roles\"?\n"
         "h.toml:30:1: account \"wang.min\" has no role; write roles = [\"…\"]"},
        {"section", with("[[account]]", "[[acount]]"),
         "h.toml:30:1: unknown section \"acount\"; did you mean \"account\"?"},
        {"outside", with("[hospital]", "name = \"x\"\n[hospital]"),
         "h.toml:2:1: key \"name\" stands outside a section; put it under [hospital]"},
        {"two_hospitals", with("[hospital]", "[[hospital]]"),
         "h.toml:2:1: write [hospital] in single brackets: there is one"},
        {"duplicate_account", with("\"partner:app\"", "\"wang.min\""),
         "h.toml:41:6: account id \"wang.min\" is used twice"},
        {"duplicate_terminal", with("\"screen-1\"", "\"obs-1\""), "h.toml:17:6: terminal id \"obs-1\" is used twice"},
        {"duplicate_department",
         with("[[terminal]]", "[[department]]\nid = \"dept-obs\"\nname_en = \"x\"\n[[terminal]]"),
         "h.toml:11:6: department id \"dept-obs\" is used twice"},
        {"no_roles", with("[\"partner-app\"]", "[]"),
         "h.toml:43:9: account \"partner:app\" has no role; write roles = [\"…\"]"},
        {"no_terminals", with("terminals = [\"api\"]\n", ""),
         "h.toml:40:1: account \"partner:app\" has no terminal; write terminals = [\"…\"]"},
        {"no_id", with("id = \"partner:app\"\n", ""), "h.toml:40:1: this account has no id"},
        {"empty_id", with("\"partner:app\"", "\"\""), "h.toml:41:6: id is empty"},
        {"bad_id", with("\"partner:app\"", "\"Patient/7\""),
         "h.toml:41:6: \"Patient/7\" is no account id: use up to 64 letters, digits and . _ - : and begin with a "
         "letter or digit"},
        {"no_name", with("name_en = \"An App\"\n", ""), "h.toml:40:1: this account has neither name_en nor name_zh"},
        {"no_hospital", with("[hospital]\nname_en = \"Small Hospital\"\nname_zh = \"小医院\"\n", ""),
         "h.toml:1:1: no [hospital]: begin the file with [hospital] and name_en, name_zh"},
        {"text_wanted", with("\"王敏\"", "7"), "h.toml:33:11: name_zh must be text in quote marks"},
        {"list_wanted", with("[\"api\"]", "\"api\""), "h.toml:44:13: terminals must be a list: terminals = [\"…\"]"},
        {"list_of_texts", with("[\"queue\"]", "[\"queue\", 3]"), "h.toml:19:19: a list holds texts in quote marks"},
        {"single_brackets", "[hospital]\nname_en = \"x\"\n[account]\nid = \"a\"\n",
         "h.toml:3:1: write [[account]] in double brackets, once for each"},
        {"no_step_left", with("[\"prescribing\", \"transfer\"]", "[\"billing\"]"),
         "h.toml:37:14: account \"wang.min\" could do nothing at terminal \"obs-1\": they have no step in common"},
        {"partner_place", with("[\"api\"]", "[\"obs-1\"]"),
         "h.toml:44:14: a partner calls through a terminal of kind service; \"obs-1\" is of kind workstation"},
        {"patient_entry", with("[\"partner-app\"]", "[\"patient\"]"),
         "h.toml:43:9: patients need no account here: each one is Patient/ID by itself"},
        {"own_device", with("\"kiosk-1\"", "\"own-device\""),
         "h.toml:22:6: \"own-device\" means a patient's own device; choose another id"},
        {"two_administrators",
         with("[\"physician\", \"会诊医师\"]", "[\"system-administrator\", \"audit-administrator\"]"),
         "h.toml:34:9: system, security and audit administrator must be three people; give each an account of their "
         "own"},
        {"patient_reference", with("Practitioner/d-017", "Patient/p-001"),
         "h.toml:38:15: \"Patient/p-001\" is no reference to a reader; write Type/id with one of: Practitioner, "
         "PractitionerRole, "
         "Organization, HealthcareService, Location, Device"},
        {"bare_reference", with("Practitioner/d-017", "Practitioner"),
         "h.toml:38:15: \"Practitioner\" is no reference to a reader; write Type/id with one of: Practitioner, "
         "PractitionerRole, "
         "Organization, HealthcareService, Location, Device"},
        {"shared_reference", with("Organization/partner-app", "Practitioner/d-017"),
         "h.toml:45:15: \"Practitioner/d-017\" belongs to account \"wang.min\" already; a person has one account"},
        {"recipient_range", with("recipient = 77", "recipient = 16777215"),
         "h.toml:46:13: recipient must be from 1 to 16711679"},
        {"recipient_text", with("recipient = 77", "recipient = \"77\""),
         "h.toml:46:13: recipient must be a whole number"},
        {"recipient_collision", with("recipient = 77", "recipient = " + std::to_string(derived_recipient("wang.min"))),
         "h.toml:46:13: accounts \"wang.min\" and \"partner:app\" have the same recipient number " +
             std::to_string(derived_recipient("wang.min")) +
             "; give this one a number that no other has and never had, such as recipient = 1"},
        {"dotted", with("[[department]]", "a.b.c.d.e.f.g.h.i.j = 1\n[[department]]"),
         "h.toml:6:2: dotted keys are not used here; put text that holds dots in quote marks"},
        {"several_lines", with("\"王敏\"", "\"\"\"王\n敏\"\"\""),
         "h.toml:33:11: a text of several lines is not used here; write it on one line"},
    }),
    [](const auto& each) { return each.param.name; });

TEST(Directory, SaysWhereTheTomlBreaks) {
  EXPECT_TRUE(holds(mistakes("[hospital]\nname_en = \"x\n"), "h.toml:2:"));
  EXPECT_TRUE(holds(mistakes("[hospital]\nname_en = \"a\"\nname_en = \"b\"\n"), "h.toml:3:"));
  EXPECT_TRUE(holds(mistakes("[hospital]\nname_en = \"\xff\"\n"), "h.toml:2:"));
}

TEST(Directory, ShowsTheFirstMistakesAndCountsTheRest) {
  std::string toml = "[hospital]\nname_en = \"x\"\n";
  for (int i = 0; i < 14; ++i) toml += "x" + std::to_string(i) + " = 1\n";
  std::string said = mistakes(toml);
  EXPECT_EQ(split(said, '\n').size(), 11u);
  EXPECT_TRUE(holds(said, "h.toml: and 4 more"));
}

TEST(Directory, RefusesAFileBeyondItsLimit) {
  auto d = Directory::parse(std::string(limits::kConfigBytes + 1, '#'), "h.toml");
  ASSERT_FALSE(d);
  EXPECT_EQ(d.error().code, Code::kTooLarge);
}

TEST(Directory, SurvivesDeepNesting) {
  std::string brackets = "a = " + std::string(100'000, '[');
  EXPECT_FALSE(Directory::parse(brackets, "h.toml"));
  std::string tables = "a = ";
  for (int i = 0; i < 100'000; ++i) tables += "{ a = ";
  EXPECT_FALSE(Directory::parse(tables, "h.toml"));
  std::string dots = "a";
  for (int i = 0; i < 100'000; ++i) dots += ".a";
  EXPECT_FALSE(Directory::parse(dots + " = 1", "h.toml"));
  EXPECT_FALSE(Directory::parse("[" + dots + "]", "h.toml"));
}

// Whatever the bytes, an answer or a mistake: never a crash, and a mistake always has words.
void survive_mutations(std::string_view text, uint64_t seed, int rounds) {
  SeededRandom random(seed);
  static constexpr std::string_view kPieces[] = {
      "[[", "]]",    "{",        "}",  "\"",         "'",    "\\",           "\\u0000", "=",          ".",
      "\n", "\r\n",  "#",        ",",  "[hospital]", "\xff", "\xef\xbb\xbf", "\0",      "1979-05-27", "nan",
      "0x", "id = ", "Patient/", "王", "-",          "e9"};
  for (int i = 0; i < rounds; ++i) {
    std::string s(text);
    for (uint64_t n = 1 + random.below(6); n > 0; --n) {
      size_t at = random.below(s.size() + 1);
      switch (random.below(5)) {
        case 0:
          s.insert(at, kPieces[random.below(std::size(kPieces))]);
          break;
        case 1:
          s.erase(at, 1 + random.below(40));
          break;
        case 2:
          if (at < s.size()) s[at] = static_cast<char>(random.below(256));
          break;
        case 3:
          s.insert(at, s.substr(random.below(s.size() + 1), random.below(80)));
          break;
        default:
          s.resize(at);
          break;
      }
      if (s.empty()) s = "x";
    }
    auto d = Directory::parse(s, "h.toml");
    if (d)
      static_cast<void>(d->subject("wang.min", ""));
    else
      EXPECT_FALSE(d.error().what.empty()) << "seed " << seed << " round " << i;
  }
}

TEST(Directory, NoBytesMakeItCrash) {
  SystemRandom system;
  uint8_t raw[8];
  system.fill(raw);
  uint64_t seed = load_u64(raw);
  SCOPED_TRACE(seed);
  survive_mutations(kSmall, 1, 4000);
  survive_mutations(kSmall, seed, 4000);
}

constexpr std::string_view kReaders = R"(patient = "p-001"
explain = "doctor"

[[reader]]
id = "doctor"
title_en = "a doctor"
title_zh = "医生"
account = "wang.min"
step = "开药"
purpose = "TREAT"

[[reader]]
id = "self"
title_en = "the patient"
account = "Patient/p-001"
terminal = "kiosk-1"
step = "consultation"
purpose = "patrqt"
reason = "asks for a copy"
)";

TEST(Readers, ReadsThemInOrder) {
  auto r = parse_readers(kReaders, "r.toml", small());
  ASSERT_TRUE(r) << r.error().what;
  EXPECT_EQ(r->patient, "p-001");
  EXPECT_EQ(r->explain, "doctor");
  ASSERT_EQ(r->readers.size(), 2u);
  EXPECT_EQ(r->readers[0].step, Step::kPrescribing);
  EXPECT_EQ(r->readers[0].title_zh, "医生");
  EXPECT_EQ(r->readers[1].purpose, words::Purpose::kPatrqt);
  EXPECT_EQ(r->readers[1].terminal, "kiosk-1");
  EXPECT_EQ(r->readers[1].reason, "asks for a copy");
}

TEST(Readers, MistakesAreNamedWithTheirPlace) {
  auto said = [](std::string_view from, std::string_view to) {
    auto r = parse_readers(with(from, to, kReaders), "r.toml", small());
    EXPECT_FALSE(r) << to;
    return r ? std::string() : r.error().what;
  };
  EXPECT_EQ(said("account = \"wang.min\"", "account = \"wang.ming\""),
            "r.toml:8:11: no account \"wang.ming\" in the hospital's directory; did you mean \"wang.min\"?");
  EXPECT_EQ(said("step = \"开药\"", "step = \"transfer\""),
            "r.toml:9:8: account \"wang.min\" at terminal \"obs-1\" may not do step transfer");
  EXPECT_EQ(said("purpose = \"TREAT\"", "purpose = \"TREATT\""),
            "r.toml:10:11: unknown purpose \"TREATT\"; did you mean \"TREAT\"?");
  EXPECT_EQ(said("kiosk-1", "obs-1"),
            "r.toml:16:12: patients may not sit at terminal obs-1; name none for their own device");
  EXPECT_EQ(said("explain = \"doctor\"", "explain = \"docter\""),
            "r.toml:2:11: unknown reader \"docter\"; did you mean \"doctor\"?");
  EXPECT_EQ(said("id = \"self\"", "id = \"doctor\""), "r.toml:13:6: reader id \"doctor\" is used twice");
  EXPECT_EQ(said("patient = \"p-001\"\n", ""), "r.toml:1:1: the file has no patient");
  EXPECT_EQ(said("patient = \"p-001\"", "patient = \"Patient/p-001\""),
            "r.toml:1:11: patient must be the id of a Patient resource, without \"Patient/\"");
  EXPECT_EQ(said("reason =", "raeson ="),
            "r.toml:19:1: unknown key \"raeson\" of this reader; did you mean \"reason\"?");
}

std::string sample(std::string_view name) {
  auto bytes = read_file(std::string(ZHIMI_SOURCE_DIR) + "/testdata/sample/" + std::string(name), limits::kConfigBytes);
  EXPECT_TRUE(bytes) << name;
  return bytes ? std::string(text(*bytes)) : std::string();
}

TEST(SampleHospital, ParsesAndLetsItsReadersAsk) {
  std::string hospital = sample("hospital.toml");
  auto d = Directory::parse(hospital, "hospital.toml");
  ASSERT_TRUE(d) << d.error().what;
  auto r = parse_readers(sample("readers.toml"), "readers.toml", *d);
  ASSERT_TRUE(r) << r.error().what;
  EXPECT_EQ(r->readers.size(), 12u);
  std::set<int> roles;
  for (const Account& a : d->accounts()) {
    a.roles.each([&](Role role) { roles.insert(static_cast<int>(role)); });
    for (const std::string& t : a.terminals) EXPECT_TRUE(d->subject(a.id, t)) << a.id << " at " << t;
  }
  EXPECT_GE(roles.size(), 16u);
  survive_mutations(hospital, 2, 200);
}

}  // namespace
}  // namespace zhimi::directory
