// The files of Project Wycheproof (testdata/wycheproof/SOURCE.md) against each primitive.
#include <gtest/gtest.h>
#include <simdjson.h>
#include <zstd.h>

#include <algorithm>
#include <map>

#include "base/file.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

namespace zhimi::crypto {
namespace {

using simdjson::dom::element;

std::string unpack(const std::string& name) {
  Bytes packed = read_file(std::string(ZHIMI_SOURCE_DIR) + "/testdata/wycheproof/" + name + ".zst", 1 << 20).value();
  std::string out(ZSTD_getFrameContentSize(packed.data(), packed.size()), '\0');
  size_t size = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  EXPECT_EQ(size, out.size()) << name;
  return out;
}

Bytes bytes(element test, const char* field) { return from_hex(std::string_view(test[field])).value(); }
int64_t number(element test, const char* field) { return test[field]; }
bool valid(element test) { return std::string_view(test["result"]) == "valid"; }

// Calls visit(group, test) for every test; every test must have been seen.
template <class Visit>
void each_test(const std::string& name, Visit&& visit) {
  std::string json = unpack(name);
  simdjson::dom::parser parser;
  element file = parser.parse(json);
  int64_t seen = 0;
  for (element group : file["testGroups"])
    for (element test : group["tests"]) {
      SCOPED_TRACE(name + " tcId " + std::to_string(number(test, "tcId")));
      visit(group, test);
      ++seen;
    }
  EXPECT_EQ(seen, number(file, "numberOfTests"));
}

TEST(Wycheproof, AesGcm) {
  int ours = 0, foreign = 0;
  each_test("aes_gcm_test.json", [&](element, element test) {
    Bytes key = bytes(test, "key"), nonce = bytes(test, "iv"), aad = bytes(test, "aad"), message = bytes(test, "msg");
    Bytes sealed = bytes(test, "ct");
    append(sealed, bytes(test, "tag"));
    Bytes opened;
    Status status = aead_open(key, nonce, aad, sealed, opened);
    if (key.size() != kAeadKeyBytes || nonce.size() != kAeadNonceBytes) {
      ASSERT_FALSE(status);
      EXPECT_EQ(status.error().code, Code::kInvalid);
      ++foreign;
      return;
    }
    ++ours;
    ASSERT_EQ(status.has_value(), valid(test));
    Bytes again;
    aead_seal(key, nonce, aad, message, again);
    EXPECT_EQ(again == sealed, valid(test));
    EXPECT_EQ(opened, valid(test) ? message : Bytes());
  });
  EXPECT_EQ(ours, 66);
  EXPECT_EQ(foreign, 250);
}

TEST(Wycheproof, HmacSha256) {
  each_test("hmac_sha256_test.json", [](element group, element test) {
    Bytes key = bytes(test, "key"), message = bytes(test, "msg"), tag = bytes(test, "tag");
    ASSERT_EQ(static_cast<int64_t>(tag.size() * 8), number(group, "tagSize"));
    for (const Digest& mac : {hmac_sha256(key, message), Hmac(key).mac(message)})
      EXPECT_EQ(equal_constant_time(ByteView(mac).first(tag.size()), tag), valid(test));
  });
}

TEST(Wycheproof, HkdfSha256) {
  each_test("hkdf_sha256_test.json", [](element, element test) {
    Bytes secret = bytes(test, "ikm"), salt = bytes(test, "salt"), info = bytes(test, "info");
    auto size = static_cast<size_t>(number(test, "size"));
    if (valid(test))
      EXPECT_EQ(hex(hkdf_sha256(secret, salt, info, size).reveal()), std::string_view(test["okm"]));
    else
      EXPECT_DEATH((void)hkdf_sha256(secret, salt, info, size), "8160");
  });
}

TEST(Wycheproof, Ed25519) {
  each_test("ed25519_test.json", [](element group, element test) {
    Bytes point = bytes(group["publicKey"], "pk");
    PublicKey key;
    ASSERT_EQ(point.size(), key.size());
    std::ranges::copy(point, key.begin());
    EXPECT_EQ(verify(key, bytes(test, "msg"), bytes(test, "sig")), valid(test));
  });
}

}  // namespace
}  // namespace zhimi::crypto
