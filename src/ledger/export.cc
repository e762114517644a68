#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "base/file.h"
#include "ledger/log.h"
#include "tiles/bundle.h"
#include "tiles/folder.h"
#include "tiles/note.h"

namespace zhimi::ledger {

namespace {

namespace fs = std::filesystem;
using tiles::kTileWidth;

Error system_error(const fs::path& path, std::string_view doing, int error) {
  return make_error(Code::kUnavailable, fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(error)));
}

Error foreign(const fs::path& folder, std::string_view why) {
  return make_error(Code::kConflict, fmt::format("{} {}: give an empty folder, or an older export of this ledger",
                                                 folder.string(), why));
}

class Exporter {
 public:
  Exporter(Log& log, fs::path folder, std::string note, const tiles::Checkpoint& checkpoint)
      : log_(log), note_(std::move(note)), folder_(std::move(folder), checkpoint.size), checkpoint_(checkpoint) {}

  Status run(const tiles::VerifierKey& key) {
    ZHIMI_CHECK(check_folder(key));
    ZHIMI_CHECK(write(std::string(tiles::kKeyFile), view(log_.key() + "\n")));
    ZHIMI_CHECK(write_bundles());
    for (unsigned level = 0; level < tiles::tile_levels(folder_.size()); ++level) ZHIMI_CHECK(write_tiles(level));
    ZHIMI_CHECK(check_root());
    ZHIMI_CHECK(sync());
    ZHIMI_CHECK(write_file(folder_.root() / tiles::kCheckpointFile, view(note_)));
    return remove_outgrown();
  }

 private:
  // Empty, an older export of this log, or one that was interrupted.
  Status check_folder(const tiles::VerifierKey& key) {
    std::error_code error;
    fs::create_directories(folder_.root(), error);
    if (error) return system_error(folder_.root(), "create", error.value());
    auto note = read_file(folder_.root() / tiles::kCheckpointFile, tiles::kNoteBytes);
    if (!note && note.error().code != Code::kNotFound) return std::move(note).error();
    if (!note) {
      auto held = read_file(folder_.root() / tiles::kKeyFile, 4096);
      if (fs::is_empty(folder_.root(), error) || (held && text(*held) == log_.key() + "\n")) return {};
      return foreign(folder_.root(), "holds something else");
    }
    auto older = tiles::open_checkpoint(text(*note), key);
    if (!older || older->size > folder_.size()) return foreign(folder_.root(), "holds another log");
    ZHIMI_TRY(Digest root, root_at(older->size));
    if (root != older->root) return foreign(folder_.root(), "holds another history of this log");
    exported_ = older->size;
    return {};
  }

  Result<Digest> root_at(uint64_t size) {
    return tiles::root_at(
        size, [this](unsigned level, uint64_t number, unsigned width) { return log_.tile(level, number, width); });
  }

  Status check_root() {
    ZHIMI_TRY(Digest root, root_at(folder_.size()));
    if (root == checkpoint_.root) return {};
    return make_error(Code::kCorrupt,
                      "ledger.db: its tiles do not give the checkpoint's root: restore the ledger from its backup");
  }

  // Full tiles and bundles of the older export stay as they are.
  uint64_t first_new(unsigned level) const { return level < 7 ? exported_ >> (8 * (level + 1)) : 0; }

  Status write_tiles(unsigned level) {
    for (uint64_t number = first_new(level); tiles::tile_width(level, number, folder_.size()); ++number) {
      ZHIMI_TRY(auto hashes, log_.tile(level, number, tiles::tile_width(level, number, folder_.size())));
      ZHIMI_CHECK(write(folder_.tile_name(level, number), tiles::tile_bytes(hashes)));
    }
    return {};
  }

  Status write_bundles() {
    constexpr uint64_t kStride = 16 * kTileWidth;  // leaves read at a time, so that the log is not held up
    Bytes bundle;
    for (uint64_t first = first_new(0) * kTileWidth; first < folder_.size(); first += kStride) {
      uint64_t count = std::min(kStride, folder_.size() - first);
      ZHIMI_CHECK(log_.read(first, count, [&](uint64_t index, ByteView leaf) -> Status {
        tiles::append_bundle_entry(bundle, leaf);
        if (index % kTileWidth != kTileWidth - 1 && index != folder_.size() - 1) return {};
        Status status = write(folder_.bundle_name(index / kTileWidth), bundle);
        bundle.clear();
        return status;
      }));
    }
    return {};
  }

