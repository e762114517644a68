#include <fmt/format.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "formats/resource_stream.h"
#include "intake/extract.h"
#include "intake/intake.h"
#include "shape/shape.h"

namespace zhimi::intake {

namespace {

constexpr uint64_t kProgressBytes = uint64_t{1} << 20;  // of text between two reports
constexpr int kReadings = 3;                            // of one file whose entries refer forward

// Passes bytes on and takes their digest.
class DigestedInput final : public formats::Input {
 public:
  explicit DigestedInput(std::unique_ptr<formats::Input> source) : source_(std::move(source)) {}
  Result<size_t> read(std::span<uint8_t> out) override {
    ZHIMI_TRY(size_t n, source_->read(out));
    hash_.update(out.first(n));
    bytes_ += n;
    return n;
  }
  uint64_t consumed_bytes() const override { return source_->consumed_bytes(); }
  uint64_t bytes() const { return bytes_; }
  Digest finish() { return hash_.finish(); }

 private:
  std::unique_ptr<formats::Input> source_;
  crypto::Sha256 hash_;
  uint64_t bytes_ = 0;
};

class Import {
 public:
  Import(const Tools& tools, const std::filesystem::path& path, const std::function<void(const Progress&)>& progress)
      : tools_(tools), path_(path), progress_(progress), extractor_(tools.map, tools.labels, known_) {}

  Result<Summary> run(std::string_view importer);

 private:
  Status read(vault::Vault::Batch& batch);
  Status take(vault::Vault::Batch& batch, ByteView resource, const formats::Place& place, std::string_view full_url);
  Result<bool> read_and_commit();
  bool doomed() const;
  void ask_vault_for_births();
  Status note(const ledger::EntryId& id, std::string about, std::string actor);

