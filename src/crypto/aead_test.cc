#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "crypto/block.h"

namespace zhimi::crypto {
namespace {

Bytes unhex(std::string_view s) { return from_hex(s).value(); }

struct Vector {
  const char *key, *nonce, *aad, *plaintext, *sealed;
};

constexpr const char* kZeroKey = "0000000000000000000000000000000000000000000000000000000000000000";
constexpr const char* kKey = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";

// McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test cases 13 to 16: those of NIST SP 800-38D.
constexpr Vector kVectors[] = {
    {kZeroKey, "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {kZeroKey, "000000000000000000000000", "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {kKey, "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
     "b094dac5d93471bdec1a502270e3cc6c"},
    {kKey, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(Aead, NistVectors) {
  for (const Vector& v : kVectors) {
    Bytes key = unhex(v.key), nonce = unhex(v.nonce), aad = unhex(v.aad), plaintext = unhex(v.plaintext);
    Bytes sealed;
    aead_seal(key, nonce, aad, plaintext, sealed);
    EXPECT_EQ(hex(sealed), v.sealed);
    Bytes opened;
    ASSERT_TRUE(aead_open(key, nonce, aad, sealed, opened));
    EXPECT_EQ(opened, plaintext);
  }
}

TEST(Aead, AppendsAndOnFailureAppendsNothing) {
  Bytes key(32, 1), nonce(12, 2), out = to_bytes("before");
  aead_seal(key, nonce, view("aad"), view("message"), out);
  ASSERT_EQ(out.size(), 6 + 7 + kAeadTagBytes);
  EXPECT_EQ(text(ByteView(out).first(6)), "before");
  Bytes sealed(out.begin() + 6, out.end()), opened = to_bytes("kept ");
  ASSERT_TRUE(aead_open(key, nonce, view("aad"), sealed, opened));
  EXPECT_EQ(text(opened), "kept message");
  for (size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 1;
    Status status = aead_open(key, nonce, view("aad"), changed, opened);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kCorrupt);
    EXPECT_EQ(text(opened), "kept message");
  }
  EXPECT_FALSE(aead_open(key, nonce, view("aae"), sealed, opened));
  for (size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(aead_open(key, nonce, view("aad"), ByteView(sealed).first(size), opened));
  EXPECT_EQ(text(opened), "kept message");
}

TEST(Aead, OtherSizesOfKeyAndNonceAreRefused) {
  Bytes sealed(32), out;
  for (size_t size : {0, 16, 24, 31, 33})
    EXPECT_EQ(aead_open(Bytes(size), Bytes(12), {}, sealed, out).error().code, Code::kInvalid);
  for (size_t size : {0, 8, 11, 13, 16})
    EXPECT_EQ(aead_open(Bytes(32), Bytes(size), {}, sealed, out).error().code, Code::kInvalid);
  EXPECT_TRUE(out.empty());
  EXPECT_DEATH(aead_seal(Bytes(16), Bytes(12), {}, {}, out), "wrong size");
  EXPECT_DEATH(aead_seal(Bytes(32), Bytes(16), {}, {}, out), "wrong size");
}

Block block_of(std::string_view s) {
  Block b;
  Bytes bytes = unhex(s);
  std::copy_n(bytes.begin(), b.size(), b.begin());
  return b;
}

// FIPS 197 appendix C.3; NIST SP 800-38A appendix F.1.5 and F.1.6.
TEST(BlockCipher, NistVectors) {
  BlockCipher fips(unhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
  EXPECT_EQ(hex(fips.encrypt(block_of("00112233445566778899aabbccddeeff"))), "8ea2b7ca516745bfeafc49904b496089");
  BlockCipher ecb(unhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"));
  constexpr const char* kBlocks[][2] = {
      {"6bc1bee22e409f96e93d7e117393172a", "f3eed1bdb5d2a03c064b5a7e3db181f8"},
      {"ae2d8a571e03ac9c9eb76fac45af8e51", "591ccb10d410ed26dc5ba74a31362870"},
      {"30c81c46a35ce411e5fbc1191a0a52ef", "b6ed21b99ca6f4f9f153e7b1beafed1d"},
      {"f69f2445df4f9b17ad2b417be66c3710", "23304b7a39f9f3ff067d8d8f9e24ecc7"},
  };
  for (auto& [plain, sealed] : kBlocks) {
    EXPECT_EQ(hex(ecb.encrypt(block_of(plain))), sealed);
    EXPECT_EQ(hex(ecb.decrypt(block_of(sealed))), plain);
  }
}

TEST(BlockCipher, RefusesOtherKeySizes) { EXPECT_DEATH(BlockCipher(Bytes(16)), "wrong size"); }

}  // namespace
}  // namespace zhimi::crypto
