#include "vault/vault.h"

#include "vault/vault_impl.h"

namespace zhimi::vault {

Error damaged_data() {
  return make_error(Code::kCorrupt,
                    "data.db fails its check: a row was changed or stands in another's place; restore data.db from its "
                    "newest backup");
}

Vault::Vault(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Vault::~Vault() = default;

Result<std::unique_ptr<Vault>> Vault::open(store::Session& data, store::Session& keys, Keyring& keyring, Clock& clock,
                                           Random& random, const Digest& labelling) {
  ZHIMI_CHECK(store::migrate(data, "vault", vault_migrations()));
  ZHIMI_TRY(SecretBytes index_key, keyring.home_key(HomeKey::kIndex));
  ZHIMI_TRY(SecretBytes ledger_key, keyring.home_key(HomeKey::kLedgerPatient));
  ZHIMI_TRY(SecretBytes facts_key, keyring.home_key(HomeKey::kFacts));
  Labelling cut;
  std::memcpy(cut.data(), labelling.data(), cut.size());
  auto impl = std::unique_ptr<Impl>(new Impl{.data = data,
                                             .keys = keys,
                                             .keyring = keyring,
                                             .clock = clock,
                                             .random = random,
                                             .labelling = cut,
                                             .names = Names(index_key.reveal(), ledger_key.reveal()),
                                             .facts_key = std::move(facts_key)});
  ZHIMI_CHECK(impl->claim_tenant());
  return std::unique_ptr<Vault>(new Vault(std::move(impl)));
}

Status Vault::Impl::claim_tenant() {
  ZHIMI_TRY(auto transaction, store::Transaction::begin(data));
  bool found = false, same = false;
  ZHIMI_CHECK(
      data.query("SELECT value FROM vault_meta WHERE name = 'tenant'", {}, [&](const store::Row& row) -> Status {
        found = true;
        same = crypto::equal_constant_time(row.blob(0), keyring.tenant());
        return {};
      }));
  if (found && !same)
    return make_error(Code::kCorrupt,
                      "data.db belongs to another keyring: put data.db and keyring.db of the same home together");
  if (found) return {};
  const store::Value row[] = {std::string_view("tenant"), ByteView(keyring.tenant())};
  ZHIMI_CHECK(data.run("INSERT INTO vault_meta (name, value) VALUES ($1, $2)", row));
  ZHIMI_CHECK(save_counters(Counters()));
  return transaction.commit();
}

Status Vault::Impl::ready() const {
  if (!writing) return {};
  return make_error(Code::kConflict, "a batch is being written to the vault: finish it first");
}

Result<Counters> Vault::Impl::load_counters() {
  std::optional<Counters> c;
  ZHIMI_CHECK(
      data.query("SELECT value FROM vault_meta WHERE name = 'counters'", {}, [&](const store::Row& row) -> Status {
        ByteView b = row.blob(0);
        if (b.size() != 40) return damaged_data();
        c = Counters{load_u64(&b[0]), load_u64(&b[8]), load_u64(&b[16]), load_u64(&b[24]), load_u64(&b[32])};
        return {};
      }));
  if (!c) return damaged_data();
  return *c;
}

Status Vault::Impl::save_counters(const Counters& c) {
  Bytes b;
  for (uint64_t v : {c.next_patient, c.next_record, c.next_version, c.change, c.records}) append_u64(b, v);
  const store::Value row[] = {std::string_view("counters"), ByteView(b)};
  return data.run(
      "INSERT INTO vault_meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      row);
}

Result<StoredPatient> Vault::Impl::open_patient_facts(const Name& name, uint64_t number, ByteView sealed) const {
  auto plain = crypto::open(facts_key.reveal(), patient_facts_place(keyring.tenant(), name, number), sealed,
                            crypto::Padding::kNone);
  if (!plain) return plain.error().code == Code::kCorrupt ? damaged_data() : std::move(plain).error();
  return decode_patient(*plain);
}

Result<StoredRecord> Vault::Impl::open_record_facts(const Name& patient, const Name& record, int64_t version,
                                                    ByteView sealed) const {
  if (version < 1 || version > UINT32_MAX) return damaged_data();
  auto plain = crypto::open(facts_key.reveal(),
                            record_facts_place(keyring.tenant(), patient, record, static_cast<uint32_t>(version)),
                            sealed, crypto::Padding::kNone);
  if (!plain) return plain.error().code == Code::kCorrupt ? damaged_data() : std::move(plain).error();
  return decode_record(*plain);
}

Result<Bytes> Vault::Impl::seal_patient_facts(const PatientRow& patient) const {
  Bytes plain;
  ZHIMI_CHECK(encode(patient.facts, plain));
  return crypto::seal(facts_key.reveal(), patient_facts_place(keyring.tenant(), patient.name, patient.number), plain,
                      crypto::Padding::kNone, random);
}

Bytes Vault::Impl::seal_record_facts(const Name& patient, const Name& record, uint32_t version, ByteView plain) const {
  return crypto::seal(facts_key.reveal(), record_facts_place(keyring.tenant(), patient, record, version), plain,
                      crypto::Padding::kNone, random);
}

Result<Bytes> Vault::Impl::open_version(const PatientRow& patient, const RecordId& id, uint32_t version, int64_t schema,
                                        ByteView sealed) {
  if (schema != kSchemaFhirR4) return damaged_data();
  ZHIMI_TRY(SecretBytes key, data_key(patient.mac));
  Bytes place = record_place(keyring.tenant(), patient.facts.id, id, version, kSchemaFhirR4);
  auto plain = crypto::open(key.reveal(), place, sealed, crypto::Padding::kPadme);
  if (!plain && plain.error().code == Code::kCorrupt) return damaged_data();
  return plain;
}

Result<std::optional<PatientRow>> Vault::Impl::load_patient(std::string_view id) {
  std::optional<PatientRow> found;
  PatientRow p{.name = names.patient(id)};
  const store::Value key[] = {ByteView(p.name)};
  ZHIMI_CHECK(data.query("SELECT number, changed, facts FROM patient WHERE name = $1", key,
                         [&](const store::Row& row) -> Status {
                           p.number = static_cast<uint64_t>(row.integer(0));
                           p.changed = static_cast<uint64_t>(row.integer(1));
                           if (p.number == 0 || p.number >= kPatientNumbers) return damaged_data();
                           ZHIMI_TRY(p.facts, open_patient_facts(p.name, p.number, row.blob(2)));
                           if (p.facts.id != id) return damaged_data();
                           p.mac = names.pseudonym(id);
                           found = std::move(p);
                           return {};
                         }));
  return found;
}

Result<Vault::Impl::Cached*> Vault::Impl::known(std::string_view id) {
  if (Cached* kept = patients.find(id)) return kept;
  ZHIMI_TRY(auto row, load_patient(id));
  if (!row) return nullptr;
  return &patients.put(std::string(id), Cached{std::move(*row), std::nullopt});
}

Result<Vault::Impl::Cached*> Vault::Impl::fresh(std::string_view id) {
  Cached* kept = patients.find(id);
  if (!kept) return known(id);
  const store::Value key[] = {static_cast<int64_t>(kept->row.number)};
  bool same = false;
  ZHIMI_CHECK(data.query("SELECT changed FROM patient WHERE number = $1", key, [&](const store::Row& row) -> Status {
    same = static_cast<uint64_t>(row.integer(0)) == kept->row.changed;
    return {};
  }));
  if (same) return kept;
  ZHIMI_TRY(auto row, load_patient(id));
  if (!row) return damaged_data();  // known a moment ago
  *kept = Cached{std::move(*row), std::nullopt};
  return kept;
}

Result<std::vector<Tie>> Vault::Impl::load_ties(const PatientRow& patient) {
  std::vector<Tie> ties;
  const store::Value key[] = {static_cast<int64_t>(patient.number)};
  auto visit = [&](const store::Row& row) -> Status {
    Name name;
    if (row.blob(0).size() != name.size()) return damaged_data();
    std::memcpy(name.data(), row.blob(0).data(), name.size());
    ZHIMI_TRY(StoredRecord record, open_record_facts(patient.name, name, row.integer(1), row.blob(2)));
    for (Tie& tie : record.ties) {
      if (record.gone) tie.certain = false;
      ties.push_back(std::move(tie));
    }
    return {};
  };
  ZHIMI_CHECK(data.query("SELECT name, version, facts FROM record WHERE patient = $1 AND tied = 1 ORDER BY number", key,
                         visit));
  return ties;
}

Result<std::optional<RecordRow>> Vault::Impl::load_record(const PatientRow& patient, const RecordId& id,
                                                          const Name& name) {
  std::optional<RecordRow> found;
  RecordRow r;
  const store::Value key[] = {ByteView(name)};
  ZHIMI_CHECK(data.query("SELECT number, patient, newest, version, facts FROM record WHERE name = $1", key,
                         [&](const store::Row& row) -> Status {
                           r.number = static_cast<uint64_t>(row.integer(0));
                           r.patient = static_cast<uint64_t>(row.integer(1));
                           r.newest = static_cast<uint64_t>(row.integer(2));
                           if (r.patient == patient.number) {
                             ZHIMI_TRY(r.facts, open_record_facts(patient.name, name, row.integer(3), row.blob(4)));
                             if (r.facts.id != id) return damaged_data();
                             r.version = static_cast<uint32_t>(row.integer(3));
                           }
                           found = std::move(r);
                           return {};
                         }));
  return found;
}

RecordFacts Vault::Impl::facts_of(StoredRecord&& stored, uint32_t version) const {
  return {.id = std::move(stored.id),
          .version = version,
          .labels = stored.labels,
          .current_map = stored.labelling == labelling};
}

ledger::PatientMac Vault::patient_mac(std::string_view patient_id) const {
  if (Impl::Cached* kept = impl_->patients.find(patient_id)) return kept->row.mac;
  return impl_->names.pseudonym(patient_id);
}

Result<PatientFacts> Vault::patient(std::string_view patient_id) {
  ZHIMI_TRY(const PatientFacts* facts, look_at(patient_id));
  return *facts;
}

Result<const PatientFacts*> Vault::look_at(std::string_view patient_id) {
  ZHIMI_CHECK(impl_->ready());
  ZHIMI_TRY(Impl::Cached * kept, impl_->fresh(patient_id));
  if (!kept) {
    impl_->nobody.mac = impl_->names.pseudonym(patient_id);
    return &impl_->nobody;
  }
  if (kept->facts) return &*kept->facts;
  ZHIMI_TRY(auto ties, impl_->load_ties(kept->row));
  impl_->ties_kept += ties.size();
  if (impl_->ties_kept > Impl::kCachedTies) {
    PatientRow row = std::move(kept->row);
    impl_->patients.clear();
    impl_->ties_kept = ties.size();
    kept = &impl_->patients.put(std::string(patient_id), Impl::Cached{std::move(row), std::nullopt});
  }
  const PatientRow& row = kept->row;
  kept->facts = PatientFacts{.id = row.facts.id,
                             .number = row.number,
                             .mac = row.mac,
                             .ties = std::move(ties),
                             .labels = row.facts.labels,
                             .birth_ms = row.facts.birth_ms,
                             .known = true};
  return &*kept->facts;
}

Result<std::vector<RecordFacts>> Vault::records(std::string_view patient_id, std::string_view type, size_t limit) {
  ZHIMI_CHECK(impl_->ready());
  ZHIMI_TRY(Impl::Cached * kept, impl_->known(patient_id));
  std::vector<RecordFacts> out;
  if (!kept) return out;
  auto visit = [&](const store::Row& row) -> Status {
    Name name;
    if (row.blob(0).size() != name.size()) return damaged_data();
    std::memcpy(name.data(), row.blob(0).data(), name.size());
    ZHIMI_TRY(StoredRecord record, impl_->open_record_facts(kept->row.name, name, row.integer(1), row.blob(2)));
    if (!type.empty() && record.id.type != type) return damaged_data();
    out.push_back(impl_->facts_of(std::move(record), static_cast<uint32_t>(row.integer(1))));
    return {};
  };
  const int64_t number = static_cast<int64_t>(kept->row.number),
                most = static_cast<int64_t>(std::min<size_t>(limit, INT64_MAX));
  if (type.empty()) {
    const store::Value key[] = {number, most};
    ZHIMI_CHECK(impl_->data.query("SELECT name, version, facts FROM record WHERE patient = $1 ORDER BY number LIMIT $2",
                                  key, visit));
  } else {
    const Kind kind = impl_->names.kind(patient_id, type);
    const store::Value key[] = {number, ByteView(kind), most};
    ZHIMI_CHECK(impl_->data.query(
        "SELECT name, version, facts FROM record WHERE patient = $1 AND kind = $2 ORDER BY number LIMIT $3", key,
        visit));
  }
  return out;
}

Result<RecordFacts> Vault::record(std::string_view patient_id, const RecordId& id) {
  ZHIMI_CHECK(impl_->ready());
  ZHIMI_TRY(Impl::Cached * kept, impl_->known(patient_id));
  auto absent = [] { return make_error(Code::kNotFound, "this patient has no such record"); };
  if (!kept) return absent();
  ZHIMI_TRY(auto row, impl_->load_record(kept->row, id, impl_->names.record(id)));
  if (!row || row->patient != kept->row.number) return absent();
  return impl_->facts_of(std::move(row->facts), row->version);
}

uint64_t Vault::record_count() {
  auto counters = impl_->load_counters();
  return counters ? counters->records : 0;
}

}  // namespace zhimi::vault
