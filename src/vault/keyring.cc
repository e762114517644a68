#include "vault/keyring.h"

#include <map>

#include "crypto/envelope.h"
#include "vault/layout.h"
#include "vault/lru.h"

namespace zhimi::vault {

namespace {

constexpr size_t kKeyBytes = 32;
constexpr HomeKey kHomeKeys[] = {HomeKey::kIndex,         HomeKey::kFacts,       HomeKey::kToken,  HomeKey::kLedgerSign,
                                 HomeKey::kLedgerPatient, HomeKey::kAuditOffice, HomeKey::kJournal};

// A pseudonym is a MAC already: any 8 of its bytes are a hash.
struct MacHash {
  size_t operator()(const ledger::PatientMac& m) const {
    size_t h;
    std::memcpy(&h, m.data(), sizeof h);
    return h;
  }
};
using KeyCache = Lru<ledger::PatientMac, SecretBytes, MacHash>;

SecretBytes random_key(Random& random) {
  SecretBytes key(kKeyBytes);
  random.fill(key.fill());
  return key;
}

Error damaged() {
  return make_error(Code::kCorrupt,
                    "a key of keyring.db does not open in its place: restore keyring.db from its newest backup");
}

Result<SecretBytes> unwrap(ByteView kek, ByteView place, ByteView wrapped) {
  auto plain = crypto::open(kek, place, wrapped, crypto::Padding::kNone);
  if (!plain) return plain.error().code == Code::kCorrupt ? damaged() : std::move(plain).error();
  SecretBytes key = SecretBytes::copy_of(*plain);
  wipe(plain->data(), plain->size());
  if (key.size() != kKeyBytes) return damaged();
  return key;
}

}  // namespace

struct Keyring::Impl {
  store::Session& session;
  Random& random;
  Tenant tenant{};
  std::map<uint32_t, SecretBytes> keks;
  KeyCache data{kCachedPatients}, audit{kCachedPatients};

  Result<const SecretBytes*> kek(int64_t epoch) const {
    auto at = keks.find(static_cast<uint32_t>(epoch));
    if (epoch < 1 || epoch > UINT32_MAX || at == keks.end()) return damaged();
    return &at->second;
  }
  uint32_t newest_epoch() const { return keks.rbegin()->first; }

