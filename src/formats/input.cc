#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "formats/resource_stream.h"

namespace zhimi::formats {

namespace {

constexpr size_t kFileChunkBytes = size_t{128} << 10;
constexpr uint64_t kBombRatio = 1000;
constexpr uint64_t kBombAllowanceBytes = uint64_t{64} << 20;

std::string system_message() { return std::generic_category().message(errno); }

class FileInput final : public Input {
 public:
  explicit FileInput(int fd) : fd_(fd) {}
  FileInput(const FileInput&) = delete;
  FileInput& operator=(const FileInput&) = delete;
  ~FileInput() override { ::close(fd_); }

  Result<size_t> read(std::span<uint8_t> out) override {
    for (;;) {
      ssize_t n = ::read(fd_, out.data(), out.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0)
        return make_error(Code::kUnavailable,
                          fmt::format("cannot read on: {}; check the disk, then try again", system_message()));
      consumed_ += static_cast<uint64_t>(n);
      return static_cast<size_t>(n);
    }
  }
  uint64_t consumed_bytes() const override { return consumed_; }

 private:
  int fd_;
  uint64_t consumed_ = 0;
};

class MemoryInput final : public Input {
 public:
  explicit MemoryInput(ByteView bytes) : bytes_(bytes) {}
  Result<size_t> read(std::span<uint8_t> out) override {
    size_t n = std::min(out.size(), bytes_.size() - at_);
    if (n) std::memcpy(out.data(), bytes_.data() + at_, n);
    at_ += n;
    return n;
  }
  uint64_t consumed_bytes() const override { return at_; }

 private:
  ByteView bytes_;
  size_t at_ = 0;
};

// What gzip and zstd share: a chunk of compressed bytes, refilled from the file, and the guard against bombs.
class Decompressor : public Input {
 public:
  explicit Decompressor(std::unique_ptr<Input> source) : source_(std::move(source)), chunk_(kFileChunkBytes) {}
  uint64_t consumed_bytes() const override { return source_->consumed_bytes() - left(); }

  Result<size_t> read(std::span<uint8_t> out) override {
    while (!ended_) {
      if (left() == 0 && !full_) {
        ZHIMI_TRY(used_, source_->read(chunk_));
        at_ = 0;
        if (used_ == 0) {
          ended_ = true;
          ZHIMI_CHECK(at_end());
          break;
        }
      }
      size_t before = left();
      ZHIMI_TRY(size_t n, decompress(out));
      if (n == 0 && left() == before && before > 0)
        return make_error(Code::kInvalid, "the compressed data is damaged; copy the file again");
      full_ = n == out.size();
      produced_ += n;
      if (produced_ > kBombRatio * consumed_bytes() + kBombAllowanceBytes)
        return make_error(Code::kTooLarge,
                          "the compressed file unpacks to more than 1000 times its size: refused as a decompression "
                          "bomb; unpack it yourself if it is genuine");
      if (n) return n;
    }
    return size_t{0};
  }

 protected:
  // Decompresses from next() into `out`, says by take() how much it took, and returns bytes made; 0 asks for more.
  // next() is empty only when the call before filled its `out`, so that the decoder may hold more.
  virtual Result<size_t> decompress(std::span<uint8_t> out) = 0;
  // At the end of the file: an error unless the compressed data ended too.
  virtual Status at_end() const = 0;

  ByteView next() const { return ByteView(chunk_).subspan(at_, left()); }
  void take(size_t n) { at_ += n; }
  static Error truncated(const char* name) {
    return make_error(Code::kInvalid,
                      fmt::format("the {} data ends too early: the file is truncated; export or copy it again", name));
  }
  static Error damaged(const char* name) {
    return make_error(Code::kInvalid, fmt::format("the {} data is damaged; export or copy the file again", name));
  }

 private:
  size_t left() const { return used_ - at_; }

  std::unique_ptr<Input> source_;
  Bytes chunk_;
  size_t at_ = 0, used_ = 0;
  uint64_t produced_ = 0;
  bool ended_ = false;
  bool full_ = false;  // the last call filled its `out`
};

// RFC 1952: one or more members, then perhaps zero padding as tape and block devices leave it.
class GzipInput final : public Decompressor {
 public:
  using Decompressor::Decompressor;
  GzipInput(const GzipInput&) = delete;
  GzipInput& operator=(const GzipInput&) = delete;
  ~GzipInput() override { inflateEnd(&z_); }
  Status start() {
    if (inflateInit2(&z_, 15 + 16) != Z_OK) return make_error(Code::kUnavailable, "out of memory for unpacking gzip");
    return {};
  }

