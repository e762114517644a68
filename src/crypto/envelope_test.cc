#include "crypto/envelope.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "crypto/aead.h"
#include "crypto/hash.h"

namespace zhimi::crypto {
namespace {

// A machine that was cloned, or whose generator is broken: the same bytes for ever.
class StuckRandom final : public Random {
 public:
  void fill(std::span<uint8_t> out) override { std::ranges::fill(out, uint8_t{0x5a}); }
};

Bytes counting(size_t size) {
  Bytes b(size);
  for (size_t i = 0; i < size; ++i) b[i] = static_cast<uint8_t>(i);
  return b;
}

const Bytes kSecret = counting(32);

Bytes random_bytes(SeededRandom& random, size_t size) {
  Bytes b(size);
  random.fill(b);
  return b;
}

// The envelope as its description says, around a padded plaintext of the caller's choice: the slow twin of seal().
Bytes described(ByteView secret, ByteView aad, ByteView padded, uint8_t padding, ByteView salt) {
  Bytes info = to_bytes("zhimi envelope v1");
  info.push_back(1);
  info.push_back(padding);
  append(info, aad);
  SecretBytes okm = hkdf_sha256(secret, salt, info, 76);
  Bytes out = {'Z', 'E', 1, 1};
  append(out, salt);
  append(out, okm.reveal().subspan(44, 32));
  aead_seal(okm.reveal().first(32), okm.reveal().subspan(32, 12), {}, padded, out);
  return out;
}

// Written with Go's crypto/aes, crypto/hmac and crypto/sha256 from the description; random bytes are SplitMix64,
// seed 7.
TEST(Envelope, FrozenBytes) {
  SeededRandom random(7);
  EXPECT_EQ(hex(seal(kSecret, view("aad"), view("Zhimi 织密"), Padding::kNone, random)),
            "5a450101610ed30b27812473ea6f4317ecb56351896f74273f29144d6d8dd619cd5ae9ea49486cba64a0505fa5e4930e"
            "36ef879536a1bd15f4cc8dec0f1b2676b20dc1baa8e4b38de03a696e8b9dd7c6a4dc0cf5d302cd51799bd1fbe6966cd7");
  SeededRandom again(7);
  EXPECT_EQ(hex(seal(kSecret, view("aad"), view("Zhimi 织密 guards records"), Padding::kPadme, again)),
            "5a450101daf48dcf5c2e4f82b217914a2929401850b149f4555144144146327abf93704ff2ade7271a7dd8f37fc7ade5"
            "be0c809d90bbef4e1cac5c315a3581b73a11529dd2b737bddd0d53e8c6b147e0e0a90eea05dbdf1a56438c111a5014e2"
            "ae3c2b670630073149f9dc5dcb2600ce");
}

TEST(Envelope, IsAsDescribedAndOpens) {
  uint64_t seed = 30;
  SeededRandom random(seed);
  for (size_t size : {0, 1, 2, 15, 16, 17, 100, 1000, 2048, 70000}) {
    Bytes plaintext = random_bytes(random, size), aad = random_bytes(random, random.below(60));
    for (Padding padding : {Padding::kNone, Padding::kPadme}) {
      Bytes sealed = seal(kSecret, aad, plaintext, padding, random);
      Bytes padded = plaintext;
      if (padding == Padding::kPadme) {
        padded.push_back(0x80);
        padded.resize(padme(size + 1));
      }
      EXPECT_EQ(sealed.size(), kEnvelopeOverheadBytes + padded.size());
      EXPECT_EQ(sealed,
                described(kSecret, aad, padded, static_cast<uint8_t>(padding), ByteView(sealed).subspan(4, 32)));
      auto opened = open(kSecret, aad, sealed, padding);
      ASSERT_TRUE(opened) << "seed " << seed << " size " << size;
      EXPECT_EQ(*opened, plaintext);
    }
  }
}

TEST(Envelope, EveryChangedByteIsRefused) {
  SystemRandom random;
  Bytes sealed = seal(kSecret, view("place"), view("haemoglobin 131 g/L"), Padding::kPadme, random);
  for (size_t at = 0; at < sealed.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      Bytes changed = sealed;
      changed[at] ^= static_cast<uint8_t>(1 << bit);
      auto opened = open(kSecret, view("place"), changed, Padding::kPadme);
      ASSERT_FALSE(opened) << "byte " << at << " bit " << bit;
      EXPECT_EQ(opened.error().code, at == 2 || at == 3 ? Code::kInvalid : Code::kCorrupt) << at;
      EXPECT_EQ(opened.error().what.find("131"), std::string::npos);
    }
}

TEST(Envelope, EveryOtherLengthIsRefused) {
  SystemRandom random;
  Bytes sealed = seal(kSecret, view("place"), view("some text"), Padding::kNone, random);
  for (size_t size = 0; size < sealed.size(); ++size)
    EXPECT_EQ(open(kSecret, view("place"), ByteView(sealed).first(size), Padding::kNone).error().code, Code::kCorrupt);
  sealed.push_back(0);
  EXPECT_EQ(open(kSecret, view("place"), sealed, Padding::kNone).error().code, Code::kCorrupt);
}

TEST(Envelope, OpensOnlyUnderItsSecretInItsPlaceWithItsPadding) {
  SystemRandom random;
  Bytes sealed = seal(kSecret, view("place"), view("some text"), Padding::kPadme, random);
  ASSERT_TRUE(open(kSecret, view("place"), sealed, Padding::kPadme));
  Bytes other = kSecret;
  other[31] ^= 1;
  auto code = [&](ByteView secret, ByteView aad, Padding padding) {
    return open(secret, aad, sealed, padding).error().code;
  };
  EXPECT_EQ(code(other, view("place"), Padding::kPadme), Code::kCorrupt);
  EXPECT_EQ(code(ByteView(kSecret).first(31), view("place"), Padding::kPadme), Code::kCorrupt);
  EXPECT_EQ(code({}, view("place"), Padding::kPadme), Code::kCorrupt);
  EXPECT_EQ(code(kSecret, view("elsewhere"), Padding::kPadme), Code::kCorrupt);
  EXPECT_EQ(code(kSecret, {}, Padding::kPadme), Code::kCorrupt);
  EXPECT_EQ(code(kSecret, view("place"), Padding::kNone), Code::kCorrupt);
}

// Wrong key, wrong place and changed bytes must look the same.
TEST(Envelope, ErrorsDoNotTellCausesApart) {
  SystemRandom random;
  Bytes sealed = seal(kSecret, view("place"), view("some text"), Padding::kNone, random), changed = sealed;
  changed.back() ^= 1;
  std::string wrong_place = open(kSecret, view("elsewhere"), sealed, Padding::kNone).error().what;
  EXPECT_EQ(open(kSecret, view("place"), changed, Padding::kNone).error().what, wrong_place);
  EXPECT_EQ(open(Bytes(32, 1), view("place"), sealed, Padding::kNone).error().what, wrong_place);
}

TEST(Envelope, PartsOfTwoEnvelopesDoNotMix) {
  SystemRandom random;
  Bytes a = seal(kSecret, view("place"), view("record a"), Padding::kNone, random);
  Bytes b = seal(kSecret, view("place"), view("record b"), Padding::kNone, random);
  for (auto [from, to] : {std::pair<long, long>{4, 36}, {36, 68}, {68, 76}, {76, 92}, {68, 92}, {4, 68}}) {
    Bytes mixed = a;
    std::copy(b.begin() + from, b.begin() + to, mixed.begin() + from);
    EXPECT_FALSE(open(kSecret, view("place"), mixed, Padding::kNone)) << from << ".." << to;
  }
}

TEST(Envelope, UnknownVersionAndTheReservedSuiteAreInvalid) {
  SystemRandom random;
  Bytes sealed = seal(kSecret, {}, view("x"), Padding::kNone, random);
  sealed[3] = static_cast<uint8_t>(Suite::kSm);
  EXPECT_EQ(open(kSecret, {}, sealed, Padding::kNone).error().code, Code::kInvalid);
  sealed[3] = 1;
  sealed[2] = 2;
  EXPECT_EQ(open(kSecret, {}, sealed, Padding::kNone).error().code, Code::kInvalid);
}

TEST(Envelope, PaddingMustBeExact) {
  Digest salt = sha256(view("any salt"));
  auto open_padded = [&](const Bytes& padded) {
    return open(kSecret, view("p"), described(kSecret, view("p"), padded, 1, salt), Padding::kPadme);
  };
  auto good = open_padded({'a', 'b', 0x80});
  ASSERT_TRUE(good);
  EXPECT_EQ(text(*good), "ab");
  auto marks = open_padded({0x80, 0x80, 0x80});
  ASSERT_TRUE(marks);
  EXPECT_EQ(*marks, (Bytes{0x80, 0x80}));
  EXPECT_FALSE(open_padded({}));                         // no mark
  EXPECT_FALSE(open_padded({0, 0, 0}));                  // zeros alone
  EXPECT_FALSE(open_padded({'a', 'b', 'c'}));            // text alone
  EXPECT_FALSE(open_padded({'a', 'b', 0x80, 0}));        // more zeros than Padmé wants
  EXPECT_FALSE(open_padded({'a', 'b', 0x80, 0, 0x01}));  // something behind the mark
  Bytes short_padding(18, 'a');
  short_padding.push_back(0x80);  // 19 bytes, where Padmé wants 20
  EXPECT_FALSE(open_padded(short_padding));
}

struct Used {
  Bytes key_and_nonce;
  Bytes salt;
};

Used used(ByteView aad, const Bytes& sealed) {
  Bytes info = to_bytes("zhimi envelope v1");
  info.insert(info.end(), {1, 0});
  append(info, aad);
  Bytes salt(sealed.begin() + 4, sealed.begin() + 36);
  SecretBytes okm = hkdf_sha256(kSecret, salt, info, 44);
  return {{okm.reveal().begin(), okm.reveal().end()}, salt};
}

TEST(Envelope, RepeatedRandomnessRepeatsNoKeyForAnotherMessageOrPlace) {
  StuckRandom stuck;
  std::set<Bytes> keys;
  int sealed_count = 0;
  for (int message = 0; message < 300; ++message)
    for (std::string_view place : {"here", "there"}) {
      Bytes plaintext = to_bytes("message " + std::to_string(message));
      keys.insert(used(view(place), seal(kSecret, view(place), plaintext, Padding::kNone, stuck)).key_and_nonce);
      ++sealed_count;
    }
  EXPECT_EQ(keys.size(), static_cast<size_t>(sealed_count));
  // The whole envelope, and only that, repeats when nothing differs.
  EXPECT_EQ(seal(kSecret, view("p"), view("m"), Padding::kNone, stuck),
            seal(kSecret, view("p"), view("m"), Padding::kNone, stuck));
}

TEST(Envelope, FreshRandomnessHidesThatTwoPlaintextsAreEqual) {
  SystemRandom random;
  std::set<Bytes> salts;
  for (int i = 0; i < 100; ++i) salts.insert(used({}, seal(kSecret, {}, view("same"), Padding::kNone, random)).salt);
  EXPECT_EQ(salts.size(), 100U);
}

TEST(JoinAad, NoTwoListsAgree) {
  EXPECT_EQ(hex(join_aad({view("ab"), ByteView{}, view("c")})),
            "0000000261620000000000000001"
            "63");
  EXPECT_NE(join_aad({view("ab"), view("c")}), join_aad({view("a"), view("bc")}));
  EXPECT_NE(join_aad({view("ab")}), join_aad({view("ab"), ByteView{}}));
  EXPECT_NE(join_aad({}), join_aad({ByteView{}}));
}

// The formula of the paper's section 4, in floating point as it stands there.
size_t padme_by_formula(size_t size) {
  if (size < 2) return size;
  double e = std::floor(std::log2(static_cast<double>(size)));
  double s = std::floor(std::log2(e)) + 1;
  auto step = static_cast<size_t>(std::exp2(std::max(0.0, e - s)));
  return (size + step - 1) / step * step;
}

TEST(Padme, TableAndFormula) {
  constexpr size_t kTable[][2] = {{0, 0},
                                  {1, 1},
                                  {2, 2},
                                  {3, 3},
                                  {4, 4},
                                  {5, 5},
                                  {8, 8},
                                  {9, 10},
                                  {16, 16},
                                  {17, 18},
                                  {19, 20},
                                  {100, 104},
                                  {1000, 1024},
                                  {2048, 2048},
                                  {2049, 2176},
                                  {10000, 10240},
                                  {1000000, 1015808}};
  for (auto [size, wanted] : kTable) EXPECT_EQ(padme(size), wanted) << size;
  for (size_t size = 0; size < 200'000; ++size) ASSERT_EQ(padme(size), padme_by_formula(size)) << size;
}

TEST(Padme, GrowsLittleNeverShrinksAndKeepsOrder) {
  size_t before = 0;
  for (size_t size = 1; size < 300'000; ++size) {
    size_t p = padme(size);
    ASSERT_GE(p, size);
    ASSERT_GE(p, before);
    ASSERT_EQ(padme(p), p);
    ASSERT_LE(static_cast<double>(p), static_cast<double>(size) * 1.12) << size;
    before = p;
  }
}

}  // namespace
}  // namespace zhimi::crypto
