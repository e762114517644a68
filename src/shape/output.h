// Where a walk writes: a growing buffer that can be cut back. Not initialised, kept from call to call.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/bytes.h"

namespace zhimi::shape {

class Output {
 public:
  void clear() { size_ = 0; }
  size_t size() const { return size_; }
  void cut(size_t size_bytes) { size_ = size_bytes; }
  ByteView written() const { return {data_.get(), size_}; }
  uint8_t* data() { return data_.get(); }

  void put(char c) {
    room(1);
    data_[size_++] = static_cast<uint8_t>(c);
  }
  void put(std::string_view s) {
    room(s.size());
    std::memcpy(data_.get() + size_, s.data(), s.size());
    size_ += s.size();
  }
  // From a padded text: up to 32 bytes behind the span are readable.
  void copy(const uint8_t* from, size_t size_bytes) {
    room(size_bytes + 32);
    uint8_t* to = data_.get() + size_;
    if (size_bytes <= 32)
      std::memcpy(to, from, 32);
    else
      std::memcpy(to, from, size_bytes);
    size_ += size_bytes;
  }

 private:
  void room(size_t more) {
    if (capacity_ - size_ < more) [[unlikely]]
      grow(more);
  }
  void grow(size_t more) {
    size_t capacity = std::max(capacity_ * 2, size_ + more + (size_t{64} << 10));
    auto bigger = std::make_unique_for_overwrite<uint8_t[]>(capacity);
    if (size_) std::memcpy(bigger.get(), data_.get(), size_);
    data_ = std::move(bigger);
    capacity_ = capacity;
  }
  std::unique_ptr<uint8_t[]> data_;
  size_t size_ = 0, capacity_ = 0;
};

}  // namespace zhimi::shape
