// A moving view of an Input: the bytes from a held place on stay in memory, everything before is forgotten.
#pragma once

#include <cstdint>
#include <limits>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/resource_stream.h"

namespace zhimi::formats {

class Window {
 public:
  static constexpr int kEnd = -1;
  static constexpr size_t kPaddingBytes = 64;  // readable behind every view

  // Holds at most `limit_bytes`; borrows `input`.
  Window(Input& input, size_t limit_bytes);

  uint64_t offset() const { return base_ + at_; }  // of the cursor, in the text
  // The byte under the cursor; kEnd at the end of the text, or after a fault: ask fault() then.
  int peek() { return at_ < end_ || more() ? buffer_[at_] : kEnd; }
  void advance(size_t n = 1) { at_ += n; }
  // What lies in memory from the cursor on, and more of it: false at the end of the text, after a fault, or when the
  // limit is reached.
  ByteView ahead() const { return {buffer_.data() + at_, end_ - at_}; }
  bool more();
  bool full() const { return full_; }
  const Status& fault() const { return fault_; }  // of the input

  // Keeps everything from the cursor on until release(); the cursor may go back as far as the held place.
  void hold() { held_ = at_; }
  void release() {
    held_ = kNothing;
    full_ = false;
  }
  void go_back(uint64_t offset) { at_ = static_cast<size_t>(offset - base_); }
  ByteView at(uint64_t offset, size_t size) const { return {buffer_.data() + (offset - base_), size}; }

  // Line number at `offset`, which must not lie before an earlier call's.
  uint64_t line(uint64_t offset);

 private:
  static constexpr size_t kNothing = std::numeric_limits<size_t>::max();
  void forget(size_t n);

  Input& input_;
  size_t limit_;
  Bytes buffer_;
  uint64_t base_ = 0;        // offset of buffer_[0]
  size_t at_ = 0, end_ = 0;  // cursor; bytes in the buffer
  size_t held_ = kNothing;
  uint64_t line_ = 1, line_at_ = 0;  // lines counted up to this offset
  bool ended_ = false, full_ = false;
  Status fault_;
};

}  // namespace zhimi::formats
