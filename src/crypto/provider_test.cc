#include "crypto/provider.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/argon2id.h"

namespace zhimi::crypto {
namespace {

constexpr Argon2Cost kCheap{.memory_kib = 64, .passes = 1, .lanes = 1};

Bytes unhex(std::string_view s) { return from_hex(s).value(); }

// RFC 9106 section 5.3.
TEST(Argon2id, Rfc9106) {
  Bytes passphrase(32, 1), salt(16, 2), secret(8, 3), data(12, 4);
  auto tag = argon2id({.passphrase = passphrase, .salt = salt, .secret = secret, .data = data},
                      {.memory_kib = 32, .passes = 3, .lanes = 4}, 32);
  ASSERT_TRUE(tag);
  EXPECT_EQ(hex(tag->reveal()), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
}

// From the tests of the reference implementation (github.com/P-H-C/phc-winner-argon2, CC0), version 0x13.
TEST(Argon2id, ReferenceVectors) {
  Argon2Input input{.passphrase = view("password"), .salt = view("somesalt")};
  EXPECT_EQ(hex(argon2id(input, {.memory_kib = 256, .passes = 2, .lanes = 1}, 32)->reveal()),
            "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe");
  EXPECT_EQ(hex(argon2id(input, {.memory_kib = 256, .passes = 2, .lanes = 2}, 32)->reveal()),
            "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037");
}

TEST(Argon2id, RefusesWhatTheRfcRefuses) {
  Argon2Input input{.passphrase = view("password"), .salt = view("somesalt")};
  EXPECT_EQ(argon2id(input, {.memory_kib = 7, .passes = 1, .lanes = 1}, 32).error().code, Code::kInvalid);
  EXPECT_EQ(argon2id(input, {.memory_kib = 64, .passes = 0, .lanes = 1}, 32).error().code, Code::kInvalid);
  EXPECT_EQ(argon2id(input, {.memory_kib = 64, .passes = 1, .lanes = 0}, 32).error().code, Code::kInvalid);
  EXPECT_EQ(argon2id(input, kCheap, 3).error().code, Code::kInvalid);
  EXPECT_EQ(argon2id({.passphrase = view("p"), .salt = view("short")}, kCheap, 32).error().code, Code::kInvalid);
  EXPECT_EQ(argon2id({.passphrase = Bytes(70000), .salt = view("somesalt")}, kCheap, 32).error().code, Code::kTooLarge);
}

// Written from the header's description with Go and golang.org/x/crypto/argon2; random bytes are SplitMix64, seed 7
// and 8.
constexpr std::string_view kPassphrase = "correct horse 电池";
constexpr std::string_view kRecord =
    "zhimi-passphrase-v1 argon2id m=1024 t=3 p=2 salt=d70d3259e4e1cb631c663cf4d73c4c04 "
    "check=f540d9773874e4acd7bed7474c4842c5";
constexpr std::string_view kWrapped =
    "5a450101ef2cc48400321ca5d6a9bab15e2b0435a03e2bcd6b917a96039f1fe0275428b4dbfda4d15cb0b7dfdedd0a2f"
    "c7d69ea984f7ad175b8106b70795d9a314f183c0bebfbd99534dde6e26ab383ccadb7f19c453ad25c12485599e2ca09b3087";

TEST(PassphraseProvider, FrozenBytes) {
  SeededRandom salt(7);
  auto made = PassphraseProvider::create(kPassphrase, {.memory_kib = 1024, .passes = 3, .lanes = 2}, salt);
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->record(), kRecord);
  SeededRandom random(8);
  auto opened = PassphraseProvider::open(kPassphrase, kRecord, random);
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->record(), kRecord);
  EXPECT_EQ(hex((*opened)->wrap(view("a small secret"), view("place")).value()), kWrapped);
  auto secret = (*opened)->unwrap(unhex(kWrapped), view("place"));
  ASSERT_TRUE(secret);
  EXPECT_EQ(text(secret->reveal()), "a small secret");
}

TEST(PassphraseProvider, AWrongPassphraseIsToldAtOnce) {
  SystemRandom random;
  auto made = PassphraseProvider::create("one two three four", kCheap, random).value();
  for (std::string_view wrong : {"", "one two three fou", "one two three four ", "One two three four"}) {
    auto opened = PassphraseProvider::open(wrong, made->record(), random);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kRefused);
  }
  EXPECT_EQ(PassphraseProvider::open(std::string(1025, 'x'), made->record(), random).error().code, Code::kRefused);
}

TEST(PassphraseProvider, SaysNothingOfThePassphrase) {
  SystemRandom random;
  auto made = PassphraseProvider::create("unmistakable", kCheap, random).value();
  EXPECT_EQ(made->record().find("unmistakable"), std::string::npos);
  auto opened = PassphraseProvider::open("unmistakable too", made->record(), random);
  EXPECT_EQ(opened.error().what.find("unmistakable"), std::string::npos);
}

