// Who a record ties to its patient, for how long, and how sure that is. Internal to intake.
//
//   Encounter            participant: ATND and PPRF attending, CON consulted, others care-team; serviceProvider and
//   location department.
//                        Until the visit ends plus kAfterVisitMs; planned ones from a day before. Cancelled: none.
//   CareTeam             active: staff care-team, organizations department, for their period.
//   EpisodeOfCare        careManager care-team.
//   Patient              generalPractitioner care-team.
//   ServiceRequest, MedicationRequest, DeviceRequest, Task
//                        performer, dispenser, owner ordered (organizations and places: their department); requester
//                        care-team. Open while the order is; then kAfterOrderMs more.
//   Appointment          actors scheduled, from a day before to a day after. Organizations: the partner of that name
//   and the department. DiagnosticReport, ImagingStudy
//                        performer and interpreter ordered, for kAfterOrderMs.
//   RelatedPerson        guardian: code GUARD, and a parent until the patient is 18; proxy: power of attorney or
//   another kinship.
//
// Provenance: who wrote a fact may not be who profits from it. A tie is certain unless its actor is the record's author
// (requester, recorder, or the agent of a contained Provenance), the source is unfinished (proposed, tentative, undated
// though over), a report answers no order, a reference points to a foreign server, or kinship alone speaks for a proxy.
// A second record by somebody else makes it certain.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "intake/json.h"
#include "intake/reference.h"
#include "vault/vault.h"

namespace zhimi::intake {

inline constexpr int64_t kDayMs = 86'400'000;
inline constexpr int64_t kAfterVisitMs = 30 * kDayMs;  // letters, results and follow-up after discharge
inline constexpr int64_t kAfterOrderMs = 30 * kDayMs;
inline constexpr size_t kTies = 1000;  // of one record

struct TieSource {
  std::string_view type, id;
  Json object;
  std::function<Target(const Json& reference)> resolve;
  std::function<std::optional<int64_t>()> birth_ms;  // of the patient, when known
};

// kTooLarge beyond kTies.
Result<std::vector<vault::Tie>> find_ties(const TieSource& source);

}  // namespace zhimi::intake
