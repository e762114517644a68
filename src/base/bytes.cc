#include "base/bytes.h"

namespace zhimi {

void append_u16(Bytes& out, uint16_t v) {
  out.push_back(static_cast<uint8_t>(v >> 8));
  out.push_back(static_cast<uint8_t>(v));
}
void append_u32(Bytes& out, uint32_t v) {
  append_u16(out, static_cast<uint16_t>(v >> 16));
  append_u16(out, static_cast<uint16_t>(v));
}
void append_u64(Bytes& out, uint64_t v) {
  append_u32(out, static_cast<uint32_t>(v >> 32));
  append_u32(out, static_cast<uint32_t>(v));
}
uint16_t load_u16(const uint8_t* p) { return static_cast<uint16_t>(p[0] << 8 | p[1]); }
uint32_t load_u32(const uint8_t* p) { return static_cast<uint32_t>(load_u16(p)) << 16 | load_u16(p + 2); }
uint64_t load_u64(const uint8_t* p) { return static_cast<uint64_t>(load_u32(p)) << 32 | load_u32(p + 4); }

std::string hex(ByteView b) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string s;
  s.reserve(b.size() * 2);
  for (uint8_t c : b) {
    s.push_back(kDigits[c >> 4]);
    s.push_back(kDigits[c & 15]);
  }
  return s;
}

Result<Bytes> from_hex(std::string_view s) {
  auto nibble = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  if (s.size() % 2) return make_error(Code::kInvalid, "hexadecimal text has an odd length");
  Bytes out;
  out.reserve(s.size() / 2);
  for (size_t i = 0; i < s.size(); i += 2) {
    int hi = nibble(s[i]), lo = nibble(s[i + 1]);
    if (hi < 0 || lo < 0) return make_error(Code::kInvalid, "not a hexadecimal digit");
    out.push_back(static_cast<uint8_t>(hi << 4 | lo));
  }
  return out;
}

namespace {
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kCrockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

constexpr std::array<int8_t, 256> crockford_values() {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (int8_t i = 0; i < 32; ++i) {
    auto c = static_cast<uint8_t>(kCrockford[i]);
    values[c] = i;
    if (c >= 'A') values[c + 'a' - 'A'] = i;
  }
  for (uint8_t c : {'O', 'o'}) values[c] = 0;
  for (uint8_t c : {'I', 'i', 'L', 'l'}) values[c] = 1;
  return values;
}

int crockford_value(char c) {
  static constexpr std::array<int8_t, 256> kValues = crockford_values();
  return kValues[static_cast<uint8_t>(c)];
}
}  // namespace

std::string base64(ByteView b) {
  std::string s;
  s.reserve((b.size() + 2) / 3 * 4);
  for (size_t i = 0; i < b.size(); i += 3) {
    size_t n = std::min<size_t>(3, b.size() - i);
    uint32_t v = b[i] << 16 | (n > 1 ? b[i + 1] << 8 : 0) | (n > 2 ? b[i + 2] : 0);
    s.push_back(kBase64[v >> 18]);
    s.push_back(kBase64[v >> 12 & 63]);
    s.push_back(n > 1 ? kBase64[v >> 6 & 63] : '=');
    s.push_back(n > 2 ? kBase64[v & 63] : '=');
  }
  return s;
}

Result<Bytes> from_base64(std::string_view s) {
  auto bad = [] { return make_error(Code::kInvalid, "not canonical base64"); };
  if (s.size() % 4) return bad();
  Bytes out;
  out.reserve(s.size() / 4 * 3);
  for (size_t i = 0; i < s.size(); i += 4) {
    bool last = i + 4 == s.size();
    int pad = last ? (s[i + 3] == '=') + (s[i + 2] == '=' && s[i + 3] == '=') : 0;
    uint32_t v = 0;
    for (int k = 0; k < 4; ++k) {
      int d = k >= 4 - pad ? 0 : base64_value(s[i + static_cast<size_t>(k)]);
      if (d < 0) return bad();
      v = v << 6 | static_cast<uint32_t>(d);
    }
    if ((pad == 1 && (v & 0xff)) || (pad == 2 && (v & 0xffff))) return bad();
    out.push_back(static_cast<uint8_t>(v >> 16));
    if (pad < 2) out.push_back(static_cast<uint8_t>(v >> 8));
    if (pad < 1) out.push_back(static_cast<uint8_t>(v));
  }
  return out;
}

std::string crockford(ByteView b) {
  std::string s;
  uint32_t acc = 0;
  int bits = 0;
  // Most significant bit first; a short last group is padded with zero bits.
  for (uint8_t c : b) {
    acc = acc << 8 | c;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      s.push_back(kCrockford[acc >> bits & 31]);
    }
    acc &= (1u << bits) - 1;
  }
  if (bits) s.push_back(kCrockford[acc << (5 - bits) & 31]);
  return s;
}

Result<Bytes> from_crockford(std::string_view s, size_t size_bytes) {
  if (s.size() != (size_bytes * 8 + 4) / 5) return make_error(Code::kInvalid, "wrong length for a base32 token");
  Bytes out;
  uint32_t acc = 0;
  int bits = 0;
  for (char c : s) {
    int v = crockford_value(c);
    if (v < 0) return make_error(Code::kInvalid, "a character that base32 tokens do not use");
    acc = acc << 5 | static_cast<uint32_t>(v);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<uint8_t>(acc >> bits));
      acc &= (1u << bits) - 1;
    }
  }
  if (acc) return make_error(Code::kInvalid, "not a canonical base32 token");
  return out;
}

void wipe(void* p, size_t size_bytes) {
  if (!size_bytes) return;
  std::memset(p, 0, size_bytes);
  __asm__ __volatile__("" : : "r"(p) : "memory");
}

}  // namespace zhimi
