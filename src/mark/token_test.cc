#include "mark/token.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "base/random.h"

namespace zhimi::mark {
namespace {

Bytes counting(size_t size) {
  Bytes b(size);
  for (size_t i = 0; i < size; ++i) b[i] = static_cast<uint8_t>(i);
  return b;
}

constexpr uint64_t kLastPatient = (uint64_t{1} << 40) - 1;
constexpr uint32_t kLastRecipient = (uint32_t{1} << 24) - 1;

// Written from the header's description with Go's crypto/aes and crypto/hmac.
TEST(Token, FrozenText) {
  TokenCipher cipher(counting(32));
  EXPECT_EQ(cipher.token({.patient = 0x123456789a, .recipient = 0xabcdef}), "RDR9DBF5CCRZ1C72K4D8P60GDG");
  EXPECT_EQ(cipher.pseudonym(0xabcdef, "Observation/1"), "5J60DRY4MJGGH89F4SXSKCSNHW");
}

TEST(Token, ReadsBackWhatItWrote) {
  uint64_t seed = 40;
  SeededRandom random(seed);
  TokenCipher cipher(counting(32));
  std::vector<TokenParts> all = {{0, 0}, {kLastPatient, kLastRecipient}, {0, kLastRecipient}, {kLastPatient, 0}};
  for (int i = 0; i < 2000; ++i)
    all.push_back({random.below(kLastPatient + 1), static_cast<uint32_t>(random.below(kLastRecipient + 1))});
  for (const TokenParts& parts : all) {
    std::string token = cipher.token(parts);
    ASSERT_EQ(token.size(), kTokenChars);
    ASSERT_EQ(cipher.read(token), parts) << "seed " << seed;
    ASSERT_EQ(cipher.token(parts), token);
  }
}

TEST(Token, ReadsWhatPeopleType) {
  TokenCipher cipher(counting(32));
  std::set<char> seen;
  for (uint64_t patient = 0; patient < 200; ++patient) {
    TokenParts parts{.patient = patient, .recipient = 7};
    std::string token = cipher.token(parts), lower = token, typed = token;
    seen.insert(token.begin(), token.end());
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    EXPECT_EQ(cipher.read(lower), parts);
    for (char one : {'I', 'l', 'L', 'i'}) {
      typed = token;
      std::ranges::replace(typed, '0', one == 'i' ? 'o' : 'O');
      std::ranges::replace(typed, '1', one);
      EXPECT_EQ(cipher.read(typed), parts) << typed;
    }
  }
  EXPECT_EQ(seen.size(), 32U);
  for (char c : {'I', 'L', 'O', 'U'}) EXPECT_FALSE(seen.contains(c)) << c;
}

TEST(Token, StrayTextNeverReads) {
  uint64_t seed = 41;
  SeededRandom random(seed);
  TokenCipher cipher(counting(32));
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  for (int i = 0; i < 50'000; ++i) {
    std::string stray;
    while (stray.size() < kTokenChars) stray += kAlphabet[random.below(32)];
    ASSERT_FALSE(cipher.read(stray)) << "seed " << seed << ' ' << stray;
  }
  for (std::string_view s : {"", "0", "00000000000000000000000000", "not a token at all, really", "织密织密织密织密"})
    EXPECT_FALSE(cipher.read(s)) << s;
}

TEST(Token, EveryTypingErrorIsNoticed) {
  TokenCipher cipher(counting(32));
  std::string token = cipher.token({.patient = 1234, .recipient = 5});
  for (size_t at = 0; at < token.size(); ++at)
    for (char c : std::string_view("0123456789ABCDEFGHJKMNPQRSTVWXYZU-* ")) {
      std::string typed = token;
      if (typed[at] == c) continue;
      typed[at] = c;
      EXPECT_FALSE(cipher.read(typed)) << typed;
    }
  EXPECT_FALSE(cipher.read(token + "0"));
  EXPECT_FALSE(cipher.read(std::string_view(token).substr(1)));
}

TEST(Token, AnotherKeyNeitherReadsNorWritesTheSame) {
  TokenCipher ours(counting(32)), theirs(Bytes(32, 9));
  for (uint64_t patient = 0; patient < 1000; ++patient) {
    std::string token = ours.token({.patient = patient, .recipient = 1});
    ASSERT_FALSE(theirs.read(token));
    ASSERT_NE(theirs.token({.patient = patient, .recipient = 1}), token);
  }
  EXPECT_NE(ours.pseudonym(1, "Observation/1"), theirs.pseudonym(1, "Observation/1"));
}

TEST(Token, DiffersByRecipientAndPatient) {
  TokenCipher cipher(counting(32));
  std::set<std::string> tokens;
  for (uint64_t patient = 0; patient < 50; ++patient)
    for (uint32_t recipient = 0; recipient < 50; ++recipient) tokens.insert(cipher.token({patient, recipient}));
  EXPECT_EQ(tokens.size(), 2500U);
}

TEST(Token, PartsBeyondTheirBitsAreStableDistinctAndUnreadable) {
  TokenCipher cipher(counting(32));
  std::set<std::string> tokens;
  for (TokenParts parts :
       {TokenParts{kLastPatient + 1, 0}, TokenParts{kLastPatient + 1, 1}, TokenParts{~uint64_t{0}, 0},
        TokenParts{0, kLastRecipient + 1}, TokenParts{1, kLastRecipient + 1}}) {
    std::string token = cipher.token(parts);
    EXPECT_EQ(token.size(), kTokenChars);
    EXPECT_EQ(token, cipher.token(parts));
    EXPECT_FALSE(cipher.read(token));
    tokens.insert(token);
  }
  EXPECT_EQ(tokens.size(), 5U);
  EXPECT_FALSE(tokens.contains(cipher.token({0, 0})));
}

TEST(Pseudonym, IsStableUnreadableAndPerRecipient) {
  TokenCipher cipher(counting(32));
  std::set<std::string> all;
  for (uint32_t recipient = 0; recipient < 40; ++recipient)
    for (int n = 0; n < 40; ++n) {
      std::string reference = "Observation/" + std::to_string(n), name = cipher.pseudonym(recipient, reference);
      EXPECT_EQ(name.size(), kTokenChars);
      EXPECT_EQ(name, cipher.pseudonym(recipient, reference));
      EXPECT_FALSE(cipher.read(name));
      all.insert(name);
    }
  EXPECT_EQ(all.size(), 1600U);
}

TEST(Token, OneCipherServesManyThreads) {
  const TokenCipher cipher(counting(32));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 12; ++t)
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < 2000; ++i) {
        TokenParts parts{.patient = i, .recipient = t};
        wrong += cipher.read(cipher.token(parts)) != parts;
      }
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace zhimi::mark
