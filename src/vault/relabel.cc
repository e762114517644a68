#include "vault/relabel.h"

#include "vault/vault_impl.h"

namespace zhimi::vault {

namespace {

constexpr size_t kPage = 256;  // records whose facts are held at once; of their contents one at a time

using LabelOf = std::function<Result<words::Set<words::Label>>(const RecordId&, std::string_view json)>;

struct Item {
  int64_t number = 0, patient = 0, version = 0, newest = 0;
  Name name{};
  Bytes facts;
};

// One pass over all records in one transaction.
class Pass {
 public:
  Pass(Vault::Impl& vault, const LabelOf& label_of, const Counters& counters)
      : vault_(vault), label_of_(label_of), counters_(counters) {}
  Result<size_t> run();

 private:
  Result<std::vector<Item>> page(int64_t after);
  Result<PatientRow*> patient(int64_t number);
  Result<Bytes> content(const PatientRow& owner, const Item& item, const RecordId& id);
  Status one(const Item& item);
  Status touch(PatientRow& owner, const StoredRecord& record);

  Vault::Impl& vault_;
  const LabelOf& label_of_;
  Counters counters_;
  Lru<int64_t, PatientRow> patients_{kPage};
  size_t done_ = 0;
};

// Pages instead of one long query, because rows are written while the pass goes on.
Result<std::vector<Item>> Pass::page(int64_t after) {
  std::vector<Item> items;
  const store::Value from[] = {after, static_cast<int64_t>(kPage)};
  ZHIMI_CHECK(vault_.data.query(
      "SELECT number, patient, version, newest, name, facts FROM record WHERE number > $1 ORDER BY number LIMIT $2",
      from, [&](const store::Row& row) -> Status {
        Item item{
            .number = row.integer(0), .patient = row.integer(1), .version = row.integer(2), .newest = row.integer(3)};
        if (row.blob(4).size() != item.name.size()) return damaged_data();
        std::memcpy(item.name.data(), row.blob(4).data(), item.name.size());
        item.facts.assign(row.blob(5).begin(), row.blob(5).end());
        items.push_back(std::move(item));
        return {};
      }));
  return items;
}

Result<PatientRow*> Pass::patient(int64_t number) {
  if (PatientRow* kept = patients_.find(number)) return kept;
  std::optional<PatientRow> found;
  const store::Value key[] = {number};
  ZHIMI_CHECK(vault_.data.query(
      "SELECT name, changed, facts FROM patient WHERE number = $1", key, [&](const store::Row& row) -> Status {
        PatientRow p{.number = static_cast<uint64_t>(number), .changed = static_cast<uint64_t>(row.integer(1))};
        if (row.blob(0).size() != p.name.size()) return damaged_data();
        std::memcpy(p.name.data(), row.blob(0).data(), p.name.size());
        ZHIMI_TRY(p.facts, vault_.open_patient_facts(p.name, p.number, row.blob(2)));
        p.mac = vault_.names.pseudonym(p.facts.id);
        found = std::move(p);
        return {};
      }));
  if (!found) return damaged_data();
  return &patients_.put(number, std::move(*found));
}

Result<Bytes> Pass::content(const PatientRow& owner, const Item& item, const RecordId& id) {
  std::optional<Bytes> plain;
  const store::Value key[] = {item.newest};
  ZHIMI_CHECK(vault_.data.query(
      "SELECT schema, sealed FROM version WHERE number = $1", key, [&](const store::Row& row) -> Status {
        ZHIMI_TRY(plain,
                  vault_.open_version(owner, id, static_cast<uint32_t>(item.version), row.integer(0), row.blob(1)));
        return {};
      }));
  if (!plain) return damaged_data();
  return std::move(*plain);
}

// The patient's own labels follow its Patient resource; the change number tells every cache.
Status Pass::touch(PatientRow& owner, const StoredRecord& record) {
  const auto number = static_cast<int64_t>(owner.number), change = static_cast<int64_t>(counters_.change);
  if (record.id.type == "Patient")
    owner.facts.labels = owner.facts.labels | record.labels;
  else if (owner.changed == counters_.change)
    return {};
  owner.changed = counters_.change;
  ZHIMI_TRY(Bytes facts, vault_.seal_patient_facts(owner));
  const store::Value row[] = {number, change, ByteView(facts)};
  return vault_.data.run("UPDATE patient SET changed = $2, facts = $3 WHERE number = $1", row);
}

Status Pass::one(const Item& item) {
  ZHIMI_TRY(PatientRow * owner, patient(item.patient));
  ZHIMI_TRY(StoredRecord record, vault_.open_record_facts(owner->name, item.name, item.version, item.facts));
  if (record.labelling == vault_.labelling) return {};
  ZHIMI_TRY(Bytes plain, content(*owner, item, record.id));
  ZHIMI_TRY(auto labels, label_of_(record.id, text(plain)));
  record.labels = record.labels | labels;
  ZHIMI_CHECK(encode({record.id, record.labels, vault_.labelling, record.written_ms, record.gone, record.ties}, plain));
  Bytes facts = vault_.seal_record_facts(owner->name, item.name, static_cast<uint32_t>(item.version), plain);
  const store::Value row[] = {item.number, ByteView(facts)};
  ZHIMI_CHECK(vault_.data.run("UPDATE record SET facts = $2 WHERE number = $1", row));
  ++done_;
  return touch(*owner, record);
}

Result<size_t> Pass::run() {
  for (int64_t after = 0;;) {
    ZHIMI_TRY(auto items, page(after));
    if (items.empty()) break;
    for (const Item& item : items) ZHIMI_CHECK(one(item));
    after = items.back().number;
  }
  if (done_) ZHIMI_CHECK(vault_.save_counters(counters_));
  return done_;
}

}  // namespace

Result<size_t> relabel(Vault& vault, const LabelOf& label_of) {
  Vault::Impl& v = *vault.impl_;
  ZHIMI_CHECK(v.ready());
  ZHIMI_TRY(auto transaction, store::Transaction::begin(v.data));
  ZHIMI_TRY(Counters counters, v.load_counters());
  ++counters.change;
  v.writing = true;
  auto done = Pass(v, label_of, counters).run();
  v.writing = false;
  if (!done) return done;
  ZHIMI_CHECK(transaction.commit());
  return done;
}

}  // namespace zhimi::vault
