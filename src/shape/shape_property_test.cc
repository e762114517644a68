// shape_fhir against the slow shaper, on random resources and views and on every FHIR file at hand.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <stdexcept>

#include "base/file.h"
#include "base/limits.h"
#include "shape/shape.h"
#include "support/leaky_shapers.h"
#include "support/random_fhir.h"
#include "support/shape_slowly.h"
#include "support/tree.h"

namespace zhimi::shape {
namespace {

namespace fs = std::filesystem;
using testing::RandomFhir;
using testing::shape_slowly;
using testing::Tree;

const classify::Map& map() {
  static const classify::Map made = [] {
    auto file = read_file(fs::path(ZHIMI_SOURCE_DIR) / "packs/maps/fhir-r4.map", limits::kConfigBytes);
    auto parsed = file ? classify::Map::parse(text(*file)) : Result<classify::Map>(file.error());
    if (!parsed) throw std::runtime_error(parsed.error().what);
    return *parsed;
  }();
  return made;
}

uint64_t fresh_seed() {
  const char* given = std::getenv("ZHIMI_SEED");
  return given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

// An exact copy with nothing readable behind the padding, so that a sanitizer notices a step too far.
struct Padded {
  explicit Padded(std::string_view json) : size(json.size()), bytes(new uint8_t[size + kPaddingBytes]) {
    std::memcpy(bytes.get(), json.data(), size);
    std::memset(bytes.get() + size, '"', kPaddingBytes);
  }
  ByteView view() const { return {bytes.get(), size}; }
  size_t size;
  std::unique_ptr<uint8_t[]> bytes;
};

Result<std::string> check(std::string_view json) {
  Bytes out;
  ZHIMI_CHECK(check_fhir(Padded(json).view(), out));
  return std::string(text(out));
}
Result<std::string> shaped(std::string_view json, const words::Table& table, const Keys& keys) {
  static const auto alive = View::compile(map(), words::Table());  // views of one map share its layout
  Bytes out;
  ZHIMI_TRY(size_t size, shape_fhir(Padded(json).view(), *View::compile(map(), table), keys, out));
  EXPECT_EQ(size, out.size());
  return std::string(text(out));
}

struct Reader {
  Bytes key = Bytes(32, 3);
  mark::TokenCipher tokens{ByteView(key)};
  Keys keys{.tokens = &tokens, .recipient = 4, .patient_number = 77, .patient_id = "p-001", .dial_prefix = "D"};
};

// No empty container anywhere, and null only where it keeps an array aligned.
bool no_residue(const Tree& t) {
  for (const auto& [key, value] : t.members)
    if (value.null() || !no_residue(value)) return false;
  for (const Tree& e : t.elements)
    if (!no_residue(e)) return false;
  return !(t.object() && t.members.empty()) && !(t.array() && (t.elements.empty() || t.elements.back().null()));
}

// Everything that must hold for any accepted resource and any view. Returns what is shown.
std::string examine(const std::string& stored, const words::Table& table, const Keys& keys) {
  auto fast = shaped(stored, table, keys);
  Bytes slow;
  auto size = shape_slowly(view(stored), map(), table, keys, slow);
  EXPECT_TRUE(fast && size);
  if (!fast || !size) return {};
  EXPECT_EQ(*fast, text(slow)) << stored;
  if (!fast->empty()) {
    auto again = check(*fast);
    EXPECT_TRUE(again && *again == *fast) << "what is shown is a resource itself";
    EXPECT_TRUE(no_residue(Tree::parse(*fast))) << *fast;
  }
  return *fast;
}

TEST(ShapeProperty, AgreesWithTheSlowShaper) {
  uint64_t seed = fresh_seed();
  SCOPED_TRACE(fmt::format("ZHIMI_SEED={}", seed));
  Reader reader;
  size_t shown = 0;
  for (uint64_t i = 0; i < 2000 && !HasFailure(); ++i) {
    SeededRandom random(seed + i);
    SCOPED_TRACE(fmt::format("case {}", seed + i));
    RandomFhir fhir(map(), random);
    std::string json = fhir.resource();
    words::Table table = fhir.table();
    Keys keys = reader.keys;
    if (random.below(6) == 0) keys.tokens = nullptr;
    if (random.below(6) == 0) keys.dial_prefix = {};
    auto stored = check(json);
    ASSERT_TRUE(stored) << stored.error().what << json;
    std::string out = examine(*stored, table, keys);
    shown += !out.empty();
    auto loose = shaped(json, table, keys);
    ASSERT_TRUE(loose);
    EXPECT_EQ(check(*loose).value_or(*loose), out) << "white space and the place of resourceType make no difference";
  }
  EXPECT_GT(shown, 300u);
}

// Without forms that rewrite, what is shown is all there is to the record: shaping it again changes nothing.
TEST(ShapeProperty, ShowsTheSameTwice) {
  uint64_t seed = fresh_seed();
  SCOPED_TRACE(fmt::format("ZHIMI_SEED={}", seed));
  Reader reader;
  for (uint64_t i = 0; i < 800 && !HasFailure(); ++i) {
    SeededRandom random(seed + i);
    RandomFhir fhir(map(), random);
    auto stored = check(fhir.resource());
    words::Table table;
    for (size_t c = 0; c < words::Kind<words::Category>::count; ++c)
      if (random.below(3)) table[static_cast<words::Category>(c)] = words::clear(static_cast<words::Category>(c));
    auto once = shaped(*stored, table, reader.keys);
    ASSERT_TRUE(once);
    if (once->empty()) continue;
    EXPECT_EQ(*shaped(*once, table, reader.keys), *once) << fmt::format("case {}: {}", seed + i, *stored);
  }
}

TEST(ShapeProperty, AnyBytesAreSafe) {
  uint64_t seed = fresh_seed();
  SCOPED_TRACE(fmt::format("ZHIMI_SEED={}", seed));
  Reader reader;
  static constexpr std::string_view kBytes = "{}[]:,\"\\ \n0trunlse_\xe7\x8e\x8b";
  size_t accepted = 0;
  for (uint64_t i = 0; i < 3000 && !HasFailure(); ++i) {
    SeededRandom random(seed + i);
    RandomFhir fhir(map(), random);
    std::string json = fhir.resource();
    for (uint64_t n = random.below(4) + 1; n && !json.empty(); --n) {
      size_t at = random.below(json.size());
      if (random.below(3) == 0)
        json.erase(at, random.below(20));
      else if (random.below(2))
        json[at] = kBytes[random.below(kBytes.size())];
      else
        json.insert(at, 1, kBytes[random.below(kBytes.size())]);
    }
    words::Table table = fhir.table();
    auto got = shaped(json, table, reader.keys);
    auto stored = check(json);
    EXPECT_TRUE(got || got.error().code == Code::kInvalid);
    if (stored) {
      ++accepted;
      EXPECT_TRUE(got) << json;
      examine(*stored, table, reader.keys);
    }
  }
  EXPECT_GT(accepted, 20u);
}

TEST(ShapeProperty, MutantsDiffer) {
  Reader reader;
  for (const auto& mutant : testing::leaky_shapers(map())) {
    bool differs = false;
    for (uint64_t i = 0; i < 4000 && !differs; ++i) {
      SeededRandom random(i);
      RandomFhir fhir(map(), random);
      auto stored = check(fhir.resource());
      words::Table table = fhir.table();
      Bytes out;
      (void)mutant.shape(view(*stored), *View::compile(map(), table), reader.keys, out);
      differs = text(out) != *shaped(*stored, table, reader.keys);
    }
    EXPECT_TRUE(differs) << mutant.name;
  }
}

std::string unpack(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string packed((std::istreambuf_iterator<char>(in)), {});
  if (path.extension() != ".zst") return packed;
  std::string out(size_t{16} << 20, '\0');
  size_t size = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  out.resize(ZSTD_isError(size) ? 0 : size);
  return out;
}

std::vector<std::string> texts_of(const fs::path& path) {
  std::string name = path.filename().string(), all = unpack(path);
  if (name.find(".ndjson") == name.npos)
    return name.find(".json") == name.npos ? std::vector<std::string>{} : std::vector<std::string>{all};
  std::vector<std::string> lines;
  for (size_t at = 0; at < all.size();) {
    size_t end = std::min(all.find('\n', at), all.size());
    if (end > at) lines.push_back(all.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST(ShapeProperty, EveryFileOfTheCorpus) {
  Reader reader;
  SeededRandom random(20);
  RandomFhir fhir(map(), random);
  size_t resources = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(ZHIMI_SOURCE_DIR) / "testdata/fhir")) {
    if (!entry.is_regular_file()) continue;
    SCOPED_TRACE(entry.path().filename().string());
    std::vector<std::string> texts = texts_of(entry.path());
    for (size_t k = 0; k < texts.size(); k += 1 + texts.size() / 40) {
      auto stored = check(texts[k]);
      if (!stored) continue;  // log.ndjson holds no resources
      ++resources;
      EXPECT_EQ(*shaped(*stored, words::Table::everything(), {}),
                examine(*stored, words::Table::everything(), reader.keys));
      for (int v = 0; v < 4; ++v) examine(*stored, fhir.table(), reader.keys);
    }
  }
  EXPECT_GT(resources, 300u);
}

}  // namespace
}  // namespace zhimi::shape
