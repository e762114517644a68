#include "tiles/note.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace zhimi::tiles {
namespace {

// The example of golang.org/x/mod/sumdb/note (BSD-3-Clause), from which C2SP signed-note grew.
constexpr const char* kNeumannKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string kNeumannText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
const std::string kNeumannNote =
    kNeumannText +
    "\n\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

VerifierKey key_of(const std::string& text) {
  auto key = parse_verifier_key(text);
  EXPECT_TRUE(key) << key.error().what;
  return key ? *key : VerifierKey();
}
crypto::Signer signer_of(uint8_t seed) { return *crypto::Signer::from_seed(Bytes(32, seed)); }

TEST(Note, OutsideVector) {
  VerifierKey key = key_of(kNeumannKey);
  EXPECT_EQ(key.name, "PeterNeumann");
  EXPECT_EQ(verifier_key_text(key), kNeumannKey);
  auto opened = open_note(kNeumannNote, std::span(&key, 1));
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(*opened, kNeumannText);
}

// The key of the Go checksum database: its hash follows the same rule.
TEST(Note, OutsideKey) {
  constexpr const char* kSumDb = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
  EXPECT_EQ(verifier_key_text(key_of(kSumDb)), kSumDb);
}

TEST(Note, TheStandardsExamplesParse) {
  auto note = parse_note(
      "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
      "\u2014 quasimodo.example/salvatore "
      "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n");
  ASSERT_TRUE(note) << note.error().what;
  EXPECT_EQ(note->signatures.size(), 1u);
  EXPECT_EQ(note->signatures[0].id, 0x367ba04bu);
  EXPECT_TRUE(note->text.ends_with("\n\ned è subito sera.\n"));  // split at the last empty line
  auto checkpoint =
      parse_checkpoint("example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n");
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(checkpoint->size, 20852163u);
}

TEST(Note, EveryFlippedByteIsNoticed) {
  VerifierKey key = key_of(kNeumannKey);
  for (size_t at = 0; at < kNeumannNote.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = kNeumannNote;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      EXPECT_FALSE(open_note(bad, std::span(&key, 1))) << at << " " << bit;
    }
  for (size_t size = 0; size < kNeumannNote.size(); ++size)
    EXPECT_FALSE(open_note(kNeumannNote.substr(0, size), std::span(&key, 1))) << size;
}

TEST(Note, ManySignatures) {
  crypto::Signer ours = signer_of(1), other = signer_of(2);
  std::string text = checkpoint_text({"zhimi.example/log", 1, {}});
  Note note = *parse_note(sign_note(text, "zhimi.example/log", ours));
  VerifierKey key = make_verifier_key("zhimi.example/log", ours.public_key());
  // Sixteen more, of unknown keys, one as long as post-quantum ones are; one under our name with another id.
  for (int i = 0; i < 15; ++i)
    note.signatures.insert(note.signatures.begin(), {fmt::format("witness{}.example", i), 7u, Bytes(64, 1)});
  note.signatures.push_back({"pq.example", 8, Bytes(5000, 2)});
  note.signatures.push_back({"zhimi.example/log", key.id + 1, Bytes(64, 3)});
  auto opened = open_note(note_text(note), std::span(&key, 1));
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(*opened, text);
  EXPECT_EQ(note_text(*parse_note(note_text(note))), note_text(note));
  // A bad signature under the known key rejects the note, though a good one stands beside it.
  note.signatures.push_back({"zhimi.example/log", key.id, Bytes(64, 4)});
  EXPECT_EQ(open_note(note_text(note), std::span(&key, 1)).error().code, Code::kCorrupt);
  // Without ours nothing is left.
  std::erase_if(note.signatures, [&](const NoteSignature& s) { return s.id == key.id; });
  EXPECT_EQ(open_note(note_text(note), std::span(&key, 1)).error().code, Code::kCorrupt);
  // Bounded.
  note.signatures.assign(kNoteSignatures + 1, {"w.example", 1, Bytes(64, 1)});
  EXPECT_EQ(parse_note(note_text(note)).error().code, Code::kTooLarge);
  EXPECT_EQ(parse_note(std::string(kNoteBytes + 1, 'a')).error().code, Code::kTooLarge);
}

TEST(Note, RefusesMalformedNotes) {
  const std::string line = "\u2014 a.example AAAAAAA=\n";
  EXPECT_TRUE(parse_note("text\n\n" + line));
  for (const std::string& bad : std::vector<std::string>{
           std::string(), std::string("\n\n"), std::string("text\n"), "text\n" + line, "text\n\n",
           "text\n\n" + line + "\n", "text\n\n" + line.substr(0, line.size() - 1), "text\r\n\n" + line,
           "text\n\n- a.example AAAAAAA=\n", std::string("text\n\n\u2014 a.example AAAA\n"),
           std::string("text\n\n\u2014 a+b AAAAAAA=\n"), std::string("text\n\n\u2014  AAAAAAA=\n"),
           std::string("text\n\n\u2014 a.example AAAAAAB=\n"), std::string("text\n\n\u2014 a\u00a0b AAAAAAA=\n"),
           "t\xff\n\n" + line})
    EXPECT_FALSE(parse_note(bad)) << bad;
}

TEST(Checkpoint, RoundTrip) {
  Checkpoint checkpoint{"zhimi.example/7f3a", 18'446'744'073'709'551'615ull, {}};
  checkpoint.root[0] = 0xff;
  auto again = parse_checkpoint(checkpoint_text(checkpoint));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->origin, checkpoint.origin);
  EXPECT_EQ(again->size, checkpoint.size);
  EXPECT_EQ(again->root, checkpoint.root);
}

