// The one way in: files → checked, labelled, encrypted records. All or nothing per file, in constant memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "classify/labels.h"
#include "classify/map.h"
#include "ledger/log.h"
#include "vault/vault.h"

namespace zhimi::intake {

struct Progress {
  uint64_t bytes_done = 0, bytes_all = 0;  // of the file as it lies on disk
  uint64_t resources = 0;
};

struct Summary {
  uint64_t resources = 0;
  std::map<std::string, uint64_t> by_type;
  uint64_t bytes = 0;  // of FHIR JSON
};

// What import needs. Borrowed.
struct Tools {
  vault::Vault& vault;
  ledger::Log& log;
  const classify::Map& map;
  const classify::Labels& labels;
  ByteView office_key;  // HomeKey::kAuditOffice: import entries are sealed under it
  Clock& clock;
  Random& random;
};

// Reads a FHIR R4 Bundle, a single resource, or NDJSON; plain, gzip or zstd; decided by content, not by name.
// `importer` is recorded. On error nothing of the file is in the vault and the text names file, line (or entry number)
// and byte offset, and what to do. kUnavailable: disk full. A ledger entry is durable before the records are.
Result<Summary> import_file(const Tools& tools, const std::filesystem::path& path, std::string_view importer,
                            const std::function<void(const Progress&)>& progress);

// Labels of one resource as import finds them; also how relabelling finds them.
Result<words::Set<words::Label>> labels_of(const classify::Labels& labels, std::string_view json);

// Labels every stored record again under `tools.labels` and the map in use; until then they are hidden. Returns how
// many.
Result<size_t> relabel(const Tools& tools);

}  // namespace zhimi::intake
