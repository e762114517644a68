#include "tiles/folder.h"

#include <fmt/core.h>

#include "base/file.h"

namespace zhimi::tiles {

std::string Folder::tile_name(unsigned level, uint64_t number) const {
  return tile_path(level, number, tile_width(level, number, size_));
}
std::string Folder::bundle_name(uint64_t number) const { return bundle_path(number, tile_width(0, number, size_)); }

Result<Bytes> Folder::read(const std::string& name, size_t limit_bytes) const {
  auto bytes = read_file(root_ / name, limit_bytes);
  if (bytes) return bytes;
  switch (bytes.error().code) {
    case Code::kNotFound:
      return make_error(Code::kCorrupt, name + " is missing");
    case Code::kTooLarge:
      return make_error(Code::kCorrupt, name + " is too long: bytes were added");
    case Code::kInvalid:
      return make_error(Code::kCorrupt, name + " is a folder, not a file");
    default:
      return std::move(bytes).error();
  }
}

Result<std::vector<Digest>> Folder::tile(unsigned level, uint64_t number) const {
  std::string name = tile_name(level, number);
  ZHIMI_TRY(Bytes bytes, read(name, kTileWidth * sizeof(Digest)));
  size_t expected = tile_width(level, number, size_) * sizeof(Digest);
  if (bytes.size() != expected)
    return make_error(Code::kCorrupt, fmt::format("{} has {} bytes, not {}", name, bytes.size(), expected));
  return tile_hashes(bytes);
}

Result<Bytes> Folder::bundle(uint64_t number) const { return read(bundle_name(number), kBundleBytes); }

bool Folder::belongs(std::string_view name) const {
  auto path = parse_tile_path(name);
  return path && path->width == tile_width(path->level.value_or(0), path->number, size_);
}

Status Folder::each_file(const std::function<Status(const std::string&, bool)>& visit) const {
  std::error_code error;
  std::filesystem::recursive_directory_iterator at(root_ / "tile", error), end;
  if (error == std::errc::no_such_file_or_directory) return {};
  while (!error && at != end) {
    bool folder = at->is_directory(error) && !at->is_symlink(error);
    if (!folder && !error) {
      std::string name = at->path().lexically_relative(root_).generic_string();
      ZHIMI_CHECK(visit(name, belongs(name)));
    }
    if (!error) at.increment(error);
  }
  if (error) return make_error(Code::kUnavailable, fmt::format("cannot list {}: {}", root_.string(), error.message()));
  return {};
}

}  // namespace zhimi::tiles
