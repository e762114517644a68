#include "tiles/note.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "crypto/hash.h"

namespace zhimi::tiles {

namespace {
constexpr std::string_view kDash = "\u2014 ";
constexpr uint8_t kEd25519 = 1;

Error corrupt(std::string_view what) { return make_error(Code::kCorrupt, std::string(what)); }

// Unicode White_Space beyond ASCII, in UTF-8 (note key names must hold none).
bool has_unicode_space(std::string_view s) {
  for (size_t at = 0; at < s.size();) {
    char32_t c = next_code_point(s, at);
    if (c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
        c == 0x202F || c == 0x205F || c == 0x3000)
      return true;
  }
  return false;
}

// Decimal without sign or leading zero.
bool read_decimal(std::string_view s, uint64_t& value) {
  if (s.empty() || s.size() > 20 || (s.size() > 1 && s[0] == '0')) return false;
  if (!std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
  return std::from_chars(s.data(), s.data() + s.size(), value).ec == std::errc();
}

Result<Digest> read_hash(std::string_view s) {
  auto bytes = from_base64(s);
  if (!bytes || bytes->size() != sizeof(Digest)) return corrupt("a hash that is not 32 bytes of base64");
  Digest digest;
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return digest;
}

// The next line without its newline; false at the end or when the last newline is missing.
bool take_line(std::string_view& rest, std::string_view& line) {
  size_t end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

uint32_t key_id(std::string_view name, const crypto::PublicKey& key) {
  static constexpr uint8_t kSeparator[2] = {'\n', kEd25519};
  Digest digest = crypto::sha256({view(name), ByteView(kSeparator), ByteView(key)});
  return load_u32(digest.data());
}
}  // namespace

bool valid_key_name(std::string_view name) {
  if (name.empty() || name.size() > 255 || !valid_utf8(name) || has_unicode_space(name)) return false;
  return std::none_of(name.begin(), name.end(),
                      [](char c) { return c == '+' || static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
}

VerifierKey make_verifier_key(std::string_view name, const crypto::PublicKey& key) {
  return {std::string(name), key_id(name, key), key};
}

std::string verifier_key_text(const VerifierKey& key) {
  Bytes encoded{kEd25519};
  append(encoded, key.key);
  return fmt::format("{}+{:08x}+{}", key.name, key.id, base64(encoded));
}

Result<VerifierKey> parse_verifier_key(std::string_view text) {
  auto bad = [](std::string_view why) {
    return make_error(Code::kInvalid, fmt::format("not a verifier key ({}): give one as name+hash+base64", why));
  };
  size_t first = text.find('+'), second = first == text.npos ? text.npos : text.find('+', first + 1);
  if (second == text.npos) return bad("two plus signs are missing");
  VerifierKey key;
  key.name = text.substr(0, first);
  if (!valid_key_name(key.name)) return bad("its name");
  auto id = from_hex(text.substr(first + 1, second - first - 1));
  auto encoded = from_base64(text.substr(second + 1));
  if (!id || id->size() != 4) return bad("its hash");
  if (!encoded || encoded->size() != 33) return bad("its base64");
  if ((*encoded)[0] != kEd25519) return bad("its algorithm: only Ed25519 is known");
  std::copy(encoded->begin() + 1, encoded->end(), key.key.begin());
  key.id = load_u32(id->data());
  if (key.id != key_id(key.name, key.key)) return bad("its hash does not fit name and key: was it typed by hand?");
  return key;
}

namespace {
Result<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kDash)) return corrupt("a signature line that does not begin with a dash");
  line.remove_prefix(kDash.size());
  size_t space = line.find(' ');
  if (space == line.npos) return corrupt("a signature line without a signature");
  NoteSignature signature;
  signature.name = line.substr(0, space);
  if (!valid_key_name(signature.name)) return corrupt("a signature line with an impossible name");
  auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() < 5) return corrupt("a signature that is not base64");
  signature.id = load_u32(bytes->data());
  signature.signature.assign(bytes->begin() + 4, bytes->end());
  return signature;
}
}  // namespace

Result<Note> parse_note(std::string_view note) {
  if (note.size() > kNoteBytes) return make_error(Code::kTooLarge, "a signed note of more than 1 MiB");
  if (!valid_utf8(note)) return corrupt("a signed note that is not UTF-8");
  if (std::any_of(note.begin(), note.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n'; }))
    return corrupt("a signed note with control characters");
  size_t split = note.rfind("\n\n");
  if (split == note.npos) return corrupt("a signed note without signatures");
  Note out;
  out.text = note.substr(0, split + 1);
  std::string_view rest = note.substr(split + 2), line;
  if (rest.empty() || rest.back() != '\n') return corrupt("a signed note that is cut off");
  while (take_line(rest, line)) {
    if (out.signatures.size() == kNoteSignatures) return make_error(Code::kTooLarge, "more than 128 signatures");
    ZHIMI_TRY(auto signature, parse_signature_line(line));
    out.signatures.push_back(std::move(signature));
  }
  return out;
}

std::string note_text(const Note& note) {
  std::string out = note.text + "\n";
  for (const NoteSignature& s : note.signatures) {
    Bytes bytes;
    append_u32(bytes, s.id);
    append(bytes, s.signature);
    out += fmt::format("{}{} {}\n", kDash, s.name, base64(bytes));
  }
  return out;
}

Result<std::string> open_note(std::string_view text, std::span<const VerifierKey> known) {
  ZHIMI_TRY(Note note, parse_note(text));
  bool signed_by_known = false;
  for (const NoteSignature& signature : note.signatures) {
    auto key = std::find_if(known.begin(), known.end(),
                            [&](const VerifierKey& k) { return k.id == signature.id && k.name == signature.name; });
    if (key == known.end()) continue;
    if (!crypto::verify(key->key, view(note.text), signature.signature))
      return corrupt(fmt::format("the signature of {} is wrong", key->name));
    signed_by_known = true;
  }
  if (!signed_by_known) return corrupt("not signed by the given key: was it another log's key?");
  return std::move(note.text);
}

std::string sign_note(std::string_view text, std::string_view name, const crypto::Signer& signer) {
  crypto::Signature signature = signer.sign(view(text));
  Note note{std::string(text), {}};
  note.signatures.push_back(
      {std::string(name), key_id(name, signer.public_key()), {signature.begin(), signature.end()}});
  return note_text(note);
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  Checkpoint checkpoint;
  std::string_view origin, size, root;
  if (!take_line(text, origin) || !take_line(text, size) || !take_line(text, root) || !text.empty())
    return corrupt("a checkpoint that does not have three lines");
  if (origin.empty()) return corrupt("a checkpoint without an origin");
  if (!read_decimal(size, checkpoint.size)) return corrupt("a checkpoint without a size");
  checkpoint.origin = origin;
  ZHIMI_TRY(checkpoint.root, read_hash(root));
  return checkpoint;
}

std::string checkpoint_text(const Checkpoint& checkpoint) {
  return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size, base64(checkpoint.root));
}

Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key) {
  ZHIMI_TRY(std::string text, open_note(note, std::span(&key, 1)));
  ZHIMI_TRY(Checkpoint checkpoint, parse_checkpoint(text));
  if (checkpoint.origin != key.name) return corrupt("a checkpoint of another log: its origin is not the key's name");
  return checkpoint;
}

namespace {
constexpr std::string_view kProofHeader = "c2sp.org/tlog-proof@v1";
constexpr size_t kProofHashes = 64;  // a tree of 2^64 leaves
}  // namespace

Result<Proof> parse_proof(std::string_view text) {
  std::string_view line;
  if (text.size() > 2 * kNoteBytes) return make_error(Code::kTooLarge, "a proof of more than 2 MiB");
  if (!take_line(text, line) || line != kProofHeader) return corrupt("not a c2sp.org/tlog-proof@v1 file");
  Proof proof;
  if (!take_line(text, line)) return corrupt("a proof that is cut off");
  if (line.starts_with("extra ")) {
    ZHIMI_TRY(proof.extra, from_base64(line.substr(6)));
    if (proof.extra.empty()) return corrupt("a proof with an empty extra line");
    if (!take_line(text, line)) return corrupt("a proof that is cut off");
  }
  if (!line.starts_with("index ") || !read_decimal(line.substr(6), proof.index))
    return corrupt("a proof without an index");
  for (;;) {
    if (!take_line(text, line)) return corrupt("a proof without a checkpoint");
    if (line.empty()) break;
    if (proof.hashes.size() == kProofHashes) return corrupt("a proof that is too long");
    ZHIMI_TRY(Digest hash, read_hash(line));
    proof.hashes.push_back(hash);
  }
  proof.checkpoint = text;
  return proof;
}

std::string proof_text(const Proof& proof) {
  std::string out = fmt::format("{}\n", kProofHeader);
  if (!proof.extra.empty()) out += fmt::format("extra {}\n", base64(proof.extra));
  out += fmt::format("index {}\n", proof.index);
  for (const Digest& hash : proof.hashes) out += base64(hash) + "\n";
  return out + "\n" + proof.checkpoint;
}

}  // namespace zhimi::tiles
