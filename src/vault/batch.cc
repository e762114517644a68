// Writing: one transaction over the data, the keys of new patients durable before it.
#include <cassert>

#include "base/limits.h"
#include "vault/vault_impl.h"

namespace zhimi::vault {

namespace {

constexpr size_t kPatientsAtHand = 4096;

Status check(const NewRecord& r) {
  auto fits = [](std::string_view s) { return s.size() <= limits::kIdBytes; };
  if (r.id.type.empty() || r.id.id.empty() || !fits(r.id.type) || !fits(r.id.id) || !fits(r.patient))
    return make_error(Code::kInvalid, "a record needs a type and an id of 1 to 64 bytes");
  if (r.id.type == "Patient" && r.id.id != r.patient)
    return make_error(Code::kInvalid, "a Patient resource belongs to the patient of its own id");
  if (r.json.empty()) return make_error(Code::kInvalid, "a record needs its JSON");
  if (r.json.size() > limits::kResourceBytes)
    return make_error(Code::kTooLarge, "a resource has at most 4 MiB of JSON");
  return {};
}

}  // namespace

struct Vault::Batch::Impl {
  Vault::Impl& vault;
  Counters counters;
  Lru<std::string, PatientRow, TextHash> patients{kPatientsAtHand};
  Bytes plain;  // one record's facts, kept for its capacity
  bool open = true, keys_open = false;

  explicit Impl(Vault::Impl& v) : vault(v) {}
  ~Impl() { abandon(); }

