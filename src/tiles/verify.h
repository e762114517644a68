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
  int64_t time_ms = 0;  // when the log says it made the checkpoint; 0 for an empty log
  std::string key;      // the verifier key that was used
};

struct VerifyOptions {
  std::string key;                              // C2SP verifier key, "name+hash+base64"; the only trust
  std::optional<std::string> older_checkpoint;  // must be a prefix of this log (append-only)
  std::function<void(uint64_t done, uint64_t all)> progress;
};

// Checks the signature, every tile against the root, every leaf against its tile, each patient's running number and
// chain, every kHeads commitment and that the log ends in one; that no file is missing, longer or shorter than it must
// be, and that none lies below tile/ that does not belong to the log. kCorrupt names the file, and the entry or hash
// within it, that does not match. kNotFound: no checkpoint there. kInvalid: the key cannot be read.
//
// Which of two files is named when they disagree: trust flows from the signature downwards, so a tile that the root (or
// the tile above it) confirms is right, and what stands below it is wrong. The newest, partial tiles stand beside each
// other under the root; there the one is named that, computed again from what stands below it, gives the root.
//
// Memory: a few tiles, and about 100 bytes for each distinct patient.
Result<Verified> verify_folder(const std::filesystem::path& folder, const VerifyOptions& options);
// A c2sp.org/tlog-proof@v1 with the entry it speaks of; an empty `entry` means the one in the proof's `extra` line.
// Returns the entry's index.
Result<uint64_t> verify_proof(std::string_view proof, std::string_view entry, std::string_view key);

}  // namespace zhimi::tiles
