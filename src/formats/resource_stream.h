// Bytes in, FHIR resources out: decompression and splitting of Bundles, single resources and NDJSON in constant memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace zhimi::formats {

// A source of bytes: fills `out` as far as it can, 0 at the end.
class Input {
 public:
  virtual ~Input() = default;
  virtual Result<size_t> read(std::span<uint8_t> out) = 0;
  virtual uint64_t consumed_bytes() const = 0;  // of the file on disk, before decompression
};
// Opens a file; gzip (all members) and zstd (all frames) are recognised by their magic. A decompressed size beyond
// 1000 × the compressed size + 64 MiB is refused (kTooLarge): a bomb.
Result<std::unique_ptr<Input>> open_input(const std::filesystem::path& path);
std::unique_ptr<Input> memory_input(ByteView bytes);  // borrowed

struct Place {
  uint64_t line = 1;          // in the decompressed text, from 1
  uint64_t offset_bytes = 0;  // where the resource begins in it
  uint64_t number = 0;        // resource number, from 1
};

// Calls `each` with every resource's bytes (64 readable bytes follow), its place, and for Bundle entries the entry's
// fullUrl (or ""). Errors name line and offset: kInvalid for malformed or truncated input, kTooLarge for a resource
// beyond limits::kResourceBytes. A Bundle inside an NDJSON line or a Bundle entry is passed on entry by entry too.
// White space and a UTF-8 byte-order mark are skipped; UTF-16 is refused by name. Nested Bundles deeper than one are
// refused.
using Each = std::function<Status(ByteView resource, const Place& place, std::string_view full_url)>;
Status read_resources(Input& input, const Each& each);

}  // namespace zhimi::formats
