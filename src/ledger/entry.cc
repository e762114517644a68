#include "ledger/entry.h"

#include <string_view>

#include "crypto/envelope.h"

namespace zhimi::ledger {

namespace {
constexpr std::string_view kAbout = "zhimi ledger about v1", kActor = "zhimi ledger actor v1";
constexpr size_t kStepBytes = 64;

Bytes place(std::string_view part, const EntryId& id, Kind kind, const PatientMac& patient) {
  const uint8_t kind_byte[1] = {static_cast<uint8_t>(kind)};
  return crypto::join_aad({view(part), id, kind_byte, patient});
}

// u32 length ‖ text ‖ zero bytes.
Bytes pad(std::string_view text) {
  Bytes out;
  out.reserve((4 + text.size() + kStepBytes - 1) / kStepBytes * kStepBytes);
  append_u32(out, static_cast<uint32_t>(text.size()));
  append(out, text);
  out.resize((out.size() + kStepBytes - 1) / kStepBytes * kStepBytes);
  return out;
}

Result<std::string> unpad(ByteView padded) {
  if (padded.size() < 4 || load_u32(padded.data()) > padded.size() - 4)
    return make_error(Code::kCorrupt, "a ledger entry's sealed part has a wrong length");
  return std::string(text(padded.subspan(4, load_u32(padded.data()))));
}

Result<std::string> open_part(std::string_view part, const Leaf& leaf, ByteView sealed, ByteView key) {
  ZHIMI_TRY(Bytes padded,
            crypto::open(key, place(part, leaf.id, leaf.kind, leaf.patient), sealed, crypto::Padding::kNone));
  auto out = unpad(padded);
  wipe(padded.data(), padded.size());
  return out;
}

Bytes seal_part(std::string_view part, const Event& event, std::string_view text, ByteView key, Random& random) {
  Bytes padded = pad(text);
  Bytes sealed =
      crypto::seal(key, place(part, event.id, event.kind, event.patient), padded, crypto::Padding::kNone, random);
  wipe(padded.data(), padded.size());
  return sealed;
}
}  // namespace

SealedEvent seal(const Event& event, ByteView patient_audit_key, ByteView office_key, Random& random) {
  return {event.id, event.kind, event.patient, seal_part(kAbout, event, event.about, patient_audit_key, random),
          seal_part(kActor, event, event.actor, office_key, random)};
}

Bytes make_leaf(const SealedEvent& event, uint64_t patient_count, const Digest& previous_head) {
  return tiles::make_leaf(
      {event.id, event.kind, event.patient, patient_count, previous_head, event.about, event.actor});
}

Result<std::string> open_about(const Leaf& leaf, ByteView patient_audit_key) {
  return open_part(kAbout, leaf, leaf.about, patient_audit_key);
}

Result<std::string> open_actor(const Leaf& leaf, ByteView office_key) {
  return open_part(kActor, leaf, leaf.actor, office_key);
}

}  // namespace zhimi::ledger
