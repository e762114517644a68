// Labels every record again under the map and label list in use. The plaintext reaches only `label_of`.
// tools/check_layers lets intake alone include this file.
#pragma once

#include <functional>

#include "vault/vault.h"

namespace zhimi::vault {

// Visits every record not yet labelled under the vault's `labelling`, in constant memory, and returns how many there
// were; a second run returns 0. All or nothing: an error, also one of `label_of`, leaves every record as it was. Labels
// are sticky: they are added to, never removed.
Result<size_t> relabel(
    Vault& vault,
    const std::function<Result<words::Set<words::Label>>(const RecordId&, std::string_view json)>& label_of);

}  // namespace zhimi::vault
