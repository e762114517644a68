#include "vault/open.h"

#include "vault/vault_impl.h"

namespace zhimi::vault {

namespace {

// Whole-word readers (shape's walk) may look this far beyond the end.
constexpr size_t kSlackBytes = 64;

void append_with_slack(Bytes& out, ByteView b) {
  const size_t size = out.size() + b.size();
  if (out.capacity() < size + kSlackBytes) out.reserve(std::max(size + kSlackBytes, out.capacity() * 2));
  append(out, b);
  out.resize(size + kSlackBytes);  // zeroes the slack
  out.resize(size);
}

}  // namespace

Result<size_t> open_record(Vault& vault, const ledger::Receipt& receipt, std::string_view patient_id,
                           const RecordId& id, Bytes& out, uint32_t version) {
  Vault::Impl& v = *vault.impl_;
  ZHIMI_CHECK(v.ready());
  if (receipt.kind() != ledger::Kind::kDisclosure || receipt.patient() != vault.patient_mac(patient_id))
    return make_error(Code::kRefused, "a record is opened only against a durable ledger entry of its disclosure");
  ZHIMI_TRY(Vault::Impl::Cached * kept, v.known(patient_id));
  const Name name = v.names.record(id);
  const store::Value key[] = {ByteView(name)};
  size_t size_bytes = 0;
  bool found = false;
  auto visit = [&](const store::Row& row) -> Status {
    if (!kept || static_cast<uint64_t>(row.integer(0)) != kept->row.number) return {};
    found = true;
    if (row.integer(1) < 1 || row.integer(1) > UINT32_MAX || row.null(3)) return damaged_data();
    const auto stored = static_cast<uint32_t>(row.integer(1));
    if (version && version != stored)
      return make_error(Code::kConflict, "the record was written again since the decision: ask again");
    ZHIMI_TRY(Bytes plain, v.open_version(kept->row, id, stored, row.integer(2), row.blob(3)));
    append_with_slack(out, plain);
    size_bytes = plain.size();
    return {};
  };
  ZHIMI_CHECK(
      v.data.query("SELECT r.patient, r.version, v.schema, v.sealed FROM record r LEFT JOIN version v ON v.number = "
                   "r.newest WHERE r.name = $1",
                   key, visit));
  if (!found) return make_error(Code::kNotFound, "this patient has no such record");
  return size_bytes;
}

}  // namespace zhimi::vault
