// Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), with Ed25519.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/sign.h"

namespace zhimi::tiles {

inline constexpr size_t kNoteBytes = size_t{1} << 20;
inline constexpr size_t kNoteSignatures = 128;  // the standard asks for 16

// A key that may have signed a note. Text form: name+hex8+base64(0x01 ‖ key).
struct VerifierKey {
  std::string name;
  uint32_t id = 0;  // first 4 bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key)
  crypto::PublicKey key{};
};
Result<VerifierKey> parse_verifier_key(std::string_view text);  // kInvalid: says what is wrong with it
VerifierKey make_verifier_key(std::string_view name, const crypto::PublicKey& key);
std::string verifier_key_text(const VerifierKey& key);
// Not empty, no spaces, no plus, no control characters: fit for a key name and an origin.
bool valid_key_name(std::string_view name);

struct NoteSignature {
  std::string name;
  uint32_t id = 0;
  Bytes signature;  // of any length: other people's may be post-quantum
};
struct Note {
  std::string text;  // ends in a newline
  std::vector<NoteSignature> signatures;
};
Result<Note> parse_note(std::string_view note);  // kCorrupt; checks no signature
std::string note_text(const Note& note);         // the inverse of parse_note
// The text, if at least one of `known` signed it. Signatures of unknown keys are passed over; a bad one of a known key
// is kCorrupt.
Result<std::string> open_note(std::string_view note, std::span<const VerifierKey> known);
std::string sign_note(std::string_view text, std::string_view name, const crypto::Signer& signer);

struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Digest root{};
};
// Exactly three lines: extension lines are refused, since nobody could audit them.
Result<Checkpoint> parse_checkpoint(std::string_view text);  // kCorrupt
std::string checkpoint_text(const Checkpoint& checkpoint);
// open_note and parse_checkpoint; the origin must be the key's name.
Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key);

// c2sp.org/tlog-proof@v1.
struct Proof {
  Bytes extra;  // Zhimi puts the entry here, so that a proof stands alone
  uint64_t index = 0;
  std::vector<Digest> hashes;  // from the leaf's sibling up
  std::string checkpoint;      // signed note, verbatim
};
Result<Proof> parse_proof(std::string_view text);  // kCorrupt
std::string proof_text(const Proof& proof);

}  // namespace zhimi::tiles
