#include "intake/ties.h"

#include <algorithm>

namespace zhimi::intake {

using words::Relation;

namespace {

bool one_of(std::string_view s, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), s) != words.end();
}

// How long a tie holds and whether its source is settled.
struct Term {
  int64_t from_ms = 0;
  int64_t until_ms = INT64_MAX;
  bool certain = true;
};

int64_t latest(std::initializer_list<std::optional<int64_t>> times, int64_t otherwise) {
  std::optional<int64_t> last;
  for (auto t : times)
    if (t && (!last || *t > *last)) last = t;
  return last.value_or(otherwise);
}

class Finder {
 public:
  explicit Finder(const TieSource& source)
      : source_(source), o_(source.object), status_(o_.text("status")), author_(author()) {}

  void encounter();
  void care_team();
  void episode();
  void order();
  void appointment();
  void report();
  void patient();
  void related_person();

  std::vector<vault::Tie> ties;

 private:
  std::string author() const;
  std::optional<Term> order_term() const;
  Term related_term() const;
  void add(Relation relation, const Target& target, const Term& term, bool department);
  // Staff, devices and partners as actors; organizations and places as their department too, or only.
  void add_staff(Relation relation, const Target& target, const Term& term);
  void add_staff_at(const Json& object, std::string_view key, Relation relation, const Term& term) {
    object.each(key, [&](const Json& r) { add_staff(relation, source_.resolve(r), term); });
  }
  void add_department(const Json& object, std::string_view key, const Term& term) {
    if (auto r = object.object(key)) add(Relation::kDepartment, source_.resolve(*r), term, true);
  }

  const TieSource& source_;
  const Json& o_;
  std::string_view status_;
  std::string author_;
};

std::string Finder::author() const {
  std::string found;
  auto take = [&](const Json& reference) {
    if (found.empty()) found = source_.resolve(reference).text;
  };
  for (std::string_view key : {"requester", "recorder", "author"}) o_.each(key, take);
  if (found.empty() && source_.type != "Provenance")
    o_.each("contained", [&](const Json& inner) {
      if (inner.text("resourceType") != "Provenance") return;
      inner.each("agent", [&](const Json& agent) { agent.each("who", take); });
    });
  return found;
}

void Finder::add(Relation relation, const Target& target, const Term& term, bool department) {
  if (target.text.empty() || term.from_ms >= term.until_ms) return;
  vault::Tie tie;
  tie.relation = relation;
  (department ? tie.department : tie.actor) = target.text;
  tie.author = author_;
  tie.from_ms = term.from_ms;
  tie.until_ms = term.until_ms;
  tie.certain = term.certain && !target.foreign && (author_.empty() || author_ != target.text);
  ties.push_back(std::move(tie));
}

void Finder::add_staff(Relation relation, const Target& target, const Term& term) {
  if (one_of(target.type, {"Patient", "RelatedPerson", "CareTeam", "Group", "Person"})) return;
  bool place = one_of(target.type, {"Organization", "HealthcareService", "Location"});
  if (!place || target.type == "Organization") add(relation, target, term, false);
  if (place) add(relation, target, term, true);
}

void Finder::encounter() {
  if (one_of(status_, {"cancelled", "entered-in-error"})) return;
  Span visit = period_at(o_, "period");
  auto term_of = [&](const Span& part, bool part_over) {
    Term term;
    auto from = part.from_ms ? part.from_ms : visit.from_ms;
    auto until = part.until_ms ? part.until_ms : visit.until_ms;
    bool over = part_over || status_ == "finished";
    term.from_ms = from.value_or(0);
    term.certain = one_of(status_, {"planned", "arrived", "triaged", "in-progress", "onleave", "finished"});
    if (status_ == "planned") {
      term.from_ms -= from ? kDayMs : 0;
      term.certain = from.has_value();
    }
    if (until)
      term.until_ms = *until + kAfterVisitMs;
    else if (over)
      term.certain = false;  // over, nobody says since when
    return term;
  };
  o_.each("participant", [&](const Json& p) {
    Relation relation = Relation::kCareTeam;
    p.each_code("type", [&](std::string_view code) {
      if (one_of(code, {"ATND", "PPRF"}))
        relation = Relation::kAttending;
      else if (code == "CON" && relation != Relation::kAttending)
        relation = Relation::kConsulted;
    });
    add_staff_at(p, "individual", relation, term_of(period_at(p, "period"), false));
  });
  add_department(o_, "serviceProvider", term_of({}, false));
  o_.each("location", [&](const Json& l) {
    Term term = term_of(period_at(l, "period"), l.text("status") == "completed");
    add_department(l, "location", term);
  });
}

