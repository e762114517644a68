// An exported log on disk: which files belong to it, and their bytes. Room-internal to the verifier and the exporter.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tiles/tree.h"

namespace zhimi::tiles {

inline constexpr std::string_view kCheckpointFile = "checkpoint";
inline constexpr std::string_view kKeyFile = "zhimi.vkey";  // for convenience; never trusted

inline constexpr size_t kBundleBytes = size_t{kTileWidth} * (2 + 65'535);

// Any fault is kCorrupt and names the file.
class Folder {
 public:
  Folder(std::filesystem::path root, uint64_t size) : root_(std::move(root)), size_(size) {}
  const std::filesystem::path& root() const { return root_; }
  uint64_t size() const { return size_; }
  // Names as they stand in a log of size().
  std::string tile_name(unsigned level, uint64_t number) const;
  std::string bundle_name(uint64_t number) const;
  Result<std::vector<Digest>> tile(unsigned level, uint64_t number) const;
  Result<Bytes> bundle(uint64_t number) const;
  // Whether a log of size() has this file: `name` is relative, below tile/.
  bool belongs(std::string_view name) const;
  // Calls `visit(relative name, belongs)` for every file below tile/.
  Status each_file(const std::function<Status(const std::string&, bool)>& visit) const;

 private:
  Result<Bytes> read(const std::string& name, size_t limit_bytes) const;
  std::filesystem::path root_;
  uint64_t size_;
};

}  // namespace zhimi::tiles
