#include "intake/reference.h"

#include <algorithm>

#include "base/limits.h"

namespace zhimi::intake {

namespace {

constexpr size_t kReferenceBytes = 512;  // longer ones tie nobody to anything
constexpr std::string_view kUuid = "urn:uuid:";

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool valid_type(std::string_view s) {
  return s.size() >= 2 && s.size() <= 64 && s[0] >= 'A' && s[0] <= 'Z' && std::all_of(s.begin(), s.end(), letter);
}

}  // namespace

bool valid_id(std::string_view id) {
  return !id.empty() && id.size() <= limits::kIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

std::optional<UrlTail> url_tail(std::string_view url) {
  if (size_t version = url.find("/_history/"); version != std::string_view::npos) url = url.substr(0, version);
  size_t slash = url.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  size_t before = url.rfind('/', slash - 1);
  size_t begin = before == std::string_view::npos ? 0 : before + 1;
  UrlTail tail{url.substr(0, begin), url.substr(begin, slash - begin), url.substr(slash + 1)};
  if (!valid_type(tail.type) || !valid_id(tail.id)) return std::nullopt;
  return tail;
}

const std::string* KnownReferences::ask(Told& told, std::string_view key) {
  std::string k(key);
  if (auto known = told.now.find(k); known != told.now.end()) return &known->second;
  auto known = told.before.find(k);
  if (told.asked.size() < kMost) told.asked.insert(std::move(k));
  return known == told.before.end() ? nullptr : &known->second;
}

void KnownReferences::tell(Told& told, std::string_view key, std::string value) {
  std::string k(key);
  if (told.now.size() >= kMost) return;
  if (told.asked.contains(k)) {
    auto before = told.before.find(k);
    if (before == told.before.end() || before->second != value) told_later_ = true;
  }
  told.now.insert_or_assign(std::move(k), std::move(value));
}

void KnownReferences::learn(std::string_view full_url, std::string_view type, std::string_view id) {
  if (full_url.empty() || full_url.size() > kReferenceBytes) return;
  // An URL that ends in what it names explains itself.
  if (auto tail = url_tail(full_url); tail && tail->type == type && tail->id == id) return;
  std::string record = std::string(type) + "/" + std::string(id);
  if (records_.now.size() >= kMost && type == "Patient" && full_url != std::string(kUuid) + std::string(id))
    overflowed_ = true;
  auto known = records_.now.find(std::string(full_url));
  if (known != records_.now.end() && known->second != record) told_later_ = true;
  tell(records_, full_url, std::move(record));
}

void KnownReferences::learn_owner(std::string_view document, std::string_view patient) {
  if (document.empty() || document.size() > kReferenceBytes) return;
  auto known = owners_.now.find(std::string(document));
  tell(owners_, document,
       known == owners_.now.end() || known->second == patient ? std::string(patient) : std::string());
}

void KnownReferences::learn_birth(std::string_view patient, int64_t birth_ms) {
  if (births_.size() < kMost) births_.insert_or_assign(std::string(patient), birth_ms);
}

std::optional<std::string> KnownReferences::owner(std::string_view document) {
  if (document.empty()) return std::nullopt;
  const std::string* patient = ask(owners_, document);
  if (owners_.asked.size() < kMost)
    owners_.asked.insert(std::string(document));  // a second patient may still point to it
  return patient && !patient->empty() ? std::optional(*patient) : std::nullopt;
}

std::optional<int64_t> KnownReferences::birth(std::string_view patient) {
  std::string p(patient);
  if (auto known = births_.find(p); known != births_.end()) return known->second;
  if (wanted_births_.size() < kMost && wanted_births_.insert(std::move(p)).second) hopeful_ = true;
  return std::nullopt;
}

void KnownReferences::begin_again() {
  for (Told* told : {&records_, &owners_}) {
    for (auto& [key, value] : told->now) told->before.insert_or_assign(key, std::move(value));
    told->now.clear();
    told->asked.clear();
  }
  told_later_ = hopeful_ = false;
}

Target KnownReferences::resolve(std::string_view reference, std::string_view own_base) {
  Target target;
  if (reference.empty() || reference.size() > kReferenceBytes) return target;
  if (reference[0] == '#') {
    target.contained = true;
    return target;
  }
  bool absolute = reference.starts_with("http://") || reference.starts_with("https://");
  bool urn = reference.starts_with("urn:");
  if (absolute || urn) {
    if (const std::string* known = ask(records_, reference)) {
      auto tail = url_tail(*known);
      if (tail) return {std::string(tail->type), std::string(tail->id), *known, false, false};
    }
  }
  if (urn) {
    std::string_view id = reference.starts_with(kUuid) ? reference.substr(kUuid.size()) : std::string_view();
    if (valid_id(id)) return {"", std::string(id), "uuid:" + std::string(id), false, false};
    target.text = reference;
    return target;
  }
  if (size_t question = reference.find('?'); question != std::string_view::npos) {
    std::string_view type = reference.substr(0, question);
    if (size_t slash = type.rfind('/'); slash != std::string_view::npos) type.remove_prefix(slash + 1);
    if (valid_type(type)) target = {std::string(type), "", std::string(reference), false, absolute};
    return target;
  }
  auto tail = url_tail(reference);
  if (!tail || (!absolute && !tail->base.empty())) return target;
  return {std::string(tail->type), std::string(tail->id), std::string(tail->type) + "/" + std::string(tail->id), false,
          absolute && tail->base != own_base};
}

}  // namespace zhimi::intake