  const Tools& tools_;
  const std::filesystem::path& path_;
  const std::function<void(const Progress&)>& progress_;
  KnownReferences known_;
  Extractor extractor_;
  int reading_ = 0;
  Summary summary_;
  Digest digest_{};
  Bytes minified_;
  const DigestedInput* input_ = nullptr;
  uint64_t file_bytes_ = 0, next_report_ = 0;
};

// This reading only learns: the next one will know better.
bool Import::doomed() const {
  return (known_.told_later() && reading_ < kReadings) || (known_.hopeful() && reading_ == 1);
}

// Between two readings, since an open batch allows no question.
void Import::ask_vault_for_births() {
  for (const std::string& patient : known_.wanted_births()) {
    auto facts = tools_.vault.patient(patient);
    if (facts && facts->birth_ms != INT64_MIN) known_.learn_birth(patient, facts->birth_ms);
  }
}

Status Import::take(vault::Vault::Batch& batch, ByteView resource, const formats::Place& place,
                    std::string_view full_url) {
  auto at = [&](Error e) {
    e.what = fmt::format("line {}, byte {}, resource {}: {}", place.line, place.offset_bytes, place.number, e.what);
    return e;
  };
  minified_.clear();
  if (Status s = shape::check_fhir(resource, minified_); !s) return at(std::move(s).error());
  size_t size = minified_.size();
  minified_.resize(size + shape::kPaddingBytes);
  auto record = extractor_.extract(ByteView(minified_).first(size), full_url);
  if (!record) {
    if (!doomed()) return at(std::move(record).error());
    return {};
  }
  if (!doomed())
    if (Status s = batch.put(*record); !s) return at(std::move(s).error());
  ++summary_.resources;
  ++summary_.by_type[record->id.type];
  summary_.bytes += size;
  if (progress_ && place.offset_bytes >= next_report_) {
    next_report_ = place.offset_bytes + kProgressBytes;
    progress_({input_->consumed_bytes(), file_bytes_, summary_.resources});
  }
  return {};
}

Status Import::read(vault::Vault::Batch& batch) {
  ZHIMI_TRY(auto source, formats::open_input(path_));
  DigestedInput input(std::move(source));
  input_ = &input;
  summary_ = {};
  next_report_ = kProgressBytes;
  ZHIMI_CHECK(
      formats::read_resources(input, [&](ByteView resource, const formats::Place& place, std::string_view full_url) {
        return take(batch, resource, place, full_url);
      }));
  digest_ = input.finish();
  if (progress_) progress_({input.consumed_bytes(), file_bytes_, summary_.resources});
  return {};
}

// True when the file is in; false when it must be read again, since its entries refer to later ones.
Result<bool> Import::read_and_commit() {
  if (++reading_ == 2) ask_vault_for_births();
  ZHIMI_TRY(auto batch, tools_.vault.batch());
  known_.begin_again();
  ZHIMI_CHECK(read(batch));
  if (doomed()) return false;
  if (known_.told_later())
    return make_error(
        Code::kInvalid,
        "its entries contradict one another: two have the same fullUrl, or two patients point to one document; "
        "write each once");
  if (known_.overflowed())
    return make_error(
        Code::kTooLarge,
        fmt::format("a Bundle of more than {} entries whose patients go by another name than their id; split it",
                    KnownReferences::kMost));
  ZHIMI_CHECK(batch.commit());
  return true;
}

Status Import::note(const ledger::EntryId& id, std::string about, std::string actor) {
  ledger::Event event{id, ledger::Kind::kImport, {}, std::move(about), std::move(actor)};
  auto receipt = tools_.log.append(ledger::seal(event, tools_.office_key, tools_.office_key, tools_.random));
  if (!receipt) return std::move(receipt).error();
  return {};
}

Result<Summary> Import::run(std::string_view importer) {
  std::error_code ec;
  file_bytes_ = std::filesystem::file_size(path_, ec);
  if (ec) file_bytes_ = 0;
  auto probe = formats::open_input(path_);  // a file that cannot be read needs no entry
  if (!probe) return make_error(probe.error().code, fmt::format("{}: {}", path_.string(), probe.error().what));

  // The file's name may be a patient's name: it is not recorded.
  ledger::EntryId begun{}, ended{};
  tools_.random.fill(begun);
  tools_.random.fill(ended);
  std::string actor =
      fmt::format(R"({{"time":"{}","account":"{}"}})", utc_time(tools_.clock.now_ms()), json_escape(importer));
  ZHIMI_CHECK(note(begun, fmt::format(R"({{"phase":"begin","bytes":{}}})", file_bytes_), actor));

  Result<bool> done = false;
  while (done && !*done) done = read_and_commit();
  actor = fmt::format(R"({{"time":"{}","account":"{}"}})", utc_time(tools_.clock.now_ms()), json_escape(importer));
  if (!done) {
    Error e = std::move(done).error();
    (void)note(ended, fmt::format(R"({{"phase":"end","of":"{}","aborted":"{}"}})", hex(begun), code_name(e.code)),
               actor);
    e.what = fmt::format("{}, {}; nothing of this file is imported", path_.string(), e.what);
    return e;
  }
  std::string types;
  for (const auto& [type, n] : summary_.by_type)
    types += fmt::format(R"({}"{}":{})", types.empty() ? "" : ",", type, n);
  std::string about = fmt::format(R"({{"phase":"end","of":"{}","resources":{},"types":{{{}}},"sha256":"{}"}})",
                                  hex(begun), summary_.resources, types, hex(digest_));
  if (Status s = note(ended, std::move(about), actor); !s)
    return make_error(
        s.error().code,
        fmt::format("{} is imported, but the ledger could not note it: {}; import it again once that is repaired",
                    path_.string(), s.error().what));
  return std::move(summary_);
}

}  // namespace

Result<Summary> import_file(const Tools& tools, const std::filesystem::path& path, std::string_view importer,
                            const std::function<void(const Progress&)>& progress) {
  return Import(tools, path, progress).run(importer);
}

}  // namespace zhimi::intake
