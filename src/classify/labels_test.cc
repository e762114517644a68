#include "classify/labels.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <set>

#include "base/file.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"

namespace zhimi::classify {
namespace {

using words::Label;
using Set = words::Set<Label>;

constexpr std::string_view kIcd10 = "http://hl7.org/fhir/sid/icd-10", kIcd10Cm = "http://hl7.org/fhir/sid/icd-10-cm",
                           kSnomed = "http://snomed.info/sct", kLoinc = "http://loinc.org",
                           kAtc = "http://www.whocc.no/atc", kRxNorm = "http://www.nlm.nih.gov/research/umls/rxnorm",
                           kActCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                           kConfidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
                           kIcd9 = "http://hl7.org/fhir/sid/icd-9-cm", kGb = "urn:oid:2.16.156.10011.2.3.3.11",
                           kGbProcedures = "urn:oid:2.16.156.10011.2.3.3.12", kUnknown = "urn:example:local";

std::string committed_text() {
  auto bytes = read_file(ZHIMI_SOURCE_DIR "/packs/labels.tsv", limits::kConfigBytes);
  EXPECT_TRUE(bytes);
  return bytes ? std::string(text(*bytes)) : "";
}

const Labels& committed() {
  static const Labels labels = [] {
    auto parsed = Labels::parse(committed_text());
    EXPECT_TRUE(parsed) << parsed.error().what;
    return parsed ? std::move(*parsed) : std::move(*Labels::parse(""));
  }();
  return labels;
}

std::string names(Set labels) {
  std::string out;
  labels.each([&](Label l) { out += (out.empty() ? "" : " ") + std::string(words::name(l)); });
  return out;
}

struct Case {
  std::string_view system, code, labels;  // labels in the order of packs/words.toml
};

class Committed : public testing::TestWithParam<Case> {};
TEST_P(Committed, Labels) {
  const Case& c = GetParam();
  EXPECT_EQ(names(committed().of(c.system, c.code)), c.labels) << c.system << " " << c.code;
}

INSTANTIATE_TEST_SUITE_P(Icd10, Committed,
                         testing::Values(Case{kIcd10, "B20", "hiv"}, Case{kIcd10, "B20.7", "hiv"},
                                         Case{kIcd10, "B24", "hiv"}, Case{kIcd10, "B24.9", "hiv"},
                                         Case{kIcd10, "B25", ""}, Case{kIcd10, "B19.9", "infectious"},
                                         Case{kIcd10, "Z21", "hiv"}, Case{kIcd10, "F02.4", "psychiatric hiv"},
                                         Case{kIcd10, "O98.7", "reproductive hiv"}, Case{kIcd10, "O98", "reproductive"},
                                         Case{kIcd10, "O00.1", "reproductive"}, Case{kIcd10, "Z34.9", "reproductive"},
                                         Case{kIcd10, "A51.0", "sti"}, Case{kIcd10, "A64", "sti"},
                                         Case{kIcd10, "A65", ""}, Case{kIcd10, "F10.2", "substance"},
                                         Case{kIcd10, "F19", "substance"}, Case{kIcd10, "F20.0", "psychiatric"},
                                         Case{kIcd10, "F55", "substance"}, Case{kIcd10, "X71", "psychiatric"},
                                         Case{kIcd10, "C50.9", "oncology"}, Case{kIcd10, "D48.9", "oncology"},
                                         Case{kIcd10, "D50", ""}, Case{kIcd10, "Q90.9", "genetic"},
                                         Case{kIcd10, "T74.2", "violence"}, Case{kIcd10, "Y05", "violence"},
                                         Case{kIcd10, "Z94.0", "transplant"}, Case{kIcd10, "Z41.1", "cosmetic"},
                                         Case{kIcd10, "I10", ""}, Case{kIcd10, "E11.9", ""}, Case{kIcd10, "J45", ""}));

INSTANTIATE_TEST_SUITE_P(
    AsPeopleWrite, Committed,
    testing::Values(Case{kIcd10, "b20.7", "hiv"}, Case{kIcd10, "B207", "hiv"}, Case{kIcd10, " B20 ", "hiv"},
                    Case{kIcd10, "B20†", "hiv"}, Case{kIcd10, "O98.7+", "reproductive hiv"},
                    Case{kIcd10, "F00*", "psychiatric"}, Case{kIcd10, "G30.0+F00.0*", "psychiatric"},
                    Case{kIcd10, "I10, B20", "hiv"}, Case{kIcd10, "B20-B24", "hiv"}, Case{kIcd10, "Ｂ２０．７", "hiv"},
                    Case{kIcd10, "ｂ２０", "hiv"}, Case{kGb, "Z21.x00", "hiv"},
                    Case{kGb, "O98.700x001", "reproductive hiv"}, Case{kGb, "F32.900x003", "psychiatric"},
                    Case{"GB/T 14396-2016", "Z33.x00", "reproductive"},
                    Case{"urn:oid:2.16.840.1.113883.6.90", "z3a.38", "reproductive"},
                    Case{kIcd10Cm, "O9A.311", "reproductive violence"}, Case{kIcd10, "", ""}, Case{kIcd10, "....", ""},
                    Case{kIcd10, "\xEF\xBC", ""}));

INSTANTIATE_TEST_SUITE_P(
    Systems, Committed,
    testing::Values(Case{kSnomed, "72892002", "reproductive"}, Case{kSnomed, "86406008", "hiv"},
                    Case{kSnomed, "864060081", ""}, Case{kSnomed, "8640600", ""},
                    Case{kSnomed, "86406008 |Human immunodeficiency virus infection|", "hiv"},
                    Case{kSnomed, "417662000:246090004=86406008", "hiv"},
                    Case{"http://snomed.info/sct/900000000000207008", "58214004", "psychiatric"},
                    Case{"https://snomed.info/sct|http://snomed.info/sct/731000124108", "58214004", "psychiatric"},
                    Case{kLoinc, "75622-1", "hiv"}, Case{kLoinc, "756221", ""}, Case{kLoinc, "20570-8", ""},
                    Case{"http://LOINC.org/", "2106-3", "reproductive"}, Case{kAtc, "J05AR10", "hiv"},
                    Case{kAtc, "j05af05", "hiv infectious"}, Case{kAtc, "J05AF10", "infectious"},
                    Case{kAtc, "N05AH04", "psychiatric"}, Case{kAtc, "N02BE01", ""}, Case{kAtc, "N07BC02", "substance"},
                    Case{kRxNorm, "748962", "reproductive"}, Case{kRxNorm, "313782", ""}, Case{kActCode, "HIV", "hiv"},
                    Case{kActCode, "PSY", "psychiatric"}, Case{kActCode, "ETH", "substance"},
                    Case{kActCode, "CEL", "vip"}, Case{kActCode, "EMP", "employee"}, Case{kActCode, "AMB", ""},
                    Case{kConfidentiality, "R", "vip"}, Case{kConfidentiality, "N", ""},
                    Case{kConfidentiality, "V", "vip"},
                    Case{"http://terminology.hl7.org/CodeSystem/v3-EncounterSpecialCourtesy", "STF", "employee"},
                    Case{kIcd9, "042", "hiv"}, Case{kIcd9, "650", "reproductive"}, Case{kIcd9, "74.1", "reproductive"},
                    Case{kIcd9, "721.0", ""}, Case{kIcd9, "V22.1", "reproductive"}, Case{kIcd9, "E960.1", "violence"},
                    Case{kGbProcedures, "69.5x01", "reproductive"}, Case{kGbProcedures, "55.6900", "transplant"},
                    Case{kGbProcedures, "85.5400x001", "cosmetic"}, Case{kGbProcedures, "47.09", ""}));

INSTANTIATE_TEST_SUITE_P(UnknownSystem, Committed,
                         testing::Values(Case{kUnknown, "B20.7", "hiv"}, Case{"", "86406008", "hiv"},
                                         Case{"", "75622-1", "hiv"}, Case{kUnknown, "J05AR01", "hiv"},
                                         Case{kUnknown, "O80", "reproductive"}, Case{kUnknown, "HIV", "hiv"},
                                         Case{kUnknown, "V", ""}, Case{kUnknown, "R", ""}, Case{kUnknown, "74", ""},
                                         Case{kUnknown, "201", ""}, Case{kUnknown, "74.1", "reproductive"},
                                         Case{kUnknown, "office-visit", ""}, Case{kUnknown, "6500123", ""}));

// An OID or URI of one system is not searched in another's table.
TEST(Labels, KnownSystemsKeepToTheirTable) {
  EXPECT_EQ(names(committed().of(kLoinc, "B20")), "");
  EXPECT_EQ(names(committed().of(kIcd10, "86406008")), "");
  EXPECT_EQ(names(committed().of(kSnomed, "75622-1")), "");
  EXPECT_EQ(names(committed().of(kIcd10, "HIV")), "");
}

// The fast lookup against the obvious one: scan every line of the file.
TEST(Labels, AgreesWithAScanOfTheFile) {
  struct Row {
    Label label;
    std::string low, high;
  };
  std::vector<Row> rows;
  const std::string file = committed_text();
  const auto plain = [](std::string_view s) {
    std::string out;
    for (char c : s) {
      if (c != '.') out += c;
    }
    return out;
  };
  for (std::string_view line : split(file, '\n')) {
    if (line.empty() || line[0] == '#') continue;
    const auto columns = split(line, '\t');
    if (columns[1] != "icd10") continue;
    const auto ends = split(columns[2], '-');
    rows.push_back({*words::find<Label>(columns[0]), plain(ends.front()), plain(ends.back())});
  }
  ASSERT_GT(rows.size(), 100u);
  for (char letter = 'A'; letter <= 'Z'; ++letter) {
    for (int n = 0; n < 1000; ++n) {  // A00.0 to Z99.9
      const std::string digits = std::to_string(1000 + n);
      const std::string code = std::string{letter, digits[1], digits[2], '.', digits[3]};
      Set expected;
      const std::string c = plain(code);
      for (const Row& r : rows) {
        // A code is inside when, cut to each end's length, it is not before the low end and not after the high end.
        if (c.substr(0, r.low.size()) >= r.low && c.substr(0, r.high.size()) <= r.high) expected.add(r.label);
      }
      EXPECT_EQ(names(committed().of(kIcd10, code)), names(expected)) << code;
    }
  }
}

// Identifiers carry check digits, so a mistyped code in the file is found here.
bool verhoeff(std::string_view digits) {
  static constexpr char kPermute[8][11] = {"0123456789", "1576283094", "5803796142", "8916043527",
                                           "9453126870", "4286573901", "2793806415", "7046913258"};
  const auto multiply = [](int a, int b) {  // in the dihedral group D5
    if (a < 5) return b < 5 ? (a + b) % 5 : 5 + (a + b - 5) % 5;
    return b < 5 ? 5 + (a - 5 - b + 5) % 5 : (a - b + 5) % 5;
  };
  int c = 0;
  for (size_t i = 0; i < digits.size(); ++i)
    c = multiply(c, kPermute[i % 8][digits[digits.size() - 1 - i] - '0'] - '0');
  return c == 0;
}
bool mod10(std::string_view loinc) {
  const size_t dash = loinc.find('-');
  int sum = 0;
  for (size_t i = 0; i < dash; ++i) {
    const int v = (loinc[dash - 1 - i] - '0') * (i % 2 == 0 ? 2 : 1);
    sum += v / 10 + v % 10;
  }
  return (10 - sum % 10) % 10 == loinc.back() - '0';
}

TEST(Labels, CheckDigits) {
  ASSERT_TRUE(verhoeff("86406008"));
  ASSERT_FALSE(verhoeff("86406009"));
  ASSERT_TRUE(mod10("75622-1"));
  ASSERT_FALSE(mod10("75622-2"));
  const std::string file = committed_text();
  size_t snomed = 0, loinc = 0;
  for (std::string_view line : split(file, '\n')) {
    const auto columns = split(line, '\t');
    if (columns.size() != 5) continue;
    if (columns[1] == "snomed") {
      EXPECT_TRUE(verhoeff(columns[2])) << columns[2];
      ++snomed;
    } else if (columns[1] == "loinc") {
      EXPECT_TRUE(mod10(columns[2])) << columns[2];
      ++loinc;
    }
  }
  EXPECT_GT(snomed, 50u);
  EXPECT_GT(loinc, 50u);
}

TEST(Labels, EveryLabelHasCodes) {
  std::set<std::string> found;
  const std::string file = committed_text();
  for (std::string_view line : split(file, '\n')) {
    if (!line.empty() && line[0] != '#') found.insert(std::string(split(line, '\t')[0]));
  }
  Set::all().each([&](Label l) { EXPECT_TRUE(found.contains(std::string(words::name(l)))) << words::name(l); });
}

TEST(Labels, Refusals) {
  const auto what = [](std::string_view text) {
    auto labels = Labels::parse(text);
    return labels ? std::string("accepted") : labels.error().what;
  };
  EXPECT_EQ(what("# only a comment\n\n"), "accepted");
  EXPECT_EQ(what("hiv\ticd10\tB20\tx\t甲\n"), "accepted");
  EXPECT_NE(what("# c\nhiv\ticd10\tB20\tx\n").find("line 2"), std::string::npos);
  EXPECT_NE(what("hvi\ticd10\tB20\tx\ty\n").find("`hvi` is not a label"), std::string::npos);
  EXPECT_NE(what("hiv\ticd11\tB20\tx\ty\n").find("not a code system"), std::string::npos);
  EXPECT_NE(what("hiv\ticd10\tB24-B20\tx\ty\n").find("ends before it begins"), std::string::npos);
  EXPECT_NE(what("hiv\ticd10\t20\tx\ty\n").find("not a code of icd10"), std::string::npos);
  EXPECT_NE(what("hiv\ticd10\t\tx\ty\n").find("not a code of icd10"), std::string::npos);
  EXPECT_NE(what("hiv\tsnomed\tB20\tx\ty\n").find("not a code of snomed"), std::string::npos);
  EXPECT_NE(what("hiv\ticd10\tB20\tx\ty\nhiv\ticd10\tB20\tz\tw\n").find("line 2: this code stands twice"),
            std::string::npos);
  EXPECT_NE(what("hiv\ticd10\tB20\tx\t\xff\n").find("UTF-8"), std::string::npos);
}

TEST(Labels, DigestFollowsTheText) {
  auto a = Labels::parse("hiv\ticd10\tB20\tx\ty\n"), b = Labels::parse("hiv\ticd10\tB21\tx\ty\n");
  ASSERT_TRUE(a && b);
  EXPECT_NE(a->digest(), b->digest());
}

// Arbitrary bytes never crash; run under the sanitizers too.
TEST(Labels, HostileCodes) {
  SeededRandom random(20261123);
  for (int i = 0; i < 20000; ++i) {
    Bytes noise(random.below(40));
    random.fill(noise);
    std::string code(text(noise));
    (void)committed().of(kUnknown, code);
    (void)committed().of(code, "B20");
  }
  EXPECT_EQ(names(committed().of(kIcd10, std::string(100'000, 'B'))), "");
  EXPECT_EQ(names(committed().of(std::string(100'000, 'x'), "B20")), "hiv");
}

// The import path asks once per coding. The bound is loose; the figure is printed for people.
TEST(Labels, IsFast) {
  const Case cases[] = {
      {kSnomed, "72892002", ""}, {kIcd10, "O98.700x001", ""}, {kLoinc, "8302-2", ""}, {kRxNorm, "313782", ""}};
  uint64_t bits = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 50'000; ++i) {
    for (const Case& c : cases) bits |= committed().of(c.system, c.code).bits();
  }
  const double ns =
      std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / 200'000;
  std::printf("one lookup: %.0f ns\n", ns);
  EXPECT_NE(bits, 0u);
  RecordProperty("lookup_ns", static_cast<int>(ns));
}

}  // namespace
}  // namespace zhimi::classify
