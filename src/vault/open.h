// The only way to a record's plaintext. tools/check_layers lets the door alone include this file.
#pragma once

#include "vault/vault.h"

namespace zhimi::vault {

// Appends the record's newest version, followed by 64 readable bytes beyond `out.size()` (reserved, not counted), and
// returns its size. `receipt` must be a durable kDisclosure entry for this patient: otherwise kRefused and no key is
// unwrapped. kCorrupt when the stored bytes were changed or belong elsewhere.
Result<size_t> open_record(Vault& vault, const ledger::Receipt& receipt, std::string_view patient_id,
                           const RecordId& id, Bytes& out);

}  // namespace zhimi::vault
