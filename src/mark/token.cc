#include "mark/token.h"

#include <algorithm>

#include "crypto/block.h"
#include "crypto/hash.h"

namespace zhimi::mark {

namespace {

constexpr uint64_t kPatientEnd = uint64_t{1} << 40;
constexpr uint32_t kRecipientEnd = uint32_t{1} << 24;

std::array<uint8_t, 8> big_endian(uint64_t v) {
  std::array<uint8_t, 8> b;
  for (size_t i = 0; i < 8; ++i) b[i] = static_cast<uint8_t>(v >> (56 - 8 * i));
  return b;
}

std::string first_half(const Digest& mac) { return crockford(ByteView(mac).first(16)); }

}  // namespace

struct TokenCipher::State {
  explicit State(ByteView key)
      : cipher(crypto::hkdf_sha256(key, {}, view("zhimi token v1"), 32).reveal()),
        names(crypto::hkdf_sha256(key, {}, view("zhimi pseudonym v1"), 32).reveal()),
        strays(crypto::hkdf_sha256(key, {}, view("zhimi token out of range v1"), 32).reveal()) {}
  crypto::BlockCipher cipher;
  crypto::Hmac names;
  crypto::Hmac strays;
};

TokenCipher::TokenCipher(ByteView key32) : state_(std::make_unique<State>(key32)) {}
TokenCipher::~TokenCipher() = default;
TokenCipher::TokenCipher(TokenCipher&&) noexcept = default;
TokenCipher& TokenCipher::operator=(TokenCipher&&) noexcept = default;

std::string TokenCipher::token(const TokenParts& parts) const {
  if (parts.patient >= kPatientEnd || parts.recipient >= kRecipientEnd)
    return first_half(state_->strays.mac({big_endian(parts.patient), big_endian(parts.recipient)}));
  crypto::Block block{};
  std::ranges::copy(big_endian(parts.patient << 24 | parts.recipient), block.begin());
  return crockford(state_->cipher.encrypt(block));
}

std::optional<TokenParts> TokenCipher::read(std::string_view token) const {
  auto bytes = from_crockford(token, sizeof(crypto::Block));
  if (!bytes) return std::nullopt;
  crypto::Block block;
  std::ranges::copy(*bytes, block.begin());
  block = state_->cipher.decrypt(block);
  if (load_u64(block.data() + 8) != 0) return std::nullopt;
  uint64_t word = load_u64(block.data());
  return TokenParts{.patient = word >> 24, .recipient = static_cast<uint32_t>(word & (kRecipientEnd - 1))};
}

std::string TokenCipher::pseudonym(uint32_t recipient, std::string_view reference) const {
  return first_half(state_->names.mac({ByteView(big_endian(recipient)).last(4), view(reference)}));
}

}  // namespace zhimi::mark
