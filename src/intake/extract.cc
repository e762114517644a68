#include "intake/extract.h"

#include <algorithm>

#include "base/text.h"
#include "intake/intake.h"
#include "intake/ties.h"

namespace zhimi::intake {

using words::Label, words::Set;

namespace {

constexpr std::string_view kUnits = "http://unitsofmeasure.org";  // a Quantity's code is a unit

// Of every code, wherever it stands: meta.security, contained resources and extensions too.
Set<Label> labels_in(const classify::Labels& labels, const Json& resource) {
  Set<Label> out;
  resource.all_codes([&](std::string_view system, std::string_view code) {
    if (system != kUnits) out = out | labels.of(system, code);
  });
  return out;
}

Error refused(std::string_view what) { return make_error(Code::kInvalid, std::string(what)); }

// Types that may speak for a patient without being one.
bool may_be_patient(std::string_view type) {
  return type.empty() || type == "Patient" || type == "Group" || type == "Person" || type == "RelatedPerson";
}

// At these elements a reference without a type may as well be staff.
bool many_kinds(std::string_view path) {
  for (std::string_view end : {"actor", "who", "what", "entity", "resource", "target", "deliverTo", "source"})
    if (path.ends_with(end)) return true;
  return false;
}

}  // namespace

struct Extractor::Impl {
  const classify::Map& map;
  const classify::Labels& labels;
  KnownReferences& known;
  JsonParser parser{};
  std::string base{};  // of the record's own fullUrl

  // What the patient paths of one resource say.
  struct Claim {
    std::string patient;   // the one named
    bool two = false;      // a second, different one
    bool unknown = false;  // somebody who may be a patient but cannot be told
    bool untold = false;   // of these, one that the rest of the file may tell
    bool others = false;   // staff, places, devices
  };