void Finder::care_team() {
  if (!status_.empty() && status_ != "active") return;
  Span whole = period_at(o_, "period");
  o_.each("participant", [&](const Json& p) {
    Span part = period_at(p, "period");
    Term term{(part.from_ms ? part.from_ms : whole.from_ms).value_or(0),
              (part.until_ms ? part.until_ms : whole.until_ms).value_or(INT64_MAX), status_ == "active"};
    p.each("member", [&](const Json& r) {
      Target member = source_.resolve(r);
      if (one_of(member.type, {"Organization", "HealthcareService", "Location"}))
        add(Relation::kDepartment, member, term, true);
      else
        add_staff(Relation::kCareTeam, member, term);
    });
  });
}

void Finder::episode() {
  if (!one_of(status_, {"active", "onhold", "finished"})) return;
  Span period = period_at(o_, "period");
  Term term{period.from_ms.value_or(0), period.until_ms ? *period.until_ms + kAfterVisitMs : INT64_MAX,
            status_ != "finished" || period.until_ms};
  add_staff_at(o_, "careManager", Relation::kCareTeam, term);
}

// Orders: open while they are, then kAfterOrderMs; nullopt when they tie nobody.
std::optional<Term> Finder::order_term() const {
  if (one_of(status_, {"draft", "revoked", "cancelled", "rejected", "failed", "entered-in-error"})) return std::nullopt;
  Span occurrence = period_at(o_, source_.type == "Task" ? "executionPeriod" : "occurrencePeriod");
  std::string_view written = o_.text("authoredOn");
  Term term;
  term.from_ms = begin_ms(written).value_or(0);
  term.certain = !status_.empty() && status_ != "unknown" && !one_of(o_.text("intent"), {"proposal", "plan", "option"});
  if (one_of(status_, {"completed", "stopped", "ended"})) {
    int64_t last = latest(
        {end_ms(written), end_ms(o_.text("occurrenceDateTime")), occurrence.until_ms, end_ms(o_.text("lastModified"))},
        INT64_MAX);
    if (last == INT64_MAX)
      term.certain = false;
    else
      term.until_ms = last + kAfterOrderMs;
  }
  return term;
}

void Finder::order() {
  auto term = order_term();
  if (!term) return;
  for (std::string_view key : {"performer", "owner"}) add_staff_at(o_, key, Relation::kOrdered, *term);
  if (auto dispense = o_.object("dispenseRequest")) add_staff_at(*dispense, "performer", Relation::kOrdered, *term);
  add_staff_at(o_, "requester", Relation::kCareTeam, *term);
}

