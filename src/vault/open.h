// The only way to a record's plaintext. tools/check_layers lets the door alone include this file.
#pragma once

#include "vault/vault.h"

namespace zhimi::vault {

// Appends the record's newest version, followed by 64 readable bytes beyond `out.size()` (reserved, not counted), and
// returns its size. `receipt` must be a durable kDisclosure entry for this patient: otherwise kRefused and no key is
// unwrapped. kNotFound: no such record under this patient. kCorrupt: the stored bytes were changed or belong elsewhere.
// Nothing is appended on error. `version`: the one that was decided on (RecordFacts::version); kConflict when another
// was written since, so decide again. 0: any.
Result<size_t> open_record(Vault& vault, const ledger::Receipt& receipt, std::string_view patient_id,
                           const RecordId& id, Bytes& out, uint32_t version = 0);

}  // namespace zhimi::vault
