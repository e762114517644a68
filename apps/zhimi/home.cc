#include "home.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "packs.h"
#include "tiles/note.h"

namespace zhimi::app {

namespace fs = std::filesystem;

namespace {

constexpr int kHomeFormat = 1;

// home.toml, in the one layout that write_conf makes.
struct Conf {
  std::string origin, journal, passphrase;
};

std::string write_conf(const Conf& c) {
  return fmt::format(R"(# A Zhimi home (docs/formats.md). Edit only what lies in config/.
format = {}
suite = "intl"
origin = "{}"
journal = "{}"

[provider]
kind = "passphrase"
record = "{}"
)",
                     kHomeFormat, c.origin, c.journal, c.passphrase);
}

Result<Conf> read_conf(const fs::path& home) {
  auto bytes = read_file(home / "home.toml", 65536);
  if (!bytes && bytes.error().code == Code::kNotFound)
    return make_error(Code::kNotFound,
                      fmt::format("{0} is not a Zhimi home: make one with 'zhimi init --home {0}'", home.string()));
  if (!bytes) return std::move(bytes).error();
  Conf conf;
  std::string format, suite;
  for (std::string_view line : split(text(*bytes), '\n')) {
    size_t equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    std::string_view key = trim(line.substr(0, equals)), value = trim(line.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (key == "format") format = value;
    if (key == "suite") suite = value;
    if (key == "origin") conf.origin = value;
    if (key == "journal") conf.journal = value;
    if (key == "record") conf.passphrase = value;
  }
  if (!format.empty() && format != std::to_string(kHomeFormat))
    return make_error(
        Code::kConflict,
        fmt::format("this home has format {}, this program reads format {}: use the zhimi that made it, or a newer one",
                    format.substr(0, 16), kHomeFormat));
  if (format.empty() || suite != "intl" || conf.origin.empty() || conf.journal.empty() || conf.passphrase.empty())
    return make_error(Code::kCorrupt, (home / "home.toml").string() + " is damaged: restore it from a backup");
  return conf;
}

Status make_folder(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return make_error(Code::kUnavailable, fmt::format("cannot create {}: {}", path.string(), std::strerror(errno)));
  return {};
}

Result<std::string> pack_or_file(const std::optional<fs::path>& file, std::string_view pack) {
  if (!file) return std::string(pack);
  ZHIMI_TRY(Bytes bytes, read_file(*file, limits::kConfigBytes));
  return std::string(text(bytes));
}

Digest labelling(const classify::Map& map, const classify::Labels& labels) {
  return crypto::sha256({map.digest(), labels.digest()});
}

Result<std::string> config_text(const fs::path& home, const char* name) {
  ZHIMI_TRY(Bytes bytes, read_file(home / "config" / name, limits::kConfigBytes));
  return std::string(text(bytes));
}

// Stands in when the ledger cannot be reached: every entry is refused, so only journaled care goes on.
class ClosedLog final : public ledger::Log {
 public:
  explicit ClosedLog(Error why) : why_(std::move(why)) {}
  void submit(ledger::SealedEvent, ledger::Done done) override { done(unavailable()); }
  Result<std::string> checkpoint() override { return unavailable(); }
  uint64_t size() const override { return 0; }
  Result<Bytes> leaf(uint64_t) override { return unavailable(); }

 private:
  Error unavailable() const { return make_error(Code::kUnavailable, why_.what); }
  Error why_;
};

}  // namespace

Status Home::create(const InitOptions& options, ByteView passphrase) {
  const fs::path& home = options.home;
  std::error_code ignored;
  if (fs::exists(home, ignored) && !fs::is_empty(home, ignored))
    return make_error(Code::kConflict, home.string() + " exists and is not empty: name another folder with --home");
  ZHIMI_TRY(std::string hospital, pack_or_file(options.hospital, packs::hospital()));
  ZHIMI_TRY(std::string policy, pack_or_file(options.policy, packs::policy()));
  ZHIMI_CHECK(directory::Directory::parse(hospital, options.hospital ? options.hospital->string() : "hospital.toml"));
  ZHIMI_CHECK(policy::parse(policy, options.policy ? options.policy->string() : "hospital.policy"));

  SystemRandom random;
  ZHIMI_TRY(auto provider, crypto::PassphraseProvider::create(text(passphrase), {}, random));
  std::array<uint8_t, 8> name{};
  random.fill(name);
  fs::path journal = options.journal.empty() ? home / "journal" : options.journal;
  Conf conf{"zhimi/" + hex(name), fs::absolute(journal, ignored).string(), provider->record()};

  // Everything is made aside and renamed, so that a home is whole or absent.
  fs::path aside = home;
  if (!aside.has_filename()) aside = aside.parent_path();
  aside += ".making";
  fs::remove_all(aside, ignored);
  if (aside.has_parent_path()) fs::create_directories(aside.parent_path(), ignored);
  auto build = [&]() -> Status {
    for (const char* folder : {"", "config"}) ZHIMI_CHECK(make_folder(aside / folder));
    ZHIMI_CHECK(write_file(aside / "config/hospital.toml", view(hospital)));
    ZHIMI_CHECK(write_file(aside / "config/hospital.policy", view(policy)));
    ZHIMI_CHECK(write_file(aside / "config/fhir-r4.map", view(packs::map())));
    ZHIMI_CHECK(write_file(aside / "config/labels.tsv", view(packs::labels())));
    ZHIMI_TRY(auto keys, store::open_sqlite(aside / "keyring.db", store::Sharing::kAlone));
    ZHIMI_CHECK(vault::Keyring::create(*keys, *provider, random));
    return write_file(aside / "home.toml", view(write_conf(conf)));
  };
  Status built = build();
  if (built) {
    fs::remove(home, ignored);  // an empty folder of that name
    std::error_code error;
    fs::rename(aside, home, error);
    if (error)
      built = make_error(Code::kUnavailable, fmt::format("cannot create {}: {}", home.string(), error.message()));
  }
  if (!built) {
    fs::remove_all(aside, ignored);
    return built;
  }
  // A first opening makes the tables, the journal and the first configuration entry.
  ZHIMI_TRY(auto opened, Home::open(home, passphrase));
  if (!opened->trouble().empty()) return make_error(Code::kUnavailable, opened->trouble());
  return status_of(opened->log().checkpoint());
}

Result<std::unique_ptr<Home>> Home::open(const fs::path& home, ByteView passphrase) {
  ZHIMI_TRY(Conf conf, read_conf(home));
  std::unique_ptr<Home> h(new Home());
  {
    ZHIMI_TRY(FileLock lock, FileLock::take(home / "lock", 10'000));
    h->lock_.emplace(std::move(lock));
  }
  ZHIMI_TRY(h->provider_, crypto::PassphraseProvider::open(text(passphrase), conf.passphrase, h->random_));
  ZHIMI_TRY(h->keys_, store::open_sqlite(home / "keyring.db", store::Sharing::kAlone));
  ZHIMI_TRY(h->keyring_, vault::Keyring::open(*h->keys_, *h->provider_, h->random_));
  ZHIMI_TRY(h->office_key_, h->keyring_->home_key(vault::HomeKey::kAuditOffice));
  ZHIMI_TRY(SecretBytes token_key, h->keyring_->home_key(vault::HomeKey::kToken));
  h->tokens_.emplace(token_key.reveal());
  ZHIMI_CHECK(h->read_configuration(home));
  ZHIMI_TRY(h->data_, store::open_sqlite(home / "data.db", store::Sharing::kAlone));
  ZHIMI_TRY(h->vault_, vault::Vault::open(*h->data_, *h->keys_, *h->keyring_, h->clock_, h->random_,
                                          labelling(*h->map_, *h->labels_)));
  ZHIMI_CHECK(h->open_ledger(home, conf.origin, conf.journal));
  if (h->trouble_.empty()) ZHIMI_CHECK(h->record_configuration(home));
  h->source_ = std::make_unique<door::VaultSource>(*h->vault_, *h->keyring_);
  Home* raw = h.get();
  h->door_ = std::make_unique<door::Door>(door::Parts{[raw] { return raw->policy_; }, *h->map_, *h->source_, *h->log_,
                                                      h->journal_.get(), *h->tokens_, h->office_key_.reveal(),
                                                      h->clock_, h->random_});
  return h;
}

Home::~Home() = default;

Status Home::read_configuration(const fs::path& home) {
  ZHIMI_TRY(std::string map, config_text(home, "fhir-r4.map"));
  ZHIMI_TRY(classify::Map parsed_map, classify::Map::parse(map));
  map_.emplace(std::move(parsed_map));
  ZHIMI_TRY(std::string labels, config_text(home, "labels.tsv"));
  ZHIMI_TRY(classify::Labels parsed_labels, classify::Labels::parse(labels));
  labels_.emplace(std::move(parsed_labels));
  ZHIMI_TRY(std::string hospital, config_text(home, "hospital.toml"));
  ZHIMI_TRY(directory::Directory parsed_directory,
            directory::Directory::parse(hospital, (home / "config/hospital.toml").string()));
  directory_.emplace(std::move(parsed_directory));
  ZHIMI_TRY(std::string policy, config_text(home, "hospital.policy"));
  ZHIMI_TRY(policy_, policy::Snapshot::compile(policy, (home / "config/hospital.policy").string()));
  return {};
}

Status Home::open_ledger(const fs::path& home, const std::string& origin, const fs::path& journal) {
  ZHIMI_TRY(SecretBytes seed, keyring_->home_key(vault::HomeKey::kLedgerSign));
  ZHIMI_TRY(crypto::Signer signer, crypto::Signer::from_seed(seed.reveal()));
  signer_.emplace(std::move(signer));
  verifier_key_ = tiles::verifier_key_text(tiles::make_verifier_key(origin, signer_->public_key()));
  auto open = [&]() -> Status {
    ZHIMI_TRY(ledger_, store::open_sqlite(home / "ledger.db", store::Sharing::kAlone));
    ZHIMI_TRY(log_, ledger::open_log(*ledger_, *signer_, clock_, {origin}));
    return {};
  };
  Status opened = open();
  if (!opened && opened.error().code != Code::kUnavailable) return opened;
  if (!opened) {
    trouble_ = opened.error().what;
    log_ = std::make_unique<ClosedLog>(std::move(opened).error());
  }
  ZHIMI_TRY(SecretBytes journal_key, keyring_->home_key(vault::HomeKey::kJournal));
  auto opened_journal = ledger::Journal::open(journal, journal_key.reveal(), random_);
  // Without a journal care has nothing to fall back on, which is no reason to stop it now.
  if (!opened_journal) {
    trouble_ += (trouble_.empty() ? "" : "; ") + opened_journal.error().what;
    return {};
  }
  journal_ = std::move(*opened_journal);
  if (!trouble_.empty() || journal_->empty()) return {};
  // A ledger that still cannot be written leaves the journal as it is: nothing is lost, and care goes on.
  auto merged = journal_->merge(*log_);
  if (!merged && merged.error().code != Code::kUnavailable) return std::move(merged).error();
  if (merged)
    merged_ = *merged;
  else
    trouble_ = merged.error().what;
  return {};
}

// What decides is in the ledger before it decides: one entry whenever policy, map, labels or hospital file differ from
// the last recorded.
Status Home::record_configuration(const fs::path& home) {
  std::string what =
      fmt::format(R"({{"policy":"{}","map":"{}","labels":"{}","hospital":"{}"}})", hex(policy_->digest()),
                  hex(map_->digest()), hex(labels_->digest()), hex(directory_->digest()));
  std::string seal = hex(crypto::hmac_sha256(office_key_.reveal(), view("configuration " + what))) + "\n";
  auto last = read_file(home / "config/recorded", 4096);
  if (last && text(*last) == seal) return {};
  ledger::Event event{
      {}, ledger::Kind::kConfiguration, {}, what, fmt::format(R"({{"time":"{}"}})", utc_time(clock_.now_ms()))};
  random_.fill(event.id);
  ZHIMI_CHECK(log_->append(ledger::seal(event, office_key_.reveal(), office_key_.reveal(), random_)));
  return write_file(home / "config/recorded", view(seal));
}

}  // namespace zhimi::app