TEST(Checkpoint, RefusesAnythingElse) {
  const std::string root = base64(Digest{}) + "\n";
  EXPECT_TRUE(parse_checkpoint("o\n1\n" + root));
  for (const std::string& bad : std::vector<std::string>{
           std::string(), "o\n1\n" + root.substr(0, 44), "\n1\n" + root, "o\n\n" + root, "o\n01\n" + root,
           "o\n+1\n" + root, "o\n-1\n" + root, "o\n 1\n" + root, "o\n18446744073709551616\n" + root, "o\n1\nAAAA\n",
           "o\n1\n" + root + "extension\n", "o\n1\n\n" + root})
    EXPECT_FALSE(parse_checkpoint(bad)) << bad;
}

TEST(Checkpoint, OriginIsTheKeysName) {
  crypto::Signer signer = signer_of(1);
  VerifierKey key = make_verifier_key("a.example", signer.public_key());
  EXPECT_TRUE(open_checkpoint(sign_note(checkpoint_text({"a.example", 0, {}}), "a.example", signer), key));
  EXPECT_FALSE(open_checkpoint(sign_note(checkpoint_text({"b.example", 0, {}}), "a.example", signer), key));
  EXPECT_FALSE(open_checkpoint(sign_note(checkpoint_text({"b.example", 0, {}}), "b.example", signer), key));
}

TEST(VerifierKeys, RefusesAnythingElse) {
  const std::string good = kNeumannKey;
  for (const std::string& bad : std::vector<std::string>{
           std::string(), std::string("PeterNeumann"), good.substr(0, good.size() - 1), "x" + good, good + "A",
           std::string("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
           std::string("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
           std::string("PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")})
    EXPECT_EQ(parse_verifier_key(bad).error().code, Code::kInvalid) << bad;
}

TEST(Proof, RoundTripAndLimits) {
  Proof proof{to_bytes("entry"), 5, {Digest{}, Digest{1}}, "checkpoint\n"};
  std::string text = proof_text(proof);
  EXPECT_EQ(text, "c2sp.org/tlog-proof@v1\nextra ZW50cnk=\nindex 5\n" + base64(Digest{}) + "\n" + base64(Digest{1}) +
                      "\n\ncheckpoint\n");
  auto again = parse_proof(text);
  ASSERT_TRUE(again);
  EXPECT_EQ(proof_text(*again), text);
  proof.extra.clear();
  proof.hashes.clear();
  EXPECT_EQ(proof_text(*parse_proof(proof_text(proof))), "c2sp.org/tlog-proof@v1\nindex 5\n\ncheckpoint\n");
  proof.hashes.assign(65, {});
  EXPECT_FALSE(parse_proof(proof_text(proof)));
  for (const char* bad :
       {"", "c2sp.org/tlog-proof@v2\nindex 0\n\n", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v1\nindex 00\n\n",
        "c2sp.org/tlog-proof@v1\nindex x\n\n", "c2sp.org/tlog-proof@v1\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\n", "c2sp.org/tlog-proof@v1\nextra \nindex 0\n\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\n"})
    EXPECT_FALSE(parse_proof(bad)) << bad;
}

}  // namespace
}  // namespace zhimi::tiles