  void abandon();
  Status write(const NewRecord& record);
  Status finish();
  Result<PatientRow*> patient_of(const NewRecord& record);
  Status make_patient(const NewRecord& record, PatientRow& patient);
  Status change_patient(const NewRecord& record, PatientRow& patient);
  Status write_version(const PatientRow& patient, const NewRecord& record, uint64_t record_number, uint32_t version,
                       uint64_t previous);
};

Vault::Batch::Batch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Vault::Batch::Batch(Batch&&) noexcept = default;
Vault::Batch::~Batch() = default;

Result<Vault::Batch> Vault::batch() {
  ZHIMI_CHECK(impl_->ready());
  ZHIMI_CHECK(impl_->data.begin());
  auto counters = impl_->load_counters();
  if (!counters) {
    impl_->data.rollback();
    return std::move(counters).error();
  }
  auto batch = std::make_unique<Batch::Impl>(*impl_);
  impl_->writing = true;
  batch->counters = *counters;
  ++batch->counters.change;
  return Batch(std::move(batch));
}

void Vault::Batch::Impl::abandon() {
  if (!open) return;
  open = false;
  vault.data.rollback();
  if (keys_open) {
    vault.keys.rollback();
    vault.keyring.forget();  // it may hold keys that were just rolled back
  }
  vault.writing = false;
}

Status Vault::Batch::put(const NewRecord& record) {
  if (!impl_->open) return make_error(Code::kConflict, "this batch has ended: start another");
  Status status = check(record);
  if (status) status = impl_->write(record);
  if (!status) impl_->abandon();
  return status;
}

Status Vault::Batch::commit() {
  if (!impl_->open) return make_error(Code::kConflict, "this batch has ended: start another");
  Status status = impl_->finish();
  if (!status) impl_->abandon();
  return status;
}

// Keys first: after a crash between the two, keys without records do no harm, records without keys would be lost.
Status Vault::Batch::Impl::finish() {
  if (keys_open) {
    ZHIMI_CHECK(vault.keys.commit());
    keys_open = false;
  }
  ZHIMI_CHECK(vault.save_counters(counters));
  ZHIMI_CHECK(vault.data.commit());
  open = false;
  vault.writing = false;
  return {};
}

Status Vault::Batch::Impl::make_patient(const NewRecord& record, PatientRow& patient) {
  if (counters.next_patient >= kPatientNumbers)
    return make_error(Code::kTooLarge, "the vault has given out all 2^40 patient numbers");
  patient.number = counters.next_patient++;
  patient.changed = counters.change;
  patient.name = vault.names.patient(record.patient);
  patient.mac = vault.names.pseudonym(record.patient);
  patient.facts.id = record.patient;
  if (record.id.type == "Patient") {
    patient.facts.labels = record.labels;
    patient.facts.birth_ms = record.birth_ms;
  }
  if (!keys_open) ZHIMI_CHECK(vault.keys.begin());
  keys_open = true;
  ZHIMI_CHECK(vault.ensure_keys(patient.mac));
  ZHIMI_TRY(Bytes facts, vault.seal_patient_facts(patient));
  const store::Value row[] = {static_cast<int64_t>(patient.number), ByteView(patient.name),
                              static_cast<int64_t>(patient.changed), ByteView(facts)};
  return vault.data.run("INSERT INTO patient (number, name, changed, facts) VALUES ($1, $2, $3, $4)", row);
}

Status Vault::Batch::Impl::change_patient(const NewRecord& record, PatientRow& patient) {
  const bool first_in_batch = patient.changed != counters.change;
  const auto number = static_cast<int64_t>(patient.number), change = static_cast<int64_t>(counters.change);
  patient.changed = counters.change;
  if (record.id.type == "Patient") {
    patient.facts.labels = patient.facts.labels | record.labels;
    patient.facts.birth_ms = record.birth_ms;
    ZHIMI_TRY(Bytes facts, vault.seal_patient_facts(patient));
    const store::Value row[] = {number, change, ByteView(facts)};
    return vault.data.run("UPDATE patient SET changed = $2, facts = $3 WHERE number = $1", row);
  }
  if (!first_in_batch) return {};
  const store::Value row[] = {number, change};
  return vault.data.run("UPDATE patient SET changed = $2 WHERE number = $1", row);
}

Result<PatientRow*> Vault::Batch::Impl::patient_of(const NewRecord& record) {
  PatientRow* kept = patients.find(record.patient);
  if (!kept) {
    ZHIMI_TRY(auto row, vault.load_patient(record.patient));
    if (!row) {
      PatientRow made;
      ZHIMI_CHECK(make_patient(record, made));
      return &patients.put(record.patient, std::move(made));
    }
    kept = &patients.put(record.patient, std::move(*row));
  }
  ZHIMI_CHECK(change_patient(record, *kept));
  return kept;
}

Status Vault::Batch::Impl::write_version(const PatientRow& patient, const NewRecord& record, uint64_t record_number,
                                         uint32_t version, uint64_t previous) {
  // A known patient without a key (shredded, or an older keyring restored) must not get a second one: that would hide
  // the loss.
  ZHIMI_TRY(SecretBytes key, vault.data_key(patient.mac));
  Bytes place = record_place(vault.keyring.tenant(), record.patient, record.id, version, kSchemaFhirR4);
  Bytes sealed = crypto::seal(key.reveal(), place, view(record.json), crypto::Padding::kPadme, vault.random);
  const store::Value row[] = {static_cast<int64_t>(counters.next_version),
                              static_cast<int64_t>(record_number),
                              int64_t{version},
                              static_cast<int64_t>(previous),
                              int64_t{kSchemaFhirR4},
                              ByteView(sealed)};
  return vault.data.run(
      "INSERT INTO version (number, record, version, previous, schema, sealed) VALUES ($1, $2, $3, $4, $5, $6)", row);
}

Status Vault::Batch::Impl::write(const NewRecord& record) {
  ZHIMI_TRY(const PatientRow* patient, patient_of(record));
  const Name name = vault.names.record(record.id);
  ZHIMI_TRY(auto old, vault.load_record(*patient, record.id, name));
  if (old && old->patient != patient->number)
    return make_error(
        Code::kConflict,
        "a record of this file belongs to another patient already: correct its patient reference, or give it a new id");
  if (old && old->version == UINT32_MAX) return make_error(Code::kTooLarge, "a record has at most 2^32 - 1 versions");
  const uint32_t version = old ? old->version + 1 : 1;
  const uint64_t number = old ? old->number : counters.next_record++;
  const auto labels = old ? old->facts.labels | record.labels : record.labels;
  ZHIMI_CHECK(encode({record.id, labels, vault.labelling, vault.clock.now_ms(), record.gone, record.ties}, plain));
  Bytes facts = vault.seal_record_facts(patient->name, name, version, plain);
  ZHIMI_CHECK(write_version(*patient, record, number, version, old ? old->newest : 0));
  const auto newest = static_cast<int64_t>(counters.next_version++);
  const int64_t tied = record.ties.empty() ? 0 : 1;
  if (old) {
    const store::Value row[] = {static_cast<int64_t>(number), tied, int64_t{version}, newest, ByteView(facts)};
    return vault.data.run("UPDATE record SET tied = $2, version = $3, newest = $4, facts = $5 WHERE number = $1", row);
  }
  ++counters.records;
  const Kind kind = vault.names.kind(record.patient, record.id.type);
  const store::Value row[] = {static_cast<int64_t>(number),
                              ByteView(name),
                              static_cast<int64_t>(patient->number),
                              ByteView(kind),
                              tied,
                              int64_t{version},
                              newest,
                              ByteView(facts)};
  return vault.data.run(
      "INSERT INTO record (number, name, patient, kind, tied, version, newest, facts) VALUES ($1, $2, $3, $4, $5, $6, "
      "$7, $8)",
      row);
}

}  // namespace zhimi::vault
