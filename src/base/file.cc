#include "base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace zhimi {

namespace {
Error system_error(const std::filesystem::path& path, const char* doing, int error) {
  Code code = error == ENOENT ? Code::kNotFound : Code::kUnavailable;
  return make_error(code, std::string("cannot ") + doing + " " + path.string() + ": " + std::strerror(error));
}

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};
}  // namespace

Result<Bytes> read_file(const std::filesystem::path& path, size_t limit_bytes) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return system_error(path, "open", errno);
  struct stat st{};
  if (::fstat(fd.get(), &st) != 0) return system_error(path, "read", errno);
  if (S_ISDIR(st.st_mode)) return make_error(Code::kInvalid, path.string() + " is a folder: name a file");
  Bytes out(S_ISREG(st.st_mode) ? std::min(static_cast<size_t>(st.st_size), limit_bytes) + 1 : 65536);
  size_t used = 0;
  for (;;) {
    if (used == out.size()) out.resize(std::min(out.size() * 2, limit_bytes + 1));
    ssize_t n = ::read(fd.get(), out.data() + used, out.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(path, "read", errno);
    if (n == 0) break;
    used += static_cast<size_t>(n);
    if (used > limit_bytes)
      return make_error(Code::kTooLarge,
                        path.string() + " is larger than the limit of " + std::to_string(limit_bytes) + " bytes");
  }
  out.resize(used);
  return out;
}

Status write_file(const std::filesystem::path& path, ByteView contents) {
  std::filesystem::path aside = path;
  aside += ".new";
  {
    Fd fd(::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (fd.get() < 0) return system_error(aside, "create", errno);
    size_t done = 0;
    while (done < contents.size()) {
      ssize_t n = ::write(fd.get(), contents.data() + done, contents.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        int error = errno;
        ::unlink(aside.c_str());
        return system_error(path, "write", error);
      }
      done += static_cast<size_t>(n);
    }
    if (::fsync(fd.get()) != 0) {
      int error = errno;
      ::unlink(aside.c_str());
      return system_error(path, "write", error);
    }
  }
  if (::rename(aside.c_str(), path.c_str()) != 0) return system_error(path, "rename", errno);
  std::filesystem::path folder = path.parent_path().empty() ? "." : path.parent_path();
  Fd dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir.get() < 0 || ::fsync(dir.get()) != 0) return system_error(folder, "sync", errno);
  return {};
}

Result<FileLock> FileLock::take(const std::filesystem::path& path, int wait_ms) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return system_error(path, "lock", errno);
  FileLock lock(fd);
  for (int waited = 0;; waited += 20) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK && errno != EINTR) return system_error(path, "lock", errno);
    if (waited >= wait_ms)
      return make_error(Code::kConflict, "another zhimi process is using " + path.parent_path().string() +
                                             ": wait for it, then try again");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace zhimi
