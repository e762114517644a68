// Encrypted records. A record's plaintext is reached only through Vault::open (vault/open.h), against a durable ledger
// receipt for its patient. Deciding needs no plaintext: relations and labels are indexed, sealed, when a record is
// written. What data.db shows a thief stands in docs/formats.md section "What the store reveals". Belongs to one thread
// at a time. Borrows its sessions, keyring, clock and random; they outlive it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "ledger/receipt.h"
#include "store/session.h"
#include "vault/keyring.h"
#include "words/words.h"

namespace zhimi::vault {

struct RecordId {
  std::string type, id;  // "Observation", "ob-17"
  bool operator==(const RecordId&) const = default;
};

// One tie between the patient and a reader, proven by a record. Either `actor` (a FHIR reference such as
// "Practitioner/d-017") or `department` (id or FHIR reference of it) is set.
struct Tie {
  words::Relation relation{};
  std::string actor, department;
  std::string author;  // who wrote the record that proves it, when the record says
  int64_t from_ms = 0;
  int64_t until_ms = INT64_MAX;  // exclusive
  bool certain = true;           // false: possible only (unfinished or disputed source)
};

// What intake makes of one checked resource.
struct NewRecord {
  RecordId id;
  std::string patient;    // id of the Patient; empty for the hospital's own resources (Practitioner, Location…)
  std::string_view json;  // minified by shape::check_fhir
  words::Set<words::Label> labels;
  std::vector<Tie> ties;
  int64_t birth_ms = INT64_MIN;  // of a Patient resource with a birth date
  bool gone = false;             // entered-in-error: kept, ties and labels possible only
};

// What is known of a record without opening it.
struct RecordFacts {
  RecordId id;
  uint32_t version = 0;             // 1 for the first
  words::Set<words::Label> labels;  // its own; sticky over versions
  bool current_map = false;  // labelled under the map and label list in use; if not it is hidden until relabelled
};

// What is known of a patient without opening anything.
struct PatientFacts {
  std::string id;
  uint64_t number = 0;  // 40-bit number that tokens carry
  ledger::PatientMac mac{};
  std::vector<Tie> ties;
  words::Set<words::Label> labels;  // of the Patient resource: vip, employee…
  int64_t birth_ms = INT64_MIN;
  bool known = false;  // false: no record of this patient; everything else is empty, mac still set
};

class Opened;  // vault/open.h

class Vault {
 public:
  // `labelling` identifies the map and label list in use (digest of both); records labelled under another are not
  // current.
  static Result<std::unique_ptr<Vault>> open(store::Session& data, store::Session& keys, Keyring& keyring, Clock& clock,
                                             Random& random, const Digest& labelling);
  ~Vault();

  ledger::PatientMac patient_mac(
      std::string_view patient_id) const;  // MAC under HomeKey::kLedgerPatient; "" is the hospital itself

  // One all-or-nothing write: nothing is visible before commit(); destroyed uncommitted, nothing was written. A record
  // that exists gets its next version. Moving a record to another patient is kConflict. One batch at a time.
  class Batch {
   public:
    // kInvalid: an id that is empty or longer than 64 bytes, or a Patient under another patient; kTooLarge: json beyond
    // 4 MiB, facts beyond 64 KiB; kUnavailable: disk full.
    Status put(const NewRecord& record);
    Status commit();  // durable when it returns
    Batch(Batch&&) noexcept;
    Batch& operator=(Batch&&) = delete;
    ~Batch();

   private:
    friend class Vault;
    struct Impl;
    explicit Batch(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
  };
  Result<Batch> batch();

  Result<PatientFacts> patient(std::string_view patient_id);
  // The same, borrowed until the next call on this vault: a patient of many ties costs no copy.
  Result<const PatientFacts*> look_at(std::string_view patient_id);
  // Facts of the patient's records of one type (or exactly one record), in the order they were first written.
  Result<std::vector<RecordFacts>> records(std::string_view patient_id, std::string_view type, size_t limit);
  Result<RecordFacts> record(std::string_view patient_id, const RecordId& id);  // kNotFound
  uint64_t record_count();

  struct Impl;

 private:
  friend Result<size_t> open_record(Vault&, const ledger::Receipt&, std::string_view, const RecordId&, Bytes&,
                                    uint32_t);
  friend Result<size_t> relabel(
      Vault&, const std::function<Result<words::Set<words::Label>>(const RecordId&, std::string_view)>&);
  explicit Vault(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace zhimi::vault