void Finder::appointment() {
  bool proposed = one_of(status_, {"proposed", "pending"});
  if (!proposed && !one_of(status_, {"booked", "arrived", "checked-in", "fulfilled"})) return;
  auto start = begin_ms(o_.text("start"));
  auto end = end_ms(o_.text("end"));
  if (!start) return;
  double minutes = o_.number("minutesDuration").value_or(0);
  if (!end && minutes > 0 && minutes < 1e6) end = *start + static_cast<int64_t>(minutes * 60'000);
  o_.each("participant", [&](const Json& p) {
    std::string_view answer = p.text("status");
    if (answer == "declined") return;
    Term term{*start - kDayMs, end.value_or(*start) + kDayMs, !proposed && answer != "tentative"};
    add_staff_at(p, "actor", Relation::kScheduled, term);
  });
}

void Finder::report() {
  if (one_of(status_, {"cancelled", "entered-in-error"})) return;
  Span effective = period_at(o_, "effectivePeriod");
  std::string_view when = o_.text(source_.type == "ImagingStudy" ? "started" : "effectiveDateTime");
  auto begun = begin_ms(when);
  int64_t last = latest({end_ms(when), end_ms(o_.text("issued")), effective.until_ms}, INT64_MAX);
  Term term{(begun ? begun : effective.from_ms).value_or(0), last == INT64_MAX ? last : last + kAfterOrderMs,
            o_.has("basedOn") && last != INT64_MAX};
  for (std::string_view key : {"performer", "resultsInterpreter", "interpreter"})
    add_staff_at(o_, key, Relation::kOrdered, term);
  o_.each("series", [&](const Json& series) {
    series.each("performer", [&](const Json& p) { add_staff_at(p, "actor", Relation::kOrdered, term); });
  });
}

void Finder::patient() {
  o_.each("generalPractitioner", [&](const Json& r) {
    Target target = source_.resolve(r);
    if (target.type != "Organization") add_staff(Relation::kCareTeam, target, Term{});
  });
}

Term Finder::related_term() const {
  Span period = period_at(o_, "period");
  return {period.from_ms.value_or(0), period.until_ms.value_or(INT64_MAX), true};
}

// HL7 v3 RoleCode; the strongest code counts.
void Finder::related_person() {
  if (!o_.boolean("active").value_or(true)) return;
  bool guardian = false, parent = false, authority = false;
  o_.each_code("relationship", [&](std::string_view code) {
    guardian |= code == "GUARD";
    parent |= one_of(code, {"PRN", "MTH", "FTH", "NMTH", "NFTH", "NPRN", "ADOPTP", "ADOPTM", "ADOPTF", "PRNFOST",
                            "MTHFOST", "FTHFOST", "GESTM"});
    authority |= one_of(code, {"POWATT", "HPOWATT", "DPOWATT", "SPOWATT", "RESPRSN"});
  });
  Target self;
  self.text = "RelatedPerson/" + std::string(source_.id);
  Term term = related_term();
  if (guardian) return add(Relation::kGuardian, self, term, false);
  if (authority) return add(Relation::kProxy, self, term, false);
  if (parent) {
    constexpr int64_t kYearMs = int64_t{31'557'600} * 1000;
    auto birth = source_.birth_ms();
    term.certain = birth.has_value();
    if (birth) term.until_ms = std::min(term.until_ms, *birth + 18 * kYearMs);
    return add(Relation::kGuardian, self, term, false);
  }
  term.certain = false;
  add(Relation::kProxy, self, term, false);
}

struct Rule {
  std::string_view type;
  void (Finder::*find)();
};
constexpr Rule kRules[] = {
    {"Encounter", &Finder::encounter},
    {"CareTeam", &Finder::care_team},
    {"EpisodeOfCare", &Finder::episode},
    {"ServiceRequest", &Finder::order},
    {"MedicationRequest", &Finder::order},
    {"DeviceRequest", &Finder::order},
    {"Task", &Finder::order},
    {"Appointment", &Finder::appointment},
    {"DiagnosticReport", &Finder::report},
    {"ImagingStudy", &Finder::report},
    {"Patient", &Finder::patient},
    {"RelatedPerson", &Finder::related_person},
};

}  // namespace

Result<std::vector<vault::Tie>> find_ties(const TieSource& source) {
  for (const Rule& rule : kRules) {
    if (rule.type != source.type) continue;
    Finder finder(source);
    (finder.*rule.find)();
    if (finder.ties.size() > kTies)
      return make_error(Code::kTooLarge, "ties more than 1000 people to its patient; split it");
    return std::move(finder.ties);
  }
  return std::vector<vault::Tie>();
}

}  // namespace zhimi::intake
