#include "door/facts.h"

#include <algorithm>

namespace zhimi::door {

using words::Label, words::Relation, words::Set;

namespace {
bool names(const vault::Tie& tie, const directory::Subject& who) {
  const auto& refs = who.references();
  return !tie.actor.empty() && std::find(refs.begin(), refs.end(), tie.actor) != refs.end();
}

// Departments are known by id; records name them as Organization/ID or Location/ID.
bool names_department(const vault::Tie& tie, const directory::Subject& who) {
  if (tie.department.empty() || who.department().empty()) return false;
  std::string_view d = tie.department;
  if (size_t slash = d.rfind('/'); slash != std::string_view::npos) d.remove_prefix(slash + 1);
  return d == who.department();
}
}  // namespace

policy::Facts relations(const directory::Subject& who, const vault::PatientFacts& patient, std::string_view patient_id,
                        int64_t now_ms) {
  policy::Facts facts;
  auto hold = [&](Relation relation, bool certain) {
    facts.relations_possibly.add(relation);
    if (certain) facts.relations_definitely.add(relation);
  };
  if (!who.patient_id().empty() && who.patient_id() == patient_id) hold(Relation::kSelf, true);
  for (const vault::Tie& tie : patient.ties) {
    if (now_ms < tie.from_ms || now_ms >= tie.until_ms) continue;
    if (names(tie, who)) hold(tie.relation, tie.certain);
    if (names_department(tie, who)) hold(Relation::kDepartment, tie.certain);
  }
  return facts;
}

policy::Facts with_labels(policy::Facts facts, const vault::PatientFacts& patient, Set<Label> record_labels,
                          int64_t now_ms) {
  facts.labels_definitely = record_labels | patient.labels;
  facts.labels_possibly = facts.labels_definitely;
  // A year of 365.25 days: the day itself is within the policy's tolerance, and a birthday never widens what is shown
  // by more than a day.
  constexpr int64_t kYearMs = int64_t{31'557'600} * 1000;
  if (patient.birth_ms == INT64_MIN) {
    facts.labels_possibly.add(Label::kMinor);
  } else if (now_ms - patient.birth_ms < kMinorYears * kYearMs) {
    facts.labels_definitely.add(Label::kMinor);
    facts.labels_possibly.add(Label::kMinor);
  }
  facts.settle();
  return facts;
}

bool is_care(words::Purpose purpose, const policy::Facts& facts) {
  if (purpose == words::Purpose::kEtreat) return true;
  if (purpose != words::Purpose::kTreat) return false;
  constexpr Set<Relation> kProven{Relation::kAttending, Relation::kOnDuty,  Relation::kCareTeam,
                                  Relation::kConsulted, Relation::kOrdered, Relation::kScheduled};
  return !(facts.relations_definitely & kProven).empty();
}

}  // namespace zhimi::door
