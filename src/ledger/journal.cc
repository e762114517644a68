#include "ledger/journal.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>

#include "base/file.h"
#include "crypto/envelope.h"
#include "crypto/hash.h"

namespace zhimi::ledger {

namespace {

namespace fs = std::filesystem;

// A record begins on a block of its own, so that a torn write cannot reach the one before it.
constexpr size_t kBlockBytes = 4096;
constexpr std::string_view kFileMagic = "ZJ", kRecordMagic = "ZJR\x01";
constexpr uint8_t kVersion = 1;
constexpr size_t kNameBytes = 16;  // random, one for each generation of the file
constexpr size_t kHeaderBytes = 2 + 1 + 1 + kNameBytes + 2;
constexpr size_t kRecordHeaderBytes = 4 + 4 + 8 + 32 + 32;
constexpr size_t kMostBytes = size_t{1} << 30;

size_t blocks(size_t size_bytes) { return (size_bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes; }

Error system_error(const fs::path& path, std::string_view doing, int error) {
  return make_error(Code::kUnavailable,
                    fmt::format("cannot {} the journal {}: {}", doing, path.string(), std::strerror(error)));
}

Error corrupt(const fs::path& path, std::string_view what) {
  return make_error(Code::kCorrupt, fmt::format("the journal {}: {}: keep the file, and restore it from its backup",
                                                path.string(), what));
}

// kind ‖ id ‖ patient ‖ u16 about ‖ u16 actor, as in a leaf but without a number: the log gives that.
Bytes encode(const SealedEvent& event) {
  Bytes out{static_cast<uint8_t>(event.kind)};
  append(out, event.id);
  append(out, event.patient);
  append_u16(out, static_cast<uint16_t>(event.about.size()));
  append(out, event.about);
  append_u16(out, static_cast<uint16_t>(event.actor.size()));
  append(out, event.actor);
  return out;
}

std::optional<SealedEvent> decode(ByteView in) {
  constexpr size_t kFixed = 1 + 16 + 32 + 2;
  if (in.size() < kFixed + 2) return std::nullopt;
  SealedEvent event;
  event.kind = static_cast<Kind>(in[0]);
  std::copy_n(in.begin() + 1, 16, event.id.begin());
  std::copy_n(in.begin() + 17, 32, event.patient.begin());
  size_t about = load_u16(in.data() + 49);
  if (in.size() < kFixed + about + 2) return std::nullopt;
  event.about.assign(in.begin() + kFixed, in.begin() + kFixed + about);
  if (in.size() - kFixed - about - 2 != load_u16(in.data() + kFixed + about)) return std::nullopt;
  event.actor.assign(in.begin() + kFixed + about + 2, in.end());
  return event;
}

// One record's fixed part. `digest` is SHA-256 over everything before it and the payload behind it.
struct Record {
  uint64_t sequence = 0;
  Digest previous{};
  Digest digest{};
  ByteView payload;
};

Digest record_digest(ByteView head, ByteView payload) { return crypto::sha256({head, payload}); }

// A record that stands whole at the beginning of `in`.
std::optional<Record> read_record(ByteView in) {
  if (in.size() < kRecordHeaderBytes || text(in.first(4)) != kRecordMagic) return std::nullopt;
  size_t size = load_u32(in.data() + 4);
  if (size > in.size() - kRecordHeaderBytes) return std::nullopt;
  Record record;
  record.sequence = load_u64(in.data() + 8);
  std::copy_n(in.begin() + 16, 32, record.previous.begin());
  std::copy_n(in.begin() + 48, 32, record.digest.begin());
  record.payload = in.subspan(kRecordHeaderBytes, size);
  if (record_digest(in.first(48), record.payload) != record.digest) return std::nullopt;
  return record;
}

class FileJournal final : public Journal, private ReceiptOffice {
 public:
  FileJournal(const fs::path& folder, ByteView key, Random& random, size_t size_bytes, FileLock lock)
      : path_(folder / "care.journal"),
        key_(SecretBytes::copy_of(key)),
        random_(random),
        size_bytes_(size_bytes),
        lock_(std::move(lock)) {}
  ~FileJournal() override {
    if (fd_ >= 0) ::close(fd_);
  }

  Status open() {
    auto bytes = read_file(path_, kMostBytes);
    if (!bytes && bytes.error().code != Code::kNotFound) return std::move(bytes).error();
    if (!bytes) return start();
    ZHIMI_CHECK(scan(*bytes));
    // What a crash cut off, and what a shortened file lacks, becomes zeros again, so that later scans see a clean end.
    return reopen(bytes->size());
  }

  Result<Receipt> append(SealedEvent event) override {
    std::lock_guard lock(mutex_);
    if (event.about.size() + event.actor.size() > tiles::kLeafPartBytes)
      return make_error(Code::kTooLarge, "an entry of more than 65,535 bytes: disclose fewer records at a time");
    Receipt receipt = issue(event.id, event.patient, event.kind, Receipt::kJournaled);
    auto held = std::ranges::find(events_, event.id, &SealedEvent::id);
    if (held != events_.end()) {
      if (held->kind == event.kind && held->patient == event.patient) return receipt;
      return make_error(Code::kConflict, "the journal holds another entry under this id: use a fresh random id");
    }
    ZHIMI_CHECK(write(event));
    events_.push_back(std::move(event));
    return receipt;
  }

  bool empty() const override {
    std::lock_guard lock(mutex_);
    return events_.empty();
  }

  Result<std::vector<SealedEvent>> pending() override {
    std::lock_guard lock(mutex_);
    return events_;
  }

  Result<uint64_t> merge(Log& log) override {
    std::lock_guard lock(mutex_);
    uint64_t merged = events_.size();
    if (merged == 0) return merged;
    for (size_t first = 0; first < events_.size(); first += kWindow)
      ZHIMI_CHECK(merge_some(log, std::span(events_).subspan(first, std::min(kWindow, events_.size() - first))));
    ZHIMI_CHECK(start());
    return merged;
  }

 private:
  static constexpr size_t kWindow = 512;

  Bytes header_place(ByteView name) const { return crypto::join_aad({view("zhimi journal v1"), name}); }
  Bytes record_place(uint64_t sequence, const Digest& previous) const {
    Bytes number;
    append_u64(number, sequence);
    return crypto::join_aad({view("zhimi journal record v1"), name_, number, previous});
  }

  // A fresh generation in place of the file: whole or not at all, and nothing of the old one stays in it.
  Status start() {
    std::array<uint8_t, kNameBytes> name;
    random_.fill(name);
    Bytes file(kFileMagic.begin(), kFileMagic.end());
    file.push_back(kVersion);
    file.push_back(0);
    zhimi::append(file, name);
    Bytes check = crypto::seal(key_.reveal(), header_place(name), {}, crypto::Padding::kNone, random_);
    append_u16(file, static_cast<uint16_t>(check.size()));
    zhimi::append(file, check);
    file.resize(size_bytes_);
    ZHIMI_CHECK(write_file(path_, file));
    name_ = name;
    events_.clear();
    sequence_ = 0;
    previous_ = Digest{};
    at_ = kBlockBytes;
    return reopen(file.size());
  }

  Status reopen(size_t file_bytes) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
    if (fd_ < 0) return system_error(path_, "open", errno);
    limit_ = std::max(size_bytes_, blocks(file_bytes));
    if (clean_ && file_bytes == limit_) return {};
    ZHIMI_CHECK(write_at(at_, Bytes(limit_ - at_)));
    clean_ = true;
    return {};
  }

  Status scan(ByteView file) {
    if (file.size() < kHeaderBytes || text(file.first(2)) != kFileMagic) return corrupt(path_, "not a journal");
    if (file[2] > kVersion || file[3] != 0)
      return make_error(Code::kConflict,
                        fmt::format("the journal {} was written by a newer version: use that one", path_.string()));
    std::copy_n(file.begin() + 4, kNameBytes, name_.begin());
    size_t check = load_u16(file.data() + kHeaderBytes - 2);
    if (file.size() < kHeaderBytes + check || check > kBlockBytes - kHeaderBytes ||
        !crypto::open(key_.reveal(), header_place(name_), file.subspan(kHeaderBytes, check), crypto::Padding::kNone))
      return corrupt(path_, "its header does not open: changed, or under another key");
    for (at_ = kBlockBytes; at_ < file.size();) {
      auto record = read_record(file.subspan(at_));
      if (!record) break;
      ZHIMI_CHECK(take(*record));
      at_ += blocks(kRecordHeaderBytes + record->payload.size());
    }
    return check_end(file);
  }

  Status take(const Record& record) {
    if (record.sequence != sequence_ || record.previous != previous_) return corrupt(path_, "its chain is broken");
    auto plain =
        crypto::open(key_.reveal(), record_place(sequence_, previous_), record.payload, crypto::Padding::kPadme);
    auto event = plain ? decode(*plain) : std::nullopt;
    if (!event) return corrupt(path_, "an entry does not open");
    events_.push_back(std::move(*event));
    ++sequence_;
    previous_ = record.digest;
    return {};
  }

  // Behind the last whole record there may be one that a crash tore, and nothing else: a whole one further on was
  // acknowledged, so what is broken before it was acknowledged too.
  Status check_end(ByteView file) {
    for (size_t at = at_; at < file.size(); at += kBlockBytes) {
      ByteView block = file.subspan(at, std::min(kBlockBytes, file.size() - at));
      if (clean_) clean_ = std::ranges::all_of(block, [](uint8_t b) { return b == 0; });
      if (auto record = read_record(file.subspan(at)); at > at_ && record && record->sequence > sequence_)
        return corrupt(path_, fmt::format("entry {} was changed", sequence_));
    }
    // A torn record is the only thing that can stand there, and it is no longer than the longest record.
    size_t longest = blocks(kRecordHeaderBytes + limits::kLedgerEntryBytes * 9 / 8 + crypto::kEnvelopeOverheadBytes);
    for (size_t at = at_ + longest; at < file.size(); ++at)
      if (file[at] != 0) return corrupt(path_, fmt::format("entry {} was changed", sequence_));
    return {};
  }

  Status write(const SealedEvent& event) {
    Bytes payload = crypto::seal(key_.reveal(), record_place(sequence_, previous_), encode(event),
                                 crypto::Padding::kPadme, random_);
    Bytes record(kRecordMagic.begin(), kRecordMagic.end());
    append_u32(record, static_cast<uint32_t>(payload.size()));
    append_u64(record, sequence_);
    zhimi::append(record, previous_);
    Digest digest = record_digest(record, payload);
    zhimi::append(record, digest);
    zhimi::append(record, payload);
    record.resize(blocks(record.size()));
    if (at_ + record.size() > limit_)
      return make_error(Code::kUnavailable,
                        fmt::format("the journal {} is full: make room for the ledger, and the next start merges it",
                                    path_.string()));
    ZHIMI_CHECK(write_at(at_, record));
    at_ += record.size();
    ++sequence_;
    previous_ = digest;
    return {};
  }

  Status write_at(size_t at, ByteView bytes) {
    while (!bytes.empty()) {
      ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return system_error(path_, "write", errno);
      at += static_cast<size_t>(n);
      bytes = bytes.subspan(static_cast<size_t>(n));
    }
    if (::fdatasync(fd_) != 0) return system_error(path_, "write", errno);
    return {};
  }

  static Status merge_some(Log& log, std::span<const SealedEvent> events) {
    std::mutex mutex;
    std::condition_variable arrived;
    size_t left = events.size();
    Status status;
    for (const SealedEvent& event : events)
      log.submit(event, [&](Result<Receipt> receipt) {
        std::lock_guard lock(mutex);
        if (!receipt && status) status = receipt.error();
        if (--left == 0) arrived.notify_one();
      });
    std::unique_lock lock(mutex);
    arrived.wait(lock, [&] { return left == 0; });
    return status;
  }

  const fs::path path_;
  const SecretBytes key_;
  Random& random_;
  const size_t size_bytes_;
  FileLock lock_;
  mutable std::mutex mutex_;  // guards the rest
  int fd_ = -1;
  std::array<uint8_t, kNameBytes> name_{};
  std::vector<SealedEvent> events_;
  uint64_t sequence_ = 0;  // of the next record
  Digest previous_{};
  size_t at_ = kBlockBytes, limit_ = 0;  // where the next record goes; end of the file
  bool clean_ = true;                    // only zeros from at_ on
};

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const fs::path& folder, ByteView key, Random& random,
                                               size_t size_bytes) {
  if (size_bytes < 2 * kBlockBytes || size_bytes > kMostBytes)
    return make_error(Code::kUsage, "a journal has between 8 KiB and 1 GiB");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return system_error(folder, "create", error.value());
  ZHIMI_TRY(FileLock lock, FileLock::take(folder / "lock", 0));
  auto journal = std::make_unique<FileJournal>(folder, key, random, blocks(size_bytes), std::move(lock));
  ZHIMI_CHECK(journal->open());
  return std::unique_ptr<Journal>(std::move(journal));
}

}  // namespace zhimi::ledger
