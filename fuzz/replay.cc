// Runs a fuzz target over the files of a folder, each once and each cut short at a few places: how a corpus replays as
// a test.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes);

int main(int argc, char** argv) {
  size_t files = 0;
  for (int i = 1; i < argc; ++i)
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      std::vector<char> bytes((std::istreambuf_iterator<char>(in)), {});
      for (size_t cut = 0; cut <= 8; ++cut) {
        std::vector<uint8_t> part(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(bytes.size() * (8 - cut) / 8));
        LLVMFuzzerTestOneInput(part.data(), part.size());
      }
      ++files;
    }
  std::printf("%zu files replayed\n", files);
  return files ? 0 : 1;
}