  Target resolve(const Json& reference);
  void claim_at(const Json& object, std::string_view path, std::string_view rest, const Json& whole, Claim& claim);
  void claim_reference(const Json& reference, std::string_view path, const Json& whole, Claim& claim);
  Claim claim_of(const Json& object, const classify::Type& type);
  Result<std::string> patient_of(const Json& object, const classify::Type& type, std::string_view id,
                                 std::string_view full_url);
  Result<std::string> document_owner(const Json& object, std::string_view id, std::string_view full_url);
  Status check_contained(const Json& object, const std::string& patient);
  void learn(const Json& object, const vault::NewRecord& record);
};

Extractor::Extractor(const classify::Map& map, const classify::Labels& labels, KnownReferences& known)
    : impl_(new Impl{map, labels, known}) {}
Extractor::~Extractor() = default;

Target Extractor::Impl::resolve(const Json& reference) {
  Target target = known.resolve(reference.text("reference"), base);
  std::string_view said = reference.text("type");
  if (target.type.empty()) target.type = said;
  if (!target.text.empty() || target.contained) return target;
  if (auto identifier = reference.object("identifier")) {
    std::string_view value = identifier->text("value");
    if (!value.empty() && value.size() <= 256 && identifier->text("system").size() <= 256)
      target.text =
          std::string(said) + "?identifier=" + std::string(identifier->text("system")) + "|" + std::string(value);
  }
  return target;
}

void Extractor::Impl::claim_reference(const Json& reference, std::string_view path, const Json& whole, Claim& claim) {
  Target target = resolve(reference);
  if (target.contained) {
    std::string_view wanted = reference.text("reference").substr(1);
    whole.each("contained", [&](const Json& inner) {
      if (inner.text("id") == wanted) target.type = inner.text("resourceType");
    });
  }
  if (target.type.empty() && !target.id.empty() && !many_kinds(path)) target.type = "Patient";
  if (target.type == "Patient" && !target.id.empty()) {
    if (!claim.patient.empty() && claim.patient != target.id) claim.two = true;
    claim.patient = target.id;
  } else if (may_be_patient(target.type)) {
    claim.unknown = true;
    claim.untold |= target.type.empty() && !target.text.empty();
  } else {
    claim.others = true;
  }
}

// Visits the references that `rest`, the part of `path` still to go, leads to.
void Extractor::Impl::claim_at(const Json& object, std::string_view path, std::string_view rest, const Json& whole,
                               Claim& claim) {
  size_t dot = rest.find('.');
  object.each(rest.substr(0, dot), [&](const Json& next) {
    if (dot == std::string_view::npos)
      claim_reference(next, path, whole, claim);
    else
      claim_at(next, path, rest.substr(dot + 1), whole, claim);
  });
}

// An agent acts for a patient, or for himself: his own word counts only when no other element names the patient.
Extractor::Impl::Claim Extractor::Impl::claim_of(const Json& object, const classify::Type& type) {
  Claim claim, agents;
  for (const std::string& path : type.patient)
    claim_at(object, path, path, object, path.starts_with("agent.") ? agents : claim);
  if (claim.patient.empty() && !claim.two) {
    claim.patient = agents.patient;
    claim.two = agents.two;
  }
  claim.others |= agents.others || agents.unknown;
  return claim;
}

Result<std::string> Extractor::Impl::document_owner(const Json& object, std::string_view id,
                                                    std::string_view full_url) {
  if (auto context = object.object("securityContext")) {
    Target target = resolve(*context);
    if (target.type == "Patient" && !target.id.empty()) return target.id;
  }
  auto by_id = known.owner("Binary/" + std::string(id)), by_url = known.owner(full_url);
  if (by_id || by_url) return by_id ? *by_id : *by_url;
  known.hope();
  return refused(
      "a Binary that names no patient and that no record of this file points to; give it a securityContext, or import "
      "it in one "
      "Bundle with its DocumentReference");
}

Result<std::string> Extractor::Impl::patient_of(const Json& object, const classify::Type& type, std::string_view id,
                                                std::string_view full_url) {
  if (type.name == "Patient") return std::string(id);
  if (type.name == "Binary") return document_owner(object, id, full_url);
  Claim claim = claim_of(object, type);
  if (claim.two) return refused("names two different patients; split it into one record for each");
  if (!claim.patient.empty()) return claim.patient;
  auto kind = words::data_class(type.gate);
  bool resource = kind == words::DataClass::kHealthResource || kind == words::DataClass::kPublicHealth;
  if (resource || type.patient.empty() || (claim.others && !claim.unknown)) return std::string();
  if (claim.untold) known.hope();
  if (claim.unknown)
    return refused(
        "names its patient in a way that cannot be followed (a group, a person, a contained resource, an identifier or "
        "a condition); refer to "
        "it as Patient/ID");
  return refused("names no patient; refer to it as Patient/ID");
}

// A contained resource goes wherever the outer one goes, so it may not speak of somebody else.
Status Extractor::Impl::check_contained(const Json& object, const std::string& patient) {
  Status status;
  object.each("contained", [&](const Json& inner) {
    std::string_view name = inner.text("resourceType");
    const classify::Type* type = map.find(name);
    if (!type || !type->resource || name == "Bundle" || name == "Parameters") {
      status = refused("contains a resource of a type that FHIR R4 does not know or that cannot be contained");
      return;
    }
    Claim claim = claim_of(inner, *type);
    if (claim.two || (!claim.patient.empty() && claim.patient != patient))
      status = refused("contains a record of another patient; import that one on its own");
    if (name == "Patient" && patient.empty())
      status = refused("names its patient only as a contained resource; refer to it as Patient/ID");
  });
  return status;
}

void Extractor::Impl::learn(const Json& object, const vault::NewRecord& record) {
  if (record.birth_ms != INT64_MIN) known.learn_birth(record.patient, record.birth_ms);
  if (record.patient.empty()) return;
  auto own = [&](const Json& attachment) {
    std::string_view url = attachment.text("url");
    if (url.starts_with("urn:"))
      known.learn_owner(url, record.patient);
    else if (auto tail = url_tail(url); tail && tail->type == "Binary")
      known.learn_owner("Binary/" + std::string(tail->id), record.patient);
  };
  if (record.id.type == "DocumentReference")
    object.each("content", [&](const Json& c) { c.each("attachment", own); });
  else if (record.id.type == "DiagnosticReport")
    object.each("presentedForm", own);
  else if (record.id.type == "Media")
    object.each("content", own);
  else if (record.id.type == "Patient")
    object.each("photo", own);
}

Result<vault::NewRecord> Extractor::extract(ByteView minified, std::string_view full_url) {
  ZHIMI_TRY(Json object, impl_->parser.parse(minified));
  vault::NewRecord record;
  record.json = text(minified);
  std::string_view name = object.text("resourceType");
  const classify::Type* type = impl_->map.find(name);
  if (!type || !type->resource) return refused("its resourceType is not one of FHIR R4");
  if (name == "Bundle" || name == "Parameters")
    return refused("a Bundle or Parameters is not a record; import what it holds");
  record.id.type = name;

  auto tail = url_tail(full_url);
  impl_->base = tail ? std::string(tail->base) : std::string();
  std::string_view id = object.text("id");
  if (id.empty() && tail && tail->type == name) id = tail->id;
  if (id.empty() && full_url.starts_with("urn:uuid:")) id = full_url.substr(9);
  if (id.empty()) return refused("has no id; give it one, or a fullUrl in its Bundle entry");
  if (!valid_id(id)) return refused("its id is not 1 to 64 of A-Z a-z 0-9 - .");
  record.id.id = id;
  impl_->known.learn(full_url, name, id);

  ZHIMI_TRY(record.patient, impl_->patient_of(object, *type, id, full_url));
  ZHIMI_CHECK(impl_->check_contained(object, record.patient));
  record.labels = labels_in(impl_->labels, object);
  record.gone = object.text("status") == "entered-in-error";
  object.each_code("verificationStatus", [&](std::string_view code) { record.gone |= code == "entered-in-error"; });
  if (name == "Patient") record.birth_ms = begin_ms(object.text("birthDate")).value_or(INT64_MIN);
  impl_->learn(object, record);
  if (record.gone || record.patient.empty()) return record;

  TieSource source{name, id, object, [&](const Json& reference) { return impl_->resolve(reference); },
                   [&] { return impl_->known.birth(record.patient); }};
  ZHIMI_TRY(record.ties, find_ties(source));
  return record;
}

Result<Set<Label>> labels_of(const classify::Labels& labels, std::string_view json) {
  Bytes padded = to_bytes(json);
  padded.resize(json.size() + 64);
  JsonParser parser;
  auto object = parser.parse(ByteView(padded).first(json.size()));
  if (!object) return make_error(Code::kCorrupt, "a stored record is not JSON; restore the data from a backup");
  return labels_in(labels, *object);
}

}  // namespace zhimi::intake
