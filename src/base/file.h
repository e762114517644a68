// Whole files, bounded and durable.
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"

namespace zhimi {

// kNotFound, kTooLarge beyond `limit_bytes`, kUnavailable when reading fails.
Result<Bytes> read_file(const std::filesystem::path& path, size_t limit_bytes);
// Written aside, fsynced, renamed over `path`, folder fsynced: whole or not at all. Mode 0600.
Status write_file(const std::filesystem::path& path, ByteView contents);

// An exclusive lock on `path` (created when missing), released when it goes. kConflict when another process holds it
// after `wait_ms`.
class FileLock {
 public:
  static Result<FileLock> take(const std::filesystem::path& path, int wait_ms);
  FileLock(FileLock&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  FileLock& operator=(FileLock&& o) noexcept {
    std::swap(fd_, o.fd_);
    return *this;
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace zhimi
