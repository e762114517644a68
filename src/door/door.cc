#include "door/door.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "door/facts.h"

namespace zhimi::door {

using ledger::Kind;

// What was decided for one request, before anything is opened.
struct Door::Plan {
  struct Shown {
    vault::RecordId id;
    uint32_t version;
    std::shared_ptr<const shape::View> view;
    const policy::Decision* decision;
  };
  ledger::EntryId id{};
  int64_t now_ms = 0;
  std::shared_ptr<const policy::Snapshot> snapshot;  // keeps every Decision alive
  ledger::PatientMac patient{};
  uint64_t patient_number = 0;
  policy::Facts relations;
  const policy::Decision* base = nullptr;  // for a record of this type without labels
  bool permitted = false;
  bool bundle = false;
  bool care = false;
  std::vector<Shown> shown;
  words::Set<words::Duty> duties;
  std::vector<std::string> rules;
  std::string explanation;
};

namespace {

bool plausible_id(std::string_view id) {
  return !id.empty() && id.size() <= limits::kIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

Status check(const Request& request, const classify::Map& map) {
  if (!plausible_id(request.patient) || (!request.id.empty() && !plausible_id(request.id)))
    return make_error(Code::kInvalid, "a FHIR id has 1 to 64 letters, digits, '-' or '.': for example Patient/p-001");
  const classify::Type* type = map.find(request.type);
  if (!type || !type->resource)
    return make_error(Code::kInvalid,
                      "'" + request.type.substr(0, 64) + "' is not a FHIR R4 resource type: for example Observation");
  if (request.context.reason.size() > limits::kReasonBytes || !valid_utf8(request.context.reason))
    return make_error(Code::kInvalid, fmt::format("a reason is at most {} bytes of UTF-8 text", limits::kReasonBytes));
  return {};
}

std::string json_list(const std::vector<std::string>& words) {
  std::string out = "[";
  for (const std::string& w : words) out += fmt::format("{}\"{}\"", out.size() > 1 ? "," : "", json_escape(w));
  return out + "]";
}

template <class Word>
std::vector<std::string> word_list(words::Set<Word> set) {
  std::vector<std::string> out;
  set.each([&](Word w) { out.emplace_back(words::name(w)); });
  return out;
}

void add_rules(const policy::Policy& policy, const std::vector<uint32_t>& numbers, std::vector<std::string>& out) {
  for (uint32_t n : numbers)
    if (std::find(out.begin(), out.end(), policy.rules[n].name) == out.end()) out.push_back(policy.rules[n].name);
}

policy::Question question(const Request& request, const policy::Facts& facts) {
  return {request.who.roles(), request.context.step, request.context.purpose, request.who.terminal(), facts};
}

// The patient's part of an entry: what was asked for and what was shown. A long list is cut; its digest is of all of
// it.
constexpr size_t kListedRecords = 200;
std::string about_json(const Request& request, const std::vector<std::string>& shown) {
  crypto::Sha256 digest;
  for (const std::string& reference : shown) {
    digest.update(view(reference));
    digest.update(view("\n"));
  }
  std::vector<std::string> listed(shown.begin(),
                                  shown.begin() + static_cast<ptrdiff_t>(std::min(shown.size(), kListedRecords)));
  return fmt::format(R"({{"patient":"Patient/{}","type":"{}","id":"{}","records":{},"count":{},"recordsDigest":"{}"}})",
                     request.patient, request.type, request.id, json_list(listed), shown.size(), hex(digest.finish()));
}

std::string actor_json(const Request& request, int64_t now_ms, const std::vector<std::string>& rules,
                       words::Set<words::Duty> duties, const Digest& policy) {
  const directory::Subject& who = request.who;
  return fmt::format(
      R"({{"time":"{}","account":"{}","roles":{},"department":"{}","terminal":"{}","terminalKind":"{}","step":"{}","purpose":"{}","reason":"{}","rules":{},"duties":{},"policy":"{}"{}}})",
      utc_time(now_ms), json_escape(who.account()), json_list(word_list(who.roles())), json_escape(who.department()),
      json_escape(who.terminal_id()), words::name(who.terminal()), words::name(request.context.step),
      words::name(request.context.purpose), json_escape(request.context.reason), json_list(rules),
      json_list(word_list(duties)), hex(policy), request.explain ? R"(,"explained":true)" : "");
}

}  // namespace

Error refused() {
  return make_error(
      Code::kRefused,
      "nothing to show for this request: ask the privacy officer to explain the entry if you need it for your work");
}

Door::Door(Parts parts) : parts_(std::move(parts)) {}
Door::~Door() = default;

std::shared_ptr<const shape::View> Door::view_of(const std::shared_ptr<const policy::Snapshot>& snapshot,
                                                 const policy::Decision& decision) {
  constexpr size_t kViews = 256;
  if (viewed_ != snapshot || views_.size() >= kViews) {
    views_.clear();
    viewed_ = snapshot;
  }
  for (const auto& [known, compiled] : views_)
    if (known == &decision) return compiled;
  views_.emplace_back(&decision, shape::View::compile(parts_.map, decision.table));
  return views_.back().second;
}

Result<Door::Plan> Door::plan(const Request& request) {
  Plan plan;
  parts_.random.fill(plan.id);
  plan.now_ms = parts_.clock.now_ms();
  plan.snapshot = parts_.policy();
  plan.bundle = request.type != "Patient" && request.id.empty();
  ZHIMI_TRY(const vault::PatientFacts* known, parts_.source.patient(request.patient));
  plan.patient = known->mac;
  plan.patient_number = known->number;
  plan.relations = relations(request.who, *known, request.patient, plan.now_ms);
  // The same for every record of the patient: what with_labels needs, kept beyond the borrow.
  vault::PatientFacts patient;
  patient.labels = known->labels;
  patient.birth_ms = known->birth_ms;

  std::vector<vault::RecordFacts> records;
  if (plan.bundle) {
    ZHIMI_TRY(records, parts_.source.records(request.patient, request.type, limits::kDisclosureRecords));
  } else {
    auto one = parts_.source.record(request.patient, {request.type, request.id.empty() ? request.patient : request.id});
    if (one)
      records.push_back(std::move(*one));
    else if (one.error().code != Code::kNotFound)
      return std::move(one).error();
  }

  // A claimed step must be one that account and terminal allow; otherwise no question is asked and nothing is shown.
  bool step_allowed = request.who.steps().has(request.context.step);
  policy::Facts plain = with_labels(plan.relations, patient, {}, plan.now_ms);
  plan.care = is_care(request.context.purpose, plain);
  plan.base = &plan.snapshot->decide(question(request, plain));
  if (step_allowed) {
    plan.permitted = plan.bundle && view_of(plan.snapshot, *plan.base)->shows(request.type);
    for (const vault::RecordFacts& record : records) {
      if (!record.current_map) continue;
      policy::Facts facts = with_labels(plan.relations, patient, record.labels, plan.now_ms);
      const policy::Decision& decision = plan.snapshot->decide(question(request, facts));
      std::shared_ptr<const shape::View> view = view_of(plan.snapshot, decision);
      if (!view->shows(request.type)) continue;
      plan.shown.push_back({record.id, record.version, std::move(view), &decision});
    }
    plan.permitted = plan.permitted || !plan.shown.empty();
  }
  const policy::Policy& policy = plan.snapshot->policy();
  auto took_part = [&](const policy::Decision& d) {
    plan.duties = plan.duties | d.duties;
    add_rules(policy, d.permits, plan.rules);
    add_rules(policy, d.forbids, plan.rules);
  };
  const policy::Decision* last = nullptr;
  for (const Plan::Shown& s : plan.shown) {
    if (s.decision != last) took_part(*s.decision);
    last = s.decision;
  }
  if (plan.shown.empty() && step_allowed) took_part(*plan.base);
  if (request.explain) {
    policy::Facts facts =
        records.size() == 1 ? with_labels(plan.relations, patient, records[0].labels, plan.now_ms) : plain;
    plan.explanation = step_allowed
                           ? policy::explain(*plan.snapshot, question(request, facts), request.explain_in)
                           : fmt::format("account {} at terminal {} may not take the step {}\n", request.who.account(),
                                         request.who.terminal_id(), words::name(request.context.step));
  }
  return plan;
}

Result<ledger::Receipt> Door::append(ledger::SealedEvent event, bool care) {
  auto receipt = parts_.log.append(event);
  if (receipt || !care || !parts_.journal || receipt.error().code != Code::kUnavailable) return receipt;
  return parts_.journal->append(std::move(event));
}

Result<ledger::Receipt> Door::record(const Request& request, const Plan& plan, Kind kind) {
  std::vector<std::string> shown;
  if (kind == Kind::kDisclosure)
    for (const Plan::Shown& s : plan.shown) shown.push_back(s.id.type + "/" + s.id.id);
  ledger::Event event{plan.id, kind, plan.patient, about_json(request, shown),
                      actor_json(request, plan.now_ms, plan.rules, plan.duties, plan.snapshot->digest())};
  // A patient without an audit key (never imported, or shredded) has nothing of their own to protect: the office's key
  // seals the rest.
  auto key = parts_.source.audit_key(plan.patient);
  if (!key && key.error().code != Code::kNotFound) return std::move(key).error();
  return append(ledger::seal(event, key ? key->reveal() : parts_.office_key, parts_.office_key, parts_.random),
                plan.care);
}

Result<Disclosure> Door::release(const Request& request, Plan& plan, const ledger::Receipt& receipt) {
  Disclosure out(receipt);
  std::string dial_prefix = crockford(plan.id);
  uint32_t dialed = 0;  // one count over all records, so that no two handles of a disclosure are alike
  shape::Keys keys{&parts_.tokens, request.who.recipient(), plan.patient_number, request.patient, dial_prefix, &dialed};
  Bytes& body = out.body_;
  if (plan.bundle) zhimi::append(body, R"({"resourceType":"Bundle","type":"searchset")");
  bool any = false, everything = true;
  for (const Plan::Shown& s : plan.shown) {
    scratch_.clear();
    ZHIMI_TRY(size_t size, parts_.source.open(receipt, request.patient, s.id, s.version, scratch_));
    size_t before = body.size();
    if (plan.bundle) zhimi::append(body, any ? R"(,{"resource":)" : R"(,"entry":[{"resource":)");
    ZHIMI_TRY(size_t written, parts_.shape(ByteView(scratch_).first(size), *s.view, keys, body));
    if (!written) {
      body.resize(before);
      continue;
    }
    if (plan.bundle) body.push_back('}');
    any = true;
    everything = everything && s.decision->table == words::Table::everything();
    if (body.size() > limits::kDisclosureBytes)
      return make_error(
          Code::kTooLarge,
          fmt::format("more than {} bytes in one answer: ask for fewer records at a time", limits::kDisclosureBytes));
  }
  if (!plan.bundle && !any) return refused();
  if (plan.bundle) zhimi::append(body, any ? "]}" : "}");
  out.rules_ = plan.rules;
  out.explanation_ = std::move(plan.explanation);
  bool treating =
      request.context.purpose == words::Purpose::kTreat || request.context.purpose == words::Purpose::kEtreat;
  out.may_be_incomplete_ = treating && !(everything && any);
  if (plan.duties.has(words::Duty::kWatermark))
    out.watermark_ = fmt::format("{} · {} · {} · {}", request.who.account(), utc_time(plan.now_ms),
                                 request.who.terminal_id(), dial_prefix);
  return out;
}

void Door::outcome(const Plan& plan, const ledger::Receipt& receipt, const Result<Disclosure>& result) {
  ledger::Event event{{}, Kind::kOutcome, plan.patient, "", ""};
  parts_.random.fill(event.id);
  event.about = result
                    ? fmt::format(R"({{"of":"{}","bytes":{},"digest":"{}"}})", hex(receipt.id()), result->body().size(),
                                  hex(crypto::sha256(result->body())))
                    : fmt::format(R"({{"of":"{}","aborted":"{}"}})", hex(receipt.id()), code_name(result.error().code));
  event.actor = fmt::format(R"({{"time":"{}"}})", utc_time(parts_.clock.now_ms()));
  auto key = parts_.source.audit_key(plan.patient);
  ledger::SealedEvent sealed =
      ledger::seal(event, key ? key->reveal() : parts_.office_key, parts_.office_key, parts_.random);
  // The disclosure stands recorded already; an outcome that cannot be kept is itself visible, as a disclosure without
  // one.
  if (receipt.journaled()) {
    if (parts_.journal) (void)parts_.journal->append(std::move(sealed));
  } else {
    parts_.log.submit(std::move(sealed), [](Result<ledger::Receipt>) {});
  }
}

Result<Disclosure> Door::disclose_now(const Request& request, Refusal* refusal) {
  ZHIMI_CHECK(check(request, parts_.map));
  ZHIMI_TRY(Plan plan, this->plan(request));
  bool reason_missing = plan.permitted && plan.duties.has(words::Duty::kReason) && trim(request.context.reason).empty();
  if (!plan.permitted || reason_missing) {
    ZHIMI_TRY(ledger::Receipt receipt, record(request, plan, Kind::kRefusal));
    if (refusal) *refusal = {receipt.index(), plan.rules, plan.explanation};
    if (reason_missing) return make_error(Code::kInvalid, "this access needs a reason: say why you need it (--reason)");
    return refused();
  }
  ZHIMI_TRY(ledger::Receipt receipt, record(request, plan, Kind::kDisclosure));
  Result<Disclosure> result = release(request, plan, receipt);
  outcome(plan, receipt, result);
  if (!result && result.error().code == Code::kRefused && refusal)
    *refusal = {receipt.index(), plan.rules, plan.explanation};
  return result;
}

}  // namespace zhimi::door