  Status make_home(crypto::KeyProvider& provider);
  Status load(crypto::KeyProvider& provider);
  Status load_tenant();
  Result<SecretBytes> patient_key(const ledger::PatientMac& patient, std::string_view sql, KeyCache& cache,
                                  Bytes (*place)(const Tenant&, const ledger::PatientMac&, uint32_t));
};

Keyring::Keyring(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Keyring::~Keyring() = default;
const Tenant& Keyring::tenant() const { return impl_->tenant; }

Status Keyring::Impl::make_home(crypto::KeyProvider& provider) {
  const uint32_t epoch = 1;
  random.fill(tenant);
  const store::Value meta[] = {std::string_view("tenant"), ByteView(tenant)};
  ZHIMI_CHECK(session.run("INSERT INTO keyring_meta (name, value) VALUES ($1, $2)", meta));
  SecretBytes kek = random_key(random);
  ZHIMI_TRY(Bytes wrapped_kek, provider.wrap(kek.reveal(), kek_place(tenant, epoch)));
  const store::Value first[] = {int64_t{epoch}, ByteView(wrapped_kek)};
  ZHIMI_CHECK(session.run("INSERT INTO epoch (epoch, wrapped) VALUES ($1, $2)", first));
  for (HomeKey purpose : kHomeKeys) {
    SecretBytes key = random_key(random);
    Bytes wrapped = crypto::seal(kek.reveal(), home_key_place(tenant, purpose, epoch), key.reveal(),
                                 crypto::Padding::kNone, random);
    const store::Value row[] = {int64_t{static_cast<uint8_t>(purpose)}, int64_t{epoch}, ByteView(wrapped)};
    ZHIMI_CHECK(session.run("INSERT INTO home_key (purpose, epoch, wrapped) VALUES ($1, $2, $3)", row));
  }
  keks.emplace(epoch, std::move(kek));
  return {};
}

Status Keyring::Impl::load_tenant() {
  bool found = false;
  ZHIMI_CHECK(
      session.query("SELECT value FROM keyring_meta WHERE name = 'tenant'", {}, [&](const store::Row& row) -> Status {
        ByteView b = row.blob(0);
        if (b.size() != tenant.size()) return damaged();
        std::memcpy(tenant.data(), b.data(), b.size());
        found = true;
        return {};
      }));
  if (!found)
    return make_error(Code::kNotFound,
                      "keyring.db holds no keys: make the home with `zhimi init`, or restore its keyring backup");
  return {};
}

Status Keyring::Impl::load(crypto::KeyProvider& provider) {
  ZHIMI_CHECK(load_tenant());
  ZHIMI_CHECK(
      session.query("SELECT epoch, wrapped FROM epoch ORDER BY epoch", {}, [&](const store::Row& row) -> Status {
        int64_t epoch = row.integer(0);
        if (epoch < 1 || epoch > UINT32_MAX) return damaged();
        auto kek = provider.unwrap(row.blob(1), kek_place(tenant, static_cast<uint32_t>(epoch)));
        if (!kek && kek.error().code == Code::kCorrupt)
          return make_error(Code::kCorrupt,
                            "the key provider of this home does not open keyring.db: use the provider and the "
                            "keyring.db of the same home");
        if (!kek) return std::move(kek).error();
        if (kek->size() != kKeyBytes) return damaged();
        keks.emplace(static_cast<uint32_t>(epoch), std::move(*kek));
        return {};
      }));
  if (keks.empty()) return damaged();
  return {};
}

Result<std::unique_ptr<Keyring>> Keyring::create(store::Session& session, crypto::KeyProvider& provider,
                                                 Random& random) {
  ZHIMI_CHECK(store::migrate(session, "keyring", keyring_migrations()));
  auto impl = std::make_unique<Impl>(Impl{.session = session, .random = random});
  ZHIMI_TRY(auto transaction, store::Transaction::begin(session));
  auto held = impl->load_tenant();
  if (held)
    return make_error(Code::kConflict, "keyring.db holds a home's keys already: choose another folder for a new home");
  if (held.error().code != Code::kNotFound) return std::move(held).error();
  ZHIMI_CHECK(impl->make_home(provider));
  ZHIMI_CHECK(transaction.commit());
  return std::unique_ptr<Keyring>(new Keyring(std::move(impl)));
}

Result<std::unique_ptr<Keyring>> Keyring::open(store::Session& session, crypto::KeyProvider& provider, Random& random) {
  ZHIMI_CHECK(store::migrate(session, "keyring", keyring_migrations()));
  auto impl = std::make_unique<Impl>(Impl{.session = session, .random = random});
  ZHIMI_CHECK(impl->load(provider));
  return std::unique_ptr<Keyring>(new Keyring(std::move(impl)));
}

Result<SecretBytes> Keyring::home_key(HomeKey key) {
  const store::Value purpose[] = {int64_t{static_cast<uint8_t>(key)}};
  SecretBytes out;
  ZHIMI_CHECK(impl_->session.query(
      "SELECT epoch, wrapped FROM home_key WHERE purpose = $1", purpose, [&](const store::Row& row) -> Status {
        ZHIMI_TRY(const SecretBytes* kek, impl_->kek(row.integer(0)));
        ZHIMI_TRY(out, unwrap(kek->reveal(), home_key_place(impl_->tenant, key, static_cast<uint32_t>(row.integer(0))),
                              row.blob(1)));
        return {};
      }));
  if (out.empty()) return damaged();
  return out;
}

Result<SecretBytes> Keyring::Impl::patient_key(const ledger::PatientMac& patient, std::string_view sql, KeyCache& cache,
                                               Bytes (*place)(const Tenant&, const ledger::PatientMac&, uint32_t)) {
  if (const SecretBytes* kept = cache.find(patient)) return SecretBytes::copy_of(kept->reveal());
  const store::Value key[] = {ByteView(patient)};
  SecretBytes out;
  ZHIMI_CHECK(session.query(sql, key, [&](const store::Row& row) -> Status {
    ZHIMI_TRY(const SecretBytes* kek_of_row, kek(row.integer(0)));
    ZHIMI_TRY(out,
              unwrap(kek_of_row->reveal(), place(tenant, patient, static_cast<uint32_t>(row.integer(0))), row.blob(1)));
    return {};
  }));
  if (out.empty())
    return make_error(Code::kNotFound,
                      "keyring.db has no key for this patient: unknown, shredded, or an older keyring was restored");
  cache.put(patient, SecretBytes::copy_of(out.reveal()));
  return out;
}

Result<SecretBytes> Keyring::audit_key(const ledger::PatientMac& patient) {
  return impl_->patient_key(patient, "SELECT epoch, audit FROM patient_key WHERE patient = $1", impl_->audit,
                            audit_key_place);
}

Result<SecretBytes> Keyring::data_key(const ledger::PatientMac& patient) {
  return impl_->patient_key(patient, "SELECT epoch, data FROM patient_key WHERE patient = $1", impl_->data,
                            data_key_place);
}

void Keyring::forget() {
  impl_->data.clear();
  impl_->audit.clear();
}

Status Keyring::ensure_patient(const ledger::PatientMac& patient) {
  if (impl_->data.find(patient)) return {};
  const uint32_t epoch = impl_->newest_epoch();
  const SecretBytes& kek = impl_->keks.at(epoch);
  SecretBytes data = random_key(impl_->random), audit = random_key(impl_->random);
  Bytes wrapped_data = crypto::seal(kek.reveal(), data_key_place(impl_->tenant, patient, epoch), data.reveal(),
                                    crypto::Padding::kNone, impl_->random);
  Bytes wrapped_audit = crypto::seal(kek.reveal(), audit_key_place(impl_->tenant, patient, epoch), audit.reveal(),
                                     crypto::Padding::kNone, impl_->random);
  const store::Value row[] = {ByteView(patient), int64_t{epoch}, ByteView(wrapped_data), ByteView(wrapped_audit)};
  return impl_->session.run(
      "INSERT INTO patient_key (patient, epoch, data, audit) VALUES ($1, $2, $3, $4) ON CONFLICT (patient) DO NOTHING",
      row);
}

}  // namespace zhimi::vault
