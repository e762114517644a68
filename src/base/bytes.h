// Byte sequences, and secrets that wipe themselves.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace zhimi {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;  // borrowed: never stored
using Digest = std::array<uint8_t, 32>;

inline ByteView view(std::string_view s) { return {reinterpret_cast<const uint8_t*>(s.data()), s.size()}; }
inline std::string_view text(ByteView b) { return {reinterpret_cast<const char*>(b.data()), b.size()}; }
inline Bytes to_bytes(std::string_view s) { return {view(s).begin(), view(s).end()}; }
inline void append(Bytes& out, ByteView b) { out.insert(out.end(), b.begin(), b.end()); }
inline void append(Bytes& out, std::string_view s) { append(out, view(s)); }
// Big-endian, as in every format of docs/formats.md.
void append_u16(Bytes& out, uint16_t v);
void append_u32(Bytes& out, uint32_t v);
void append_u64(Bytes& out, uint64_t v);
uint16_t load_u16(const uint8_t* p);
uint32_t load_u32(const uint8_t* p);
uint64_t load_u64(const uint8_t* p);

std::string hex(ByteView b);                    // lower case
Result<Bytes> from_hex(std::string_view s);     // kInvalid: odd length or a foreign character
std::string base64(ByteView b);                 // RFC 4648 section 4, padded
Result<Bytes> from_base64(std::string_view s);  // strict: padded, canonical
std::string crockford(ByteView b);              // Crockford base32, upper case, no padding: 16 bytes are 26 characters
Result<Bytes> from_crockford(std::string_view s, size_t size_bytes);  // reads lower case and O/I/L as people type them

// Overwrites memory in a way the compiler keeps.
void wipe(void* p, size_t size_bytes);

// Key material: not copyable, wiped when it goes, never printed. `reveal()` is the greppable way to its bytes.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(size_t size_bytes) : b_(size_bytes) {}
  static SecretBytes copy_of(ByteView b) {
    SecretBytes s(b.size());
    if (!b.empty()) std::memcpy(s.b_.data(), b.data(), b.size());
    return s;
  }
  SecretBytes(SecretBytes&& o) noexcept : b_(std::move(o.b_)) { o.b_.clear(); }
  SecretBytes& operator=(SecretBytes&& o) noexcept {
    if (this != &o) {
      wipe(b_.data(), b_.size());
      b_ = std::move(o.b_);
      o.b_.clear();
    }
    return *this;
  }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { wipe(b_.data(), b_.size()); }

  ByteView reveal() const { return b_; }
  std::span<uint8_t> fill() { return b_; }
  size_t size() const { return b_.size(); }
  bool empty() const { return b_.empty(); }

 private:
  Bytes b_;
};

}  // namespace zhimi
