// docs/formats.md is what was agreed: every line of its worked example is computed again.
#include <sstream>

#include "vault/facts.h"
#include "vault/test_home.h"

namespace zhimi::vault {
namespace {

// The example as its code block stands in the document: name, hexadecimal in rows of 48 bytes.
class Example {
 public:
  void line(const std::string& name, ByteView value) {
    std::string digits = hex(value), label = name;
    for (size_t at = 0; at < digits.size(); at += 96, label.clear())
      out_ << label << std::string(20 - label.size(), ' ') << digits.substr(at, 96) << "\n";
  }
  std::string text() const { return out_.str(); }

 private:
  std::ostringstream out_;
};

SecretBytes key_from(Random& random) {
  SecretBytes key(32);
  random.fill(key.fill());
  return key;
}

std::string compute() {
  SeededRandom random(7);
  Example e;
  Tenant tenant;
  random.fill(tenant);
  e.line("tenant", tenant);
  SecretBytes kek = key_from(random), index = key_from(random), facts = key_from(random), ledger = key_from(random),
              data = key_from(random);
  for (auto& [name, key] : {std::pair{"kek", &kek},
                            {"index key", &index},
                            {"facts key", &facts},
                            {"ledger patient key", &ledger},
                            {"data key", &data}})
    e.line(name, key->reveal());

  const RecordId id{"Observation", "ob-1"};
  const std::string_view json = R"({"resourceType":"Observation","id":"ob-1"})";
  const Names names(index.reveal(), ledger.reveal());
  const auto pseudonym = names.pseudonym("p-1");
  const Name patient = names.patient("p-1"), record = names.record(id);
  e.line("pseudonym", pseudonym);
  e.line("patient name", patient);
  e.line("record name", record);
  e.line("kind", names.kind("p-1", id.type));

  using crypto::Padding;
  e.line("data key place", data_key_place(tenant, pseudonym, 1));
  e.line("wrapped data key",
         crypto::seal(kek.reveal(), data_key_place(tenant, pseudonym, 1), data.reveal(), Padding::kNone, random));
  e.line("record place", record_place(tenant, "p-1", id, 1, kSchemaFhirR4));
  e.line("sealed record", crypto::seal(data.reveal(), record_place(tenant, "p-1", id, 1, kSchemaFhirR4), view(json),
                                       Padding::kPadme, random));

  Bytes plain;
  const Tie tie{.relation = words::Relation::kAttending, .actor = "Practitioner/d-1", .from_ms = 1'700'000'000'000};
  Labelling labelling;
  labelling.fill(0xaa);
  must(encode({id, {words::Label::kReproductive}, labelling, 1'700'000'000'000, false, std::span(&tie, 1)}, plain));
  e.line("F", plain);
  e.line("record facts",
         crypto::seal(facts.reveal(), record_facts_place(tenant, patient, record, 1), plain, Padding::kNone, random));
  must(encode(StoredPatient{"p-1", {words::Label::kVip}, 631'152'000'000}, plain));
  e.line("P", plain);
  e.line("patient facts",
         crypto::seal(facts.reveal(), patient_facts_place(tenant, patient, 1), plain, Padding::kNone, random));
  return e.text();
}

TEST(Formats, TheWorkedExampleIsTrue) {
  const Bytes file = must(read_file(ZHIMI_SOURCE_DIR "/docs/formats.md", 1 << 20));
  const std::string document(text(file));
  const size_t heading = document.find("\n## Worked example: vault\n");
  ASSERT_NE(heading, std::string::npos);
  const size_t from = document.find("\n```\n", heading) + 5, until = document.find("```", from);
  ASSERT_NE(until, std::string::npos);
  EXPECT_EQ(document.substr(from, until - from), compute());
}

}  // namespace
}  // namespace zhimi::vault