TEST(PassphraseProvider, TwoHomesWithOnePassphraseShareNothing) {
  SystemRandom random;
  auto a = PassphraseProvider::create("same words", kCheap, random).value();
  auto b = PassphraseProvider::create("same words", kCheap, random).value();
  EXPECT_NE(a->record(), b->record());
  Bytes wrapped = a->wrap(view("secret"), {}).value();
  EXPECT_EQ(b->unwrap(wrapped, {}).error().code, Code::kCorrupt);
}

TEST(PassphraseProvider, AWrappedSecretOpensOnlyWholeAndInItsPlace) {
  SystemRandom random;
  auto p = PassphraseProvider::create("words", kCheap, random).value();
  Bytes wrapped = p->wrap(view("secret"), view("place")).value();
  EXPECT_FALSE(p->unwrap(wrapped, view("elsewhere")));
  for (size_t at = 0; at < wrapped.size(); ++at) {
    Bytes changed = wrapped;
    changed[at] ^= 0x80;
    EXPECT_FALSE(p->unwrap(changed, view("place"))) << at;
  }
}

TEST(PassphraseProvider, EveryEditedCharacterOfARecordIsRefused) {
  SystemRandom random;
  auto made = PassphraseProvider::create("words", kCheap, random).value();
  const std::string& record = made->record();
  for (size_t at = 0; at < record.size(); ++at)
    for (char c : {'0', '3', '9', 'a', 'A', ' ', '\n', '\0', '-'}) {
      std::string edited = record;
      if (edited[at] == c) continue;
      edited[at] = c;
      auto opened = PassphraseProvider::open("words", edited, random);
      ASSERT_FALSE(opened) << edited;
      EXPECT_TRUE(opened.error().code == Code::kRefused || opened.error().code == Code::kInvalid) << edited;
    }
  for (size_t size = 0; size < record.size(); ++size)
    EXPECT_EQ(PassphraseProvider::open("words", record.substr(0, size), random).error().code, Code::kInvalid);
  EXPECT_EQ(PassphraseProvider::open("words", record + "\n", random).error().code, Code::kInvalid);
  EXPECT_EQ(PassphraseProvider::open("words", record + " ", random).error().code, Code::kInvalid);
}

// Refused by their text, before any memory is taken.
TEST(PassphraseProvider, CostBombsAreRefused) {
  SystemRandom random;
  std::string tail = " salt=d70d3259e4e1cb631c663cf4d73c4c04 check=f540d9773874e4acd7bed7474c4842c5";
  for (const char* cost : {"m=1048577 t=3 p=1",    "m=4294967295 t=1 p=1",
                           "m=4294967296 t=1 p=1", "m=99999999999999999999 t=1 p=1",
                           "m=65536 t=17 p=1",     "m=65536 t=4294967295 p=1",
                           "m=65536 t=3 p=17",     "m=65536 t=3 p=0",
                           "m=65536 t=0 p=1",      "m=0 t=1 p=1",
                           "m=7 t=1 p=1",          "m=15 t=1 p=2",
                           "m=-1 t=1 p=1",         "m=065536 t=3 p=1",
                           "m=+65536 t=3 p=1",     "m= t=3 p=1",
                           "t=3 m=65536 p=1",      "m=65536 t=3",
                           "m=65536  t=3 p=1",     "m=65536 t=3 p=1 p=1"}) {
    auto opened =
        PassphraseProvider::open(kPassphrase, "zhimi-passphrase-v1 argon2id " + std::string(cost) + tail, random);
    ASSERT_FALSE(opened) << cost;
    EXPECT_EQ(opened.error().code, Code::kInvalid) << cost;
  }
  EXPECT_EQ(PassphraseProvider::open(kPassphrase, std::string(1 << 20, ' '), random).error().code, Code::kInvalid);
}

TEST(PassphraseProvider, CreateRefusesWhatOpenWouldRefuse) {
  SystemRandom random;
  EXPECT_EQ(PassphraseProvider::create("", kCheap, random).error().code, Code::kUsage);
  EXPECT_EQ(PassphraseProvider::create(std::string(1025, 'x'), kCheap, random).error().code, Code::kUsage);
  for (Argon2Cost cost : {Argon2Cost{(1u << 20) + 1, 1, 1}, Argon2Cost{64, 17, 1}, Argon2Cost{64, 0, 1},
                          Argon2Cost{64, 1, 0}, Argon2Cost{1024, 1, 17}, Argon2Cost{7, 1, 1}, Argon2Cost{31, 1, 4}})
    EXPECT_EQ(PassphraseProvider::create("words", cost, random).error().code, Code::kUsage);
  std::string longest(1024, 'x');
  auto made = PassphraseProvider::create(longest, kCheap, random).value();
  EXPECT_TRUE(PassphraseProvider::open(longest, made->record(), random));
}

}  // namespace
}  // namespace zhimi::crypto