 protected:
  Result<size_t> decompress(std::span<uint8_t> out) override {
    ByteView in = next();
    if (state_ != kInside) {
      if (in.empty()) return size_t{0};
      if (state_ == kPadding || in[0] == 0) return skip_padding(in);
      if (inflateReset(&z_) != Z_OK) return damaged("gzip");
      state_ = kInside;
    }
    z_.next_in = const_cast<Bytef*>(in.data());
    z_.avail_in = static_cast<uInt>(in.size());
    z_.next_out = out.data();
    z_.avail_out = static_cast<uInt>(std::min<size_t>(out.size(), 1 << 30));
    uInt room = z_.avail_out;
    int code = inflate(&z_, Z_NO_FLUSH);
    take(in.size() - z_.avail_in);
    if (code == Z_STREAM_END)
      state_ = kBetween;
    else if (code != Z_OK && code != Z_BUF_ERROR)
      return damaged("gzip");
    return static_cast<size_t>(room - z_.avail_out);
  }
  Status at_end() const override {
    if (state_ == kInside) return truncated("gzip");
    return {};
  }

 private:
  Result<size_t> skip_padding(ByteView in) {
    state_ = kPadding;
    if (std::any_of(in.begin(), in.end(), [](uint8_t b) { return b != 0; })) return damaged("gzip");
    take(in.size());
    return size_t{0};
  }

  z_stream z_{};
  enum { kInside, kBetween, kPadding } state_ = kInside;
};

// RFC 8878: any number of frames, skippable ones too.
class ZstdInput final : public Decompressor {
 public:
  using Decompressor::Decompressor;
  ZstdInput(const ZstdInput&) = delete;
  ZstdInput& operator=(const ZstdInput&) = delete;
  ~ZstdInput() override { ZSTD_freeDStream(stream_); }
  Status start() {
    stream_ = ZSTD_createDStream();
    if (!stream_) return make_error(Code::kUnavailable, "out of memory for unpacking zstd");
    return {};
  }

 protected:
  Result<size_t> decompress(std::span<uint8_t> out) override {
    ByteView input = next();
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer made{out.data(), out.size(), 0};
    size_t code = ZSTD_decompressStream(stream_, &made, &in);
    take(in.pos);
    if (ZSTD_isError(code)) {
      if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge)
        return make_error(
            Code::kTooLarge,
            "the zstd file needs a window beyond 128 MiB; compress it again with a window of 128 MiB or less");
      return damaged("zstd");
    }
    if (in.pos || made.pos) inside_ = code != 0;  // without progress the code only asks for a next frame
    return made.pos;
  }
  Status at_end() const override {
    if (inside_) return truncated("zstd");
    return {};
  }

 private:
  ZSTD_DStream* stream_ = nullptr;
  bool inside_ = true;
};

template <class Kind>
Result<std::unique_ptr<Input>> started(std::unique_ptr<Input> source) {
  auto input = std::make_unique<Kind>(std::move(source));
  ZHIMI_CHECK(input->start());
  return std::unique_ptr<Input>(std::move(input));
}

}  // namespace

Result<std::unique_ptr<Input>> open_input(const std::filesystem::path& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return make_error(errno == ENOENT ? Code::kNotFound : Code::kUnavailable,
                      fmt::format("cannot open the file: {}", system_message()));
  auto file = std::make_unique<FileInput>(fd);
  struct stat st{};
  if (::fstat(fd, &st) != 0)
    return make_error(Code::kUnavailable, fmt::format("cannot read the file: {}", system_message()));
  if (!S_ISREG(st.st_mode))
    return make_error(Code::kInvalid, "not a regular file: name a file that holds FHIR resources");
  uint8_t magic[4] = {};
  ssize_t n = ::pread(fd, magic, sizeof magic, 0);
  if (n < 0) return make_error(Code::kUnavailable, fmt::format("cannot read the file: {}", system_message()));
  if (n >= 2 && magic[0] == 0x1f && magic[1] == 0x8b) return started<GzipInput>(std::move(file));
  bool frame = n == 4 && magic[0] == 0x28 && magic[1] == 0xb5 && magic[2] == 0x2f && magic[3] == 0xfd;
  bool skippable = n == 4 && (magic[0] & 0xf0) == 0x50 && magic[1] == 0x2a && magic[2] == 0x4d && magic[3] == 0x18;
  if (frame || skippable) return started<ZstdInput>(std::move(file));
  return std::unique_ptr<Input>(std::move(file));
}

std::unique_ptr<Input> memory_input(ByteView bytes) { return std::make_unique<MemoryInput>(bytes); }

}  // namespace zhimi::formats
