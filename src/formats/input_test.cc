#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "formats/resource_stream.h"

namespace zhimi::formats {
namespace {

namespace fs = std::filesystem;

std::string gzip(std::string_view s) {
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, s.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(s.data()));
  z.avail_in = static_cast<uInt>(s.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string zstd(std::string_view s) {
  std::string out(ZSTD_compressBound(s.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), s.data(), s.size(), 3));
  return out;
}

std::string random_text(uint64_t seed, size_t size) {
  SeededRandom random(seed);
  std::string s(size, ' ');
  for (char& c : s) c = static_cast<char>('a' + random.below(20));
  return s;
}

class InputTest : public ::testing::Test {
 protected:
  void SetUp() override { path_ = fs::temp_directory_path() / ("zhimi_input_" + std::to_string(::getpid())); }
  void TearDown() override { fs::remove(path_); }

  Result<std::string> read_back(std::string_view bytes, size_t step = 100'000) {
    fs::remove(path_);  // a file overwritten in place would be flushed each time
    std::ofstream(path_, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ZHIMI_TRY(auto input, open_input(path_));
    std::string out;
    std::string part(step, '\0');
    for (;;) {
      ZHIMI_TRY(size_t n, input->read({reinterpret_cast<uint8_t*>(part.data()), part.size()}));
      if (n == 0) break;
      out.append(part, 0, n);
    }
    EXPECT_EQ(input->consumed_bytes(), bytes.size());
    return out;
  }
  Code refusal(std::string_view bytes) {
    auto r = read_back(bytes);
    return r ? Code::kInternal : r.error().code;
  }

  fs::path path_;
};

TEST_F(InputTest, ReadsPlainGzipAndZstdWhateverTheStep) {
  for (size_t size : {0u, 1u, 1000u, 131072u, 700'001u}) {
    std::string s = random_text(size, size);
    for (size_t step : {1u, 7u, 65536u, 1u << 20}) {
      if (step < 64 && size > 1000) continue;
      EXPECT_EQ(read_back(s, step).value_or("?"), s);
      EXPECT_EQ(read_back(gzip(s), step).value_or("?"), s) << size << " by " << step;
      EXPECT_EQ(read_back(zstd(s), step).value_or("?"), s) << size << " by " << step;
    }
  }
}

TEST_F(InputTest, ReadsEveryMemberAndFrame) {
  std::string a = random_text(1, 300'000), b = random_text(2, 5), skippable("\x50\x2a\x4d\x18\x03\x00\x00\x00zzz", 11);
  EXPECT_EQ(read_back(gzip(a) + gzip("") + gzip(b)).value_or("?"), a + b);
  EXPECT_EQ(read_back(gzip(a) + std::string(512, '\0')).value_or("?"), a) << "zero padding, as on tapes";
  EXPECT_EQ(read_back(zstd(a) + skippable + zstd("") + zstd(b)).value_or("?"), a + b);
  EXPECT_EQ(read_back(skippable + zstd(b)).value_or("?"), b);
}

TEST_F(InputTest, RefusesTruncationAtEveryByte) {
  std::string s = random_text(3, 900);
  for (const std::string& whole : {gzip(s), zstd(s)})
    for (size_t n = 4; n < whole.size(); ++n) EXPECT_EQ(refusal(whole.substr(0, n)), Code::kInvalid) << n;
  std::string two = gzip(s) + gzip(s);
  for (size_t n = two.size() / 2 + 1; n < two.size(); ++n) EXPECT_EQ(refusal(two.substr(0, n)), Code::kInvalid) << n;
  std::string frames = zstd(s) + zstd(s);
  for (size_t n = frames.size() / 2 + 1; n < frames.size(); ++n)
    EXPECT_EQ(refusal(frames.substr(0, n)), Code::kInvalid) << n;
}

TEST_F(InputTest, RefusesDamage) {
  std::string s = random_text(4, 50'000);
  std::string gz = gzip(s);
  gz[gz.size() / 2] ^= 0x10;
  EXPECT_EQ(refusal(gz), Code::kInvalid);
  EXPECT_EQ(refusal(gzip(s) + "trailing"), Code::kInvalid);
  EXPECT_EQ(refusal(zstd(s) + "trailing"), Code::kInvalid);
  EXPECT_EQ(refusal(gzip(s) + std::string(10, '\0') + gzip(s)), Code::kInvalid) << "padding ends a gzip file";
}

TEST_F(InputTest, RefusesBombs) {
  std::string zeros(size_t{100} << 20, '0');
  EXPECT_EQ(refusal(zstd(zeros)), Code::kTooLarge);
  EXPECT_EQ(read_back(gzip(zeros.substr(0, 20 << 20)), 1 << 20).value_or("?").size(), size_t{20} << 20)
      << "sparse is not yet a bomb";
}

TEST_F(InputTest, NamesWhatCannotBeOpened) {
  EXPECT_EQ(open_input(path_ / "absent").error().code, Code::kNotFound);
  auto folder = open_input(fs::temp_directory_path());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, Code::kInvalid);
}

}  // namespace
}  // namespace zhimi::formats
