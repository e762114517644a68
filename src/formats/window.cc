#include "formats/window.h"

#include <algorithm>
#include <cstring>

namespace zhimi::formats {

namespace {
constexpr size_t kChunkBytes = size_t{256} << 10;
}

Window::Window(Input& input, size_t limit_bytes)
    : input_(input), limit_(limit_bytes), buffer_(kChunkBytes + kPaddingBytes) {}

bool Window::more() {
  if (ended_) return false;
  size_t keep = std::min(held_, at_);
  size_t room = buffer_.size() - kPaddingBytes - end_;
  if (room < kChunkBytes / 4 && keep > 0) {
    forget(keep);
    room = buffer_.size() - kPaddingBytes - end_;
  }
  if (room == 0) {
    if (end_ >= limit_) {
      full_ = true;
      return false;
    }
    buffer_.resize(std::min(std::max(end_ * 2, kChunkBytes), limit_) + kPaddingBytes);
    room = buffer_.size() - kPaddingBytes - end_;
  }
  auto n = input_.read(std::span(buffer_).subspan(end_, room));
  size_t got = n ? *n : 0;
  if (!n) fault_ = std::move(n).error();
  end_ += got;
  ended_ = got == 0;
  return !ended_;
}

void Window::forget(size_t n) {
  if (base_ + n > line_at_) line(base_ + n);
  std::memmove(buffer_.data(), buffer_.data() + n, end_ - n);
  base_ += n;
  at_ -= n;
  end_ -= n;
  if (held_ != kNothing) held_ -= n;
}

uint64_t Window::line(uint64_t offset) {
  const uint8_t* from = buffer_.data() + (line_at_ - base_);
  const uint8_t* to = buffer_.data() + (offset - base_);
  while (const void* newline = std::memchr(from, '\n', static_cast<size_t>(to - from))) {
    ++line_;
    from = static_cast<const uint8_t*>(newline) + 1;
  }
  line_at_ = offset;
  return line_;
}

}  // namespace zhimi::formats
