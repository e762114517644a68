// Verifies an exported log or a single proof with nothing but a public key: links base, crypto and tiles, none of the
// server.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace zhimi::tiles {

struct Verified {
  std::string origin;
  uint64_t size = 0;      // leaves
  uint64_t patients = 0;  // distinct pseudonyms
  uint64_t disclosures = 0, refusals = 0;
  std::string key;  // the verifier key that was used
};

struct VerifyOptions {
  std::string key;                              // C2SP verifier key, "name+hash+base64"; the only trust
  std::optional<std::string> older_checkpoint;  // must be a prefix of this log (append-only)
  std::function<void(uint64_t done, uint64_t all)> progress;
};

// Checks the signature, every leaf against its tile, every tile against the root, each patient's running number and
// chain, and every kHeads commitment. kCorrupt names the file, and the entry or hash within it, that does not match.
Result<Verified> verify_folder(const std::filesystem::path& folder, const VerifyOptions& options);
// A c2sp.org/tlog-proof@v1 with the entry it speaks of. Returns the entry's index.
Result<uint64_t> verify_proof(std::string_view proof, std::string_view entry, std::string_view key);

}  // namespace zhimi::tiles