  // Not durable by itself: sync() comes before the checkpoint.
  Status write(const std::string& name, ByteView bytes) {
    fs::path path = folder_.root() / name;
    std::error_code error;
    if (fs::path parent = path.parent_path(); parent != made_) {
      fs::create_directories(parent, error);
      if (error) return system_error(parent, "create", error.value());
      made_ = parent;
    }
    int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return system_error(path, "create", errno);
    Status status;
    while (!bytes.empty() && status) {
      ssize_t n = ::write(fd, bytes.data(), bytes.size());
      if (n < 0 && errno != EINTR) status = system_error(path, "write", errno);
      if (n > 0) bytes = bytes.subspan(static_cast<size_t>(n));
    }
    ::close(fd);
    written_.push_back(std::move(path));
    return status;
  }

  // Everything written becomes durable; after the writing, so that the disk works meanwhile.
  Status sync() {
    std::set<fs::path> folders{folder_.root()};
    for (const fs::path& path : written_) {
      ZHIMI_CHECK(sync_one(path));
      folders.insert(path.parent_path());
    }
    for (const fs::path& path : folders) ZHIMI_CHECK(sync_one(path));
    return {};
  }

  static Status sync_one(const fs::path& path) {
    int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return system_error(path, "open", errno);
    int failed = ::fsync(fd) ? errno : 0;
    ::close(fd);
    if (failed) return system_error(path, "sync", failed);
    return {};
  }

  // Partial tiles that have grown since, and the folders that held them.
  Status remove_outgrown() {
    std::vector<std::string> outgrown;
    ZHIMI_CHECK(folder_.each_file([&](const std::string& name, bool belongs) -> Status {
      if (belongs) return {};
      auto path = tiles::parse_tile_path(name);
      if (!path || path->width == kTileWidth) return foreign(folder_.root(), fmt::format("holds {} too", name));
      outgrown.push_back(name);
      return {};
    }));
    std::error_code error;
    for (const std::string& name : outgrown) {
      fs::remove(folder_.root() / name, error);
      if (error) return system_error(folder_.root() / name, "remove", error.value());
      fs::remove((folder_.root() / name).parent_path(), error);  // stays when a newer partial tile is in it
    }
    return {};
  }

  Log& log_;
  std::string note_;
  tiles::Folder folder_;
  const tiles::Checkpoint& checkpoint_;
  uint64_t exported_ = 0;  // leaves of the older export
  fs::path made_;          // the folder made last
  std::vector<fs::path> written_;
};

}  // namespace

Status export_tiles(Log& log, const fs::path& folder) {
  ZHIMI_TRY(std::string note, log.checkpoint());
  ZHIMI_TRY(auto key, tiles::parse_verifier_key(log.key()));
  ZHIMI_TRY(auto checkpoint, tiles::open_checkpoint(note, key));
  return Exporter(log, folder, std::move(note), checkpoint).run(key);
}

Result<std::string> prove(Log& log, uint64_t index) {
  if (index >= log.size())
    return make_error(Code::kNotFound, fmt::format("the ledger has {} entries: the last is number {}", log.size(),
                                                   log.size() ? log.size() - 1 : 0));
  tiles::Proof proof;
  proof.index = index;
  ZHIMI_TRY(proof.checkpoint, log.checkpoint());
  ZHIMI_TRY(auto key, tiles::parse_verifier_key(log.key()));
  ZHIMI_TRY(auto checkpoint, tiles::open_checkpoint(proof.checkpoint, key));
  ZHIMI_TRY(proof.extra, log.leaf(index));
  ZHIMI_TRY(proof.hashes,
            tiles::inclusion_proof(index, checkpoint.size, [&](unsigned level, uint64_t number, unsigned width) {
              return log.tile(level, number, width);
            }));
  return tiles::proof_text(proof);
}

}  // namespace zhimi::ledger
