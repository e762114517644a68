// The one way out. Everything that leaves on the guard side is a Disclosure, and only a Door makes one:
//   facts → decide → record (durable) → open → shape → release → outcome
// No entry, no key, no data: the ledger entry is durable before the record is opened. Refusals are entries too.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "classify/map.h"
#include "directory/directory.h"
#include "door/source.h"
#include "ledger/journal.h"
#include "ledger/log.h"
#include "mark/token.h"
#include "policy/policy.h"
#include "shape/shape.h"

namespace zhimi::door {

// What the reader claims. Step and purpose can only narrow: they must be among those of the account and terminal, and
// the policy decides.
struct Context {
  words::Step step{};
  words::Purpose purpose{};
  std::string reason;  // why, in the reader's words; at most limits::kReasonBytes
};

// One patient per request: an export is a sequence of requests.
struct Request {
  directory::Subject who;
  Context context;
  std::string patient;   // id of the Patient
  std::string type;      // "Patient": the Patient resource; another type: all of that type, as a searchset Bundle
  std::string id;        // with a type: that one record instead
  bool explain = false;  // fill Disclosure::explanation / Refusal::explanation: for the operator, not for the reader
  words::Language explain_in = words::Language::kEnglish;
};

// What leaves. Move-only; only Door constructs one.
class Disclosure {
 public:
  Disclosure(Disclosure&&) = default;
  Disclosure& operator=(Disclosure&&) = default;
  Disclosure(const Disclosure&) = delete;
  Disclosure& operator=(const Disclosure&) = delete;

  ByteView body() const { return body_; }  // FHIR JSON, at most limits::kDisclosureBytes
  const ledger::Receipt& receipt() const { return receipt_; }
  const std::string& watermark() const {
    return watermark_;
  }  // who, when, where, entry; empty when no duty asks for it
  bool may_be_incomplete() const { return may_be_incomplete_; }  // care only: show the constant line
  const std::vector<std::string>& rules() const { return rules_; }
  const std::string& explanation() const { return explanation_; }

 private:
  friend class Door;
  explicit Disclosure(const ledger::Receipt& receipt) : receipt_(receipt) {}
  Bytes body_;
  ledger::Receipt receipt_;
  std::string watermark_, explanation_;
  bool may_be_incomplete_ = false;
  std::vector<std::string> rules_;
};

// A refusal as its ledger entry has it, for the operator; the reader only ever sees refused().
struct Refusal {
  uint64_t entry = 0;              // ledger index; Receipt::kJournaled if journaled
  std::vector<std::string> rules;  // forbids that took part
  std::string explanation;
};

// The one answer to everything that is not shown, whatever the reason.
Error refused();

struct Parts {
  std::function<std::shared_ptr<const policy::Snapshot>()> policy;  // the snapshot in use now
  const classify::Map& map;
  Source& source;
  ledger::Log& log;
  ledger::Journal* journal = nullptr;  // stands in for the log, for care only
  const mark::TokenCipher& tokens;
  ByteView office_key;  // seals the actor's part of entries
  Clock& clock;
  Random& random;
  // The shaper; tests plant leaky ones to see that they are caught.
  std::function<Result<size_t>(ByteView, const shape::View&, const shape::Keys&, Bytes&)> shape = shape::shape_fhir;
};

// Belongs to one thread at a time, like its Source. Borrows its Parts.
class Door {
 public:
  explicit Door(Parts parts);
  ~Door();
  // kRefused: refused(), always the same. kInvalid: the request itself is malformed. kUnavailable: no entry could be
  // made durable, so nothing was opened. `refusal`, when given, is filled on kRefused.
  Result<Disclosure> disclose_now(const Request& request, Refusal* refusal = nullptr);

 private:
  struct Plan;
  Result<Plan> plan(const Request& request);
  Result<ledger::Receipt> record(const Request& request, const Plan& plan, ledger::Kind kind);
  Result<Disclosure> release(const Request& request, Plan& plan, const ledger::Receipt& receipt);
  void outcome(const Plan& plan, const ledger::Receipt& receipt, const Result<Disclosure>& result);
  Result<ledger::Receipt> append(ledger::SealedEvent event, bool care);
  std::shared_ptr<const shape::View> view_of(const std::shared_ptr<const policy::Snapshot>& snapshot,
                                             const policy::Decision& decision);

  Parts parts_;
  std::shared_ptr<const policy::Snapshot> viewed_;  // whose decisions `views_` is keyed by
  std::vector<std::pair<const policy::Decision*, std::shared_ptr<const shape::View>>> views_;
  Bytes scratch_;
};

}  // namespace zhimi::door
