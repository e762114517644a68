#include "classify/map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>

#include "base/file.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"

namespace zhimi::classify {
namespace {

using words::Category;

const std::string& committed_text() {
  static const std::string text = [] {
    auto bytes = read_file(ZHIMI_SOURCE_DIR "/packs/maps/fhir-r4.map", limits::kConfigBytes);
    EXPECT_TRUE(bytes) << bytes.error().what;
    return bytes ? std::string(zhimi::text(*bytes)) : "map fhir-r4 none";
  }();
  return text;
}

const Map& committed() {
  static const Map map = [] {
    auto parsed = Map::parse(committed_text());
    EXPECT_TRUE(parsed) << parsed.error().what;
    return parsed ? std::move(*parsed) : std::move(*Map::parse("map fhir-r4 none"));
  }();
  return map;
}

// http://hl7.org/fhir/R4/resourcelist.html without the abstract Resource and DomainResource.
constexpr std::string_view kResources =
    "Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic "
    "Binary "
    "BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem "
    "ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest "
    "CompartmentDefinition "
    "Composition ConceptMap Condition Consent Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse "
    "DetectedIssue "
    "Device DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest "
    "DocumentReference "
    "EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition "
    "Evidence "
    "EvidenceVariable ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag Goal GraphDefinition Group "
    "GuidanceResponse "
    "HealthcareService ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide "
    "InsurancePlan "
    "Invoice Library Linkage List Location Measure MeasureReport Media Medication MedicationAdministration "
    "MedicationDispense "
    "MedicationKnowledge MedicationRequest MedicationStatement MedicinalProduct MedicinalProductAuthorization "
    "MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient "
    "MedicinalProductInteraction "
    "MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical "
    "MedicinalProductUndesirableEffect "
    "MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder Observation ObservationDefinition "
    "OperationDefinition OperationOutcome Organization OrganizationAffiliation Parameters Patient PaymentNotice "
    "PaymentReconciliation "
    "Person PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse "
    "RelatedPerson "
    "RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment "
    "RiskEvidenceSynthesis "
    "Schedule SearchParameter ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap "
    "Subscription Substance "
    "SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial "
    "SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport TestScript ValueSet "
    "VerificationResult VisionPrescription";
// http://hl7.org/fhir/R4/datatypes.html, metadatatypes.html and the special types.
constexpr std::string_view kDataTypes =
    "Address Age Annotation Attachment BackboneElement CodeableConcept Coding ContactDetail ContactPoint Contributor "
    "Count "
    "DataRequirement Distance Dosage Duration Element ElementDefinition Expression Extension HumanName Identifier "
    "MarketingStatus Meta "
    "Money Narrative ParameterDefinition Period Population ProdCharacteristic ProductShelfLife Quantity Range Ratio "
    "Reference "
    "RelatedArtifact SampledData Signature SubstanceAmount Timing TriggerDefinition UsageContext";

TEST(Map, HoldsEveryTypeOfR4) {
  const auto resources = split(kResources, ' ');
  EXPECT_EQ(resources.size(), 146u);
  for (std::string_view name : resources) {
    const Type* type = committed().find(name);
    ASSERT_TRUE(type) << name;
    EXPECT_TRUE(type->resource) << name;
    for (std::string_view key : {"resourceType", "id", "meta"}) EXPECT_TRUE(type->field(key)) << name << "." << key;
  }
  for (std::string_view name : split(kDataTypes, ' ')) {
    const Type* type = committed().find(name);
    ASSERT_TRUE(type) << name;
    EXPECT_FALSE(type->resource) << name;
  }
  EXPECT_EQ(
      std::count_if(committed().types().begin(), committed().types().end(), [](const Type& t) { return t.resource; }),
      146);
  EXPECT_FALSE(committed().find("SubscriptionStatus"));  // of R4B
  EXPECT_FALSE(committed().find("Bot"));
}

// What stands at "Encounter.diagnosis.condition": the category after inheritance, the type and the text mark.
std::string describe(const Map& map, std::string_view path) {
  const auto steps = split(path, '.');
  const Type* type = map.find(steps[0]);
  if (!type) return "unknown type";
  Category category = type->gate;
  std::string out;
  for (size_t i = 1; i < steps.size(); ++i) {
    const Field* field = type ? type->field(steps[i]) : nullptr;
    if (!field) return "unmapped";
    if (!field->inherits) category = field->category;
    type = field->primitive == Primitive::kComplex ? &map.types()[field->type] : nullptr;
    out = std::string(words::name(category)) + (type ? " " + type->name : "") + (field->text ? " text" : "");
  }
  return out;
}

struct Spot {
  std::string_view path, expected;
};

TEST(Map, SpotChecks) {
  constexpr Spot kSpots[] = {
      {"Patient.id", "link"},
      {"Patient.identifier", "id-number Identifier"},
      {"Patient.name.family", "name"},
      {"Patient.telecom.value", "phone"},
      {"Patient.address.line", "address"},
      {"Patient.birthDate", "birth-date"},
      {"Patient.deceasedDateTime", "death"},
      {"Patient.deceasedBoolean", "death"},
      {"Patient.photo.data", "photo text"},
      {"Patient.maritalStatus.coding.code", "marital-status"},
      {"Patient.contact.name.family", "relative"},
      {"Patient.contact.telecom.value", "relative"},
      {"Patient.contact.organization.display", "relative"},
      {"Patient.communication.language", "language CodeableConcept"},
      {"Patient.generalPractitioner.display", "provider"},
      {"Patient.managingOrganization.display", "organization"},
      {"Patient.link.other.reference", "link"},
      {"Patient.text.div", "note text"},
      {"Patient.meta.lastUpdated", "audit"},
      {"Patient.meta.versionId", "audit"},
      {"Patient.meta.security.code", "diagnosis"},
      {"Patient.meta.profile", "structure"},
      {"Patient.extension.valueString", "extension text"},
      {"Patient.name.extension.valueAddress.city", "extension"},
      {"Patient.undeclared", "unmapped"},
      {"RelatedPerson.name.text", "relative"},
      {"RelatedPerson.patient.reference", "link"},
      {"Practitioner.name.given", "provider"},
      {"Practitioner.telecom.value", "phone"},
      {"Practitioner.birthDate", "birth-date"},
      {"Practitioner.id", "provider"},
      {"Organization.contact.name.family", "organization"},
      {"Location.address.city", "organization"},
      {"Encounter.identifier.value", "record-number"},
      {"Encounter.class.code", "encounter"},
      {"Encounter.type.text", "encounter text"},
      {"Encounter.type.coding.display", "encounter"},
      {"Encounter.subject.display", "name"},
      {"Encounter.subject.reference", "link"},
      {"Encounter.subject.identifier.value", "id-number"},
      {"Encounter.period.start", "event-date"},
      {"Encounter.diagnosis.condition.display", "diagnosis text"},
      {"Encounter.reasonCode.coding.code", "diagnosis"},
      {"Encounter.participant.individual.display", "name"},
      {"Encounter.location.location.display", "encounter"},
      {"Encounter.hospitalization.specialCourtesy.coding.code", "condition"},
      {"Encounter.serviceProvider.display", "organization"},
      {"Condition.code.coding.code", "diagnosis"},
      {"Condition.onsetDateTime", "event-date"},
      {"Condition.onsetString", "diagnosis text"},
      {"Observation.valueQuantity.value", "observation"},
      {"Observation.valueString", "observation text"},
      {"Observation.valueDateTime", "event-date"},
      {"Observation.component.referenceRange.text", "observation text"},
      {"Observation.note.text", "note text"},
      {"Observation.performer.display", "name"},
      {"DiagnosticReport.conclusion", "note text"},
      {"DiagnosticReport.conclusionCode.coding.code", "diagnosis"},
      {"DiagnosticReport.presentedForm.data", "document text"},
      {"MedicationRequest.dosageInstruction.timing.event", "medication"},
      {"MedicationRequest.dosageInstruction.patientInstruction", "medication text"},
      {"MedicationRequest.medicationCodeableConcept.coding.display", "medication"},
      {"AllergyIntolerance.reaction.manifestation.coding.code", "allergy"},
      {"Appointment.reasonCode.coding.code", "diagnosis"},
      {"Appointment.participant.actor.display", "name"},
      {"Appointment.description", "appointment text"},
      {"Appointment.start", "event-date"},
      {"Appointment.serviceType.coding.code", "appointment"},
      {"Claim.diagnosis.diagnosisCodeableConcept.coding.code", "diagnosis"},
      {"Claim.item.productOrService.coding.code", "procedure"},
      {"Claim.item.net.value", "payment"},
      {"Claim.insurance.coverage.display", "insurance text"},
      {"ExplanationOfBenefit.diagnosis.diagnosisCodeableConcept.coding.code", "diagnosis"},
      {"ExplanationOfBenefit.contained", "structure"},
      {"Coverage.subscriberId", "insurance"},
      {"Account.name", "account text"},
      {"Composition.section.section.text.div", "note text"},
      {"Composition.confidentiality", "diagnosis"},
      {"DocumentReference.content.attachment.data", "document text"},
      {"DocumentReference.content.attachment.size", "document text"},
      {"DocumentReference.content.attachment.hash", "document text"},
      {"Binary.data", "document text"},
      {"ImagingStudy.series.instance.uid", "link"},
      {"Device.serialNumber", "device-id"},
      {"Device.type.coding.code", "condition"},
      {"FamilyMemberHistory.name", "relative"},
      {"FamilyMemberHistory.condition.code.coding.code", "condition"},
      {"MolecularSequence.observedSeq", "genomics"},
      {"QuestionnaireResponse.item.answer.item.answer.valueString", "questionnaire text"},
      {"ServiceRequest.code.coding.code", "order"},
      {"Bundle.total", "audit"},
      {"Bundle.entry.response.etag", "audit text"},
      {"ValueSet.title", "reference-data"},
      {"Parameters.parameter.part.part.valueString", "extension text"},
      {"Task.for.display", "name"},
      {"Provenance.target.display", "name text"},
  };
  for (const Spot& s : kSpots) EXPECT_EQ(describe(committed(), s.path), s.expected) << s.path;
}

TEST(Map, Systems) {
  const Map& map = committed();
  const auto name = [](const Category* c) { return c ? words::name(*c) : "none"; };
  EXPECT_EQ(name(map.identifier_system("http://hl7.org/fhir/sid/us-ssn")), "id-number");
  EXPECT_EQ(name(map.identifier_system("http://hospital.smarthealthit.org")), "record-number");
  EXPECT_EQ(name(map.identifier_system("urn:zhimi:sample:ticket")), "ticket");
  EXPECT_EQ(name(map.identifier_system("urn:unheard-of")), "none");
  EXPECT_EQ(name(map.extension_url("http://hl7.org/fhir/StructureDefinition/patient-birthPlace")), "address");
  EXPECT_EQ(name(map.extension_url("http://hl7.org/fhir/us/core/StructureDefinition/us-core-race")), "ethnicity");
  EXPECT_EQ(name(map.extension_url("")), "none");
}

// A resource of a patient says where its patient is; these types are about no single patient.
TEST(Map, PatientPaths) {
  const std::set<std::string_view> impersonal = {"Bundle",           "Parameters",
                                                 "OperationOutcome", "MessageHeader",
                                                 "Subscription",     "VerificationResult",
                                                 "Binary",           "Medication",
                                                 "Substance",        "Slot",
                                                 "DeviceMetric",     "EnrollmentResponse",
                                                 "PaymentNotice",    "PaymentReconciliation",
                                                 "ResearchStudy",    "Patient"};
  for (const Type& t : committed().types()) {
    if (!t.resource) continue;
    const bool shared =
        t.gate == Category::kReferenceData || t.gate == Category::kOrganization || t.gate == Category::kProvider;
    EXPECT_EQ(t.patient.empty(), shared || impersonal.contains(t.name)) << t.name;
  }
  EXPECT_EQ(committed().find("Appointment")->patient, std::vector<std::string>{"participant.actor"});
  EXPECT_EQ(committed().find("Coverage")->patient, std::vector<std::string>{"beneficiary"});
  EXPECT_EQ(committed().find("Observation")->patient, std::vector<std::string>{"subject"});
}

// Free text hides names. Every string is marked as text, or names somebody by its category, or stands in this list of
// elements that hold short, typed values.
TEST(Map, NoStringEscapes) {
  const std::set<Category> identifying = {Category::kName,     Category::kIdNumber,     Category::kRecordNumber,
                                          Category::kPhone,    Category::kAddress,      Category::kRelative,
                                          Category::kDeviceId, Category::kAccount,      Category::kGenomics,
                                          Category::kProvider, Category::kOrganization, Category::kLink};
  const std::set<std::string_view> typed = {
      "Address", "HumanName",     "ContactPoint",      "Identifier",    "Coding",      "Quantity",
      "Age",     "Count",         "Distance",          "Duration",      "SampledData", "Reference(provider)",
      "Timing",  "Timing.repeat", "Device.udiCarrier", "Coverage.class"};
  const std::set<std::string_view> elements = {"Claim.insurance.businessArrangement",
                                               "Claim.insurance.preAuthRef",
                                               "ClaimResponse.preAuthRef",
                                               "ClaimResponse.insurance.businessArrangement",
                                               "ExplanationOfBenefit.preAuthRef",
                                               "ExplanationOfBenefit.insurance.preAuthRef",
                                               "Coverage.subscriberId",
                                               "Coverage.dependent",
                                               "Coverage.network",
                                               "CoverageEligibilityRequest.insurance.businessArrangement",
                                               "CoverageEligibilityResponse.preAuthRef",
                                               "Device.manufacturer",
                                               "Device.modelNumber",
                                               "Device.partNumber",
                                               "Device.deviceName.name",
                                               "Device.specialization.version",
                                               "Device.version.value",
                                               "Immunization.lotNumber",
                                               "Immunization.protocolApplied.series",
                                               "Immunization.protocolApplied.doseNumberString",
                                               "Immunization.protocolApplied.seriesDosesString",
                                               "ImmunizationEvaluation.series",
                                               "ImmunizationEvaluation.doseNumberString",
                                               "ImmunizationEvaluation.seriesDosesString",
                                               "ImmunizationRecommendation.recommendation.series",
                                               "ImmunizationRecommendation.recommendation.doseNumberString",
                                               "ImmunizationRecommendation.recommendation.seriesDosesString",
                                               "Medication.batch.lotNumber",
                                               "Parameters.parameter.name",
                                               "QuestionnaireResponse.item.linkId",
                                               "VisionPrescription.lensSpecification.color",
                                               "VisionPrescription.lensSpecification.brand",
                                               "AuditEvent.agent.network.address",
                                               "MolecularSequence.referenceSeq.genomeBuild",
                                               "MolecularSequence.referenceSeq.referenceSeqString",
                                               "MolecularSequence.variant.observedAllele",
                                               "MolecularSequence.variant.referenceAllele",
                                               "MolecularSequence.variant.cigar"};
  std::set<std::string> used;
  for (const Type& t : committed().types()) {
    const Type* root = committed().find(std::string_view(t.name).substr(0, t.name.find('.')));
    const bool shared =
        root->resource && (root->gate == Category::kReferenceData || root->gate == Category::kOrganization);
    for (const Field& f : t.fields) {
      const bool free =
          f.primitive == Primitive::kString || f.primitive == Primitive::kXhtml || f.primitive == Primitive::kBase64;
      if (!free || f.text || f.name == "id" || shared || typed.contains(t.name)) continue;
      const Category category = f.inherits ? t.gate : f.category;
      if ((!f.inherits || t.resource) && identifying.contains(category)) continue;
      const std::string path = t.name + "." + f.name;
      EXPECT_TRUE(elements.contains(path)) << path << " is a string without `text`";
      used.insert(path);
    }
  }
  for (std::string_view e : elements) EXPECT_TRUE(used.contains(std::string(e))) << e << " needs no exception any more";
}

// Times, versions and sizes are channels: an observer of hidden data must not see it change.
TEST(Map, EditsLeaveNoTrace) {
  const Type* meta = committed().find("Meta");
  for (std::string_view key : {"versionId", "lastUpdated", "source"})
    EXPECT_EQ(meta->field(key)->category, Category::kAudit) << key;
  for (const Type& t : committed().types()) {
    if (!t.resource) continue;
    for (std::string_view key : {"extension", "modifierExtension"}) {
      const Field* f = t.field(key);
      EXPECT_TRUE(!f || (f->inherits ? t.gate : f->category) == Category::kExtension) << t.name << "." << key;
    }
    const Field* narrative = t.field("text");
    EXPECT_TRUE(!narrative || narrative->category == Category::kNote) << t.name;
  }
}

TEST(Map, FieldsAreSortedAndTyped) {
  const auto& types = committed().types();
  EXPECT_TRUE(std::is_sorted(types.begin(), types.end(), [](const Type& a, const Type& b) { return a.name < b.name; }));
  for (const Type& t : types) {
    EXPECT_TRUE(std::is_sorted(t.fields.begin(), t.fields.end(), [](const Field& a, const Field& b) {
      return a.name < b.name;
    })) << t.name;
    for (const Field& f : t.fields) {
      EXPECT_LT(f.type, types.size());
      EXPECT_EQ(t.field(f.name), &f);
    }
  }
  const Field* contained = committed().find("Patient")->field("contained");
  EXPECT_EQ(contained->primitive, Primitive::kResource);
  EXPECT_EQ(types[committed().find("Parameters.parameter")->field("part")->type].name, "Parameters.parameter");
}

constexpr std::string_view kSmall = R"(map fhir-r4 7   # a comment
system urn:s id-number
extension http://e#1 address
type Patient gate structure
  id link string
  name name HumanName
type Visit gate encounter patient who
  who = Reference
  why = string text
type HumanName
  given = string
type Reference
  reference link string
)";

TEST(Map, ReadsAll) {
  auto map = Map::parse(kSmall);
  ASSERT_TRUE(map) << map.error().what;
  EXPECT_EQ(map->version(), "7");
  EXPECT_EQ(map->types().size(), 4u);
  EXPECT_EQ(*map->extension_url("http://e#1"), Category::kAddress);
  const Type* visit = map->find("Visit");
  ASSERT_TRUE(visit);
  EXPECT_EQ(visit->patient, std::vector<std::string>{"who"});
  EXPECT_TRUE(visit->field("why")->text);
  EXPECT_TRUE(visit->field("why")->inherits);
  EXPECT_EQ(map->types()[map->find("Patient")->field("name")->type].name, "HumanName");
  EXPECT_FALSE(visit->field("whom"));
}

TEST(Map, DigestFollowsTheText) {
  auto a = Map::parse("map fhir-r4 1\n"), b = Map::parse("map fhir-r4 2\n");
  ASSERT_TRUE(a && b);
  EXPECT_NE(a->digest(), b->digest());
}

TEST(Map, Refusals) {
  struct Bad {
    std::string_view text, what;
  };
  const Bad cases[] = {
      {"", "line 1, column 1: the first item of a map must be"},
      {"type Patient\n", "line 1, column 1: the first item"},
      {"map fhir-r5 1\n", "write `map fhir-r4 VERSION`"},
      {"map fhir-r4 1\nmap fhir-r4 2\n", "line 2, column 1: a map has one version"},
      {"map fhir-r4 1\nbogus\n", "line 2, column 1: `bogus` is not map"},
      {"map fhir-r4 1\nsystem urn:x pone\n",
       "line 2, column 14: `pone` is not a category of packs/words.toml; did you mean `phone`?"},
      {"map fhir-r4 1\nsystem urn:x name\nsystem urn:x phone\n", "line 3, column 8: `urn:x` is listed twice"},
      {"map fhir-r4 1\n  id link string\n", "line 2, column 3: an indented line is a field"},
      {"map fhir-r4 1\ntype A\n  x =\n", "line 3, column 3: write `FIELD"},
      {"map fhir-r4 1\ntype A\n  x = string\n  x = code\n", "line 4, column 3: field `x` stands twice in type `A`"},
      {"map fhir-r4 1\ntype A\ntype A\n", "line 3, column 6: type `A` stands twice"},
      {"map fhir-r4 1\ntype string\n", "`string` is a primitive"},
      {"map fhir-r4 1\ntype A\n  x = Missing\n", "line 3, column 7: `Missing` is neither a primitive nor a type"},
      {"map fhir-r4 1\ntype A\n  x = string loud\n", "line 3, column 14: only `text` may follow"},
      {"map fhir-r4 1\ntype A gate\n", "`gate` needs a word behind it"},
      {"map fhir-r4 1\ntype A gate name gate name\n", "only one `gate CATEGORY`"},
      {"map fhir-r4 1\ntype A patient x\n", "only one `gate CATEGORY`"},
      {"map fhir-r4 1\ntype A gate name patient x\n", "line 2, column 26: type `A` has no element `x`"},
      {"map fhir-r4 1\ntype A gate name patient x\n  x = string\n", "`x` of type `A` is not a Reference"},
      {"map fhir-r4 \xff\n", "not valid UTF-8"},
  };
  for (const Bad& bad : cases) {
    auto map = Map::parse(bad.text);
    ASSERT_FALSE(map) << bad.text;
    EXPECT_EQ(map.error().code, Code::kInvalid);
    EXPECT_NE(map.error().what.find(bad.what), std::string::npos) << map.error().what;
  }
}

// Broken copies of the committed map are refused or read, never a crash; run under the sanitizers too.
TEST(Map, HostileText) {
  constexpr uint64_t kSeed = 20261123;
  SeededRandom random(kSeed);
  const std::string start = committed_text().substr(0, 6000);
  for (int i = 0; i < 500; ++i) {
    std::string text = start.substr(0, 200 + random.below(start.size() - 200));
    for (int n = 0; n < 4; ++n) text[random.below(text.size())] = static_cast<char>(random.below(256));
    (void)Map::parse(text);
  }
  EXPECT_FALSE(Map::parse("map fhir-r4 1\ntype A gate name" + std::string(500, ' ') + std::string(5000, 'x')))
      << "seed " << kSeed;
}

TEST(Map, IsFast) {
  double best_ms = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    auto map = Map::parse(committed_text());
    ASSERT_TRUE(map);
    best_ms =
        std::min(best_ms, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::printf("the whole map: %.2f ms\n", best_ms);
}

}  // namespace
}  // namespace zhimi::classify
