#include "crypto/hash.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/random.h"

namespace zhimi::crypto {
namespace {

Bytes unhex(std::string_view s) { return from_hex(s).value(); }

// FIPS 180-4 examples, and SHA256ShortMsg of NIST CAVP.
TEST(Sha256, NistVectors) {
  EXPECT_EQ(hex(sha256(view(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256(view("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256(view("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(sha256(view("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                            "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"))),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(hex(sha256(Bytes(1'000'000, 'a'))), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(hex(sha256(unhex("d3"))), "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1");
  EXPECT_EQ(hex(sha256(unhex("11af"))), "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98");
}

TEST(Sha256, PartsAndStepsAreTheConcatenation) {
  uint64_t seed = 20;
  SeededRandom random(seed);
  for (int round = 0; round < 200; ++round) {
    Bytes data(random.below(400));
    random.fill(data);
    size_t a = random.below(data.size() + 1), b = a + random.below(data.size() - a + 1);
    ByteView all = data;
    Digest whole = sha256(data);
    EXPECT_EQ(sha256({all.first(a), all.subspan(a, b - a), all.subspan(b)}), whole) << "seed " << seed;
    Sha256 steps;
    steps.update(all.first(a));
    Sha256 moved = std::move(steps);
    EXPECT_NE(sha256(view("another hash in between")), whole);
    moved.update(all.subspan(a));
    EXPECT_EQ(moved.finish(), whole) << "seed " << seed;
  }
}

struct MacVector {
  const char *key, *data, *mac;
};

// RFC 4231 section 4, HMAC-SHA-256; case 5 is truncated to 128 bits there.
constexpr MacVector kRfc4231[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"0102030405060708090a0b0c0d0e0f10111213141516171819",
     "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {"0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", "546573742057697468205472756e636174696f6e",
     "a3b6167473100ee06e0c796c2955552b"},
};

TEST(Hmac, Rfc4231) {
  for (const MacVector& v : kRfc4231) {
    Bytes key = unhex(v.key), data = unhex(v.data), wanted = unhex(v.mac);
    EXPECT_EQ(hex(ByteView(hmac_sha256(key, data)).first(wanted.size())), v.mac);
    EXPECT_EQ(hex(ByteView(Hmac(key).mac(data)).first(wanted.size())), v.mac);
  }
  Bytes long_key(131, 0xaa);
  EXPECT_EQ(hex(hmac_sha256(long_key, view("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(
      hex(Hmac(long_key).mac(view("This is a test using a larger than block-size key and a larger than block-size "
                                  "data. The key needs to be hashed before being used by the HMAC algorithm."))),
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(Hmac, OneShotPartsAndKeyedAgree) {
  uint64_t seed = 21;
  SeededRandom random(seed);
  for (int round = 0; round < 200; ++round) {
    Bytes key(random.below(150)), data(random.below(300));
    random.fill(key);
    random.fill(data);
    size_t cut = random.below(data.size() + 1);
    ByteView all = data;
    Hmac keyed(key);
    Digest mac = hmac_sha256(key, data);
    EXPECT_EQ(keyed.mac(data), mac) << "seed " << seed;
    EXPECT_EQ(keyed.mac({all.first(cut), all.subspan(cut)}), mac) << "seed " << seed;
    EXPECT_EQ(hmac_sha256(key, {all.first(cut), all.subspan(cut)}), mac) << "seed " << seed;
  }
}

TEST(Hmac, OneKeyServesManyThreads) {
  const Hmac keyed(view("shared key"));
  const Digest wanted = keyed.mac(view("message"));
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) wrong += keyed.mac(view("message")) != wanted;
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong, 0);
}

// RFC 5869 appendix A.1 to A.3.
TEST(Hkdf, Rfc5869) {
  Bytes ikm(22, 0x0b);
  EXPECT_EQ(hex(hkdf_sha256(ikm, unhex("000102030405060708090a0b0c"), unhex("f0f1f2f3f4f5f6f7f8f9"), 42).reveal()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  Bytes a, b, c;
  for (int i = 0; i < 80; ++i) {
    a.push_back(static_cast<uint8_t>(i));
    b.push_back(static_cast<uint8_t>(0x60 + i));
    c.push_back(static_cast<uint8_t>(0xb0 + i));
  }
  EXPECT_EQ(hex(hkdf_sha256(a, b, c, 82).reveal()),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  EXPECT_EQ(hex(hkdf_sha256(ikm, {}, ByteView{}, 42).reveal()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, EndsTheProcessBeyondItsBound) {
  EXPECT_EQ(hkdf_sha256(view("k"), {}, ByteView{}, 255 * 32).size(), size_t{255 * 32});
  EXPECT_DEATH((void)hkdf_sha256(view("k"), {}, ByteView{}, 255 * 32 + 1), "HKDF");
}

TEST(EqualConstantTime, ComparesSizesAndBytes) {
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_TRUE(equal_constant_time(view("abc"), view("abc")));
  EXPECT_FALSE(equal_constant_time(view("abc"), view("abd")));
  EXPECT_FALSE(equal_constant_time(view("abc"), view("abcd")));
  EXPECT_FALSE(equal_constant_time({}, view("a")));
}

}  // namespace
}  // namespace zhimi::crypto
