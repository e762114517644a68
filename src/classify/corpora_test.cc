// Records that nobody here wrote, walked by the map: what real senders put into FHIR must be known to it.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>

#include "base/file.h"
#include "base/limits.h"
#include "classify/map.h"

namespace zhimi::classify {
namespace {

namespace fs = std::filesystem;

// Walks well-formed JSON beside the map and counts what the map does not name. Reads only what it needs: no unescaping.
class Walker {
 public:
  Walker(const Map& map, std::string_view json) : map_(map), json_(json) {}

  // One resource after another until the text ends; false when the JSON is not well-formed.
  bool run() {
    for (space(); at_ < json_.size(); space()) {
      if (!resource()) return false;
      ++resources;
    }
    return true;
  }

  std::map<std::string, size_t> unknown;
  size_t known = 0, resources = 0;

 private:
  void space() {
    while (at_ < json_.size() && (json_[at_] == ' ' || json_[at_] == '\n' || json_[at_] == '\r' || json_[at_] == '\t'))
      ++at_;
  }
  bool take(char c) {
    space();
    if (at_ >= json_.size() || json_[at_] != c) return false;
    ++at_;
    return true;
  }
  char peek() {
    space();
    return at_ < json_.size() ? json_[at_] : '\0';
  }
  bool string(std::string_view& out) {
    if (!take('"')) return false;
    const size_t begin = at_;
    while (at_ < json_.size() && json_[at_] != '"') at_ += json_[at_] == '\\' ? 2 : 1;
    if (at_ >= json_.size()) return false;
    out = json_.substr(begin, at_++ - begin);
    return true;
  }

  // The type a resource says it has, looked for ahead of the walk.
  const Type* declared() {
    const size_t here = at_;
    size_t depth = 0;
    std::string_view name, key;
    while (at_ < json_.size()) {
      const char c = peek();
      if (c == '"') {
        if (!string(key)) break;
        if (depth == 1 && key == "resourceType" && take(':') && string(name)) break;
        continue;
      }
      depth += c == '{' || c == '[' ? 1 : 0;
      depth -= c == '}' || c == ']' ? 1 : 0;
      ++at_;
      if (depth == 0) break;
    }
    at_ = here;
    return map_.find(name);
  }
  bool resource() {
    const Type* type = declared();
    if (!type) ++unknown["a resourceType"];
    return object(type, type ? type->name : "?");
  }

  bool object(const Type* type, const std::string& path) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      std::string_view key;
      if (!string(key) || !take(':')) return false;
      const bool sibling = key.starts_with('_');
      const Field* field = type ? type->field(key.substr(sibling)) : nullptr;
      const std::string here = path + "." + std::string(key);
      if (type && !field) {
        ++unknown[here];
      } else if (field) {
        ++known;
      }
      if (!value(sibling && field ? &element_ : field, here)) return false;
    } while (take(','));
    return take('}');
  }
  bool value(const Field* field, const std::string& path) {
    switch (peek()) {
      case '{':
        if (field && field->primitive == Primitive::kResource) return resource();
        return object(field && field->primitive == Primitive::kComplex ? &map_.types()[field->type] : nullptr, path);
      case '[':
        ++at_;
        if (take(']')) return true;
        do {
          if (!value(field, path)) return false;
        } while (take(','));
        return take(']');
      case '"': {
        std::string_view ignored;
        return string(ignored);
      }
      default:
        while (at_ < json_.size() &&
               std::string_view("0123456789+-.eEtrufalsn").find(json_[at_]) != std::string_view::npos)
          ++at_;
        return true;
    }
  }

  const Map& map_;
  std::string_view json_;
  size_t at_ = 0;
  Field element_{.name = "Element", .type = static_cast<uint32_t>(map_.find("Element") - map_.types().data())};
};

// The program that unpacks a file, or nothing when it is plain.
std::string unpacker(const fs::path& path) {
  return path.extension() == ".zst" ? "zstd" : path.extension() == ".gz" ? "gzip" : "";
}

std::string read(const fs::path& path) {
  const std::string program = unpacker(path);
  std::string out;
  if (program.empty()) {
    auto bytes = read_file(path, limits::kConfigBytes);
    return bytes ? std::string(text(*bytes)) : "";
  }
  const std::string command = program + " -dcq -- '" + path.string() + "'";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  char block[65536];
  for (size_t n = 0; pipe && (n = fread(block, 1, sizeof block, pipe.get())) > 0;) out.append(block, n);
  return out;
}

Result<Map> committed() {
  ZHIMI_TRY(const Bytes bytes, read_file(ZHIMI_SOURCE_DIR "/packs/maps/fhir-r4.map", limits::kConfigBytes));
  return Map::parse(text(bytes));
}

TEST(Corpora, TheWalkFindsWhatIsUnknown) {
  auto map = committed();
  ASSERT_TRUE(map) << map.error().what;
  Walker walker(
      *map, R"({"name": [{"x": {}, "_given": [null, {"id": "g", "y": 1}]}], "resourceType": "Patient", "nonsense": 1,
                        "contained": [{"resourceType": "Bot", "a": "b"}, {"resourceType": "Device", "name": []}]})");
  ASSERT_TRUE(walker.run());
  const std::map<std::string, size_t> expected = {{"Patient.name.x", 1},
                                                  {"Patient.name._given.y", 1},
                                                  {"Patient.nonsense", 1},
                                                  {"a resourceType", 1},
                                                  {"Device.name", 1}};
  EXPECT_EQ(walker.unknown, expected);
  EXPECT_FALSE(Walker(*map, R"({"resourceType": "Patient")").run());
}

bool holds_fhir(const fs::path& path) {
  fs::path plain = path;
  if (!unpacker(path).empty()) plain.replace_extension();
  const fs::path kind = plain.extension();
  return (kind == ".json" || kind == ".ndjson") && plain.filename() != "log.ndjson";
}

TEST(Corpora, EveryPathIsKnown) {
  auto map = committed();
  ASSERT_TRUE(map) << map.error().what;
  std::vector<fs::path> roots = {ZHIMI_SOURCE_DIR "/testdata/fhir", ZHIMI_SOURCE_DIR "/testdata/sample"};
  if (const char* more = std::getenv("ZHIMI_CORPORA")) roots.push_back(fs::path(more) / "fhir");
  std::map<std::string, size_t> unknown;
  size_t known = 0, resources = 0;
  for (const fs::path& root : roots) {
    ASSERT_TRUE(fs::is_directory(root)) << root;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (!holds_fhir(entry.path())) continue;
      std::string json = read(entry.path());
      ASSERT_FALSE(json.empty()) << entry.path() << " cannot be read; is `" << unpacker(entry.path()) << "` installed?";
      if (json.starts_with("\xEF\xBB\xBF")) json.erase(0, 3);
      Walker walker(*map, json);
      EXPECT_TRUE(walker.run()) << entry.path();
      for (const auto& [path, count] : walker.unknown) unknown[path] += count;
      known += walker.known;
      resources += walker.resources;
    }
  }
  std::printf("%zu resources, %zu elements known to the map\n", resources, known);
  EXPECT_GT(known, 300'000u);
  for (const auto& [path, count] : unknown) {
    ADD_FAILURE() << path << " stands " << count << " times and is not in the map";
  }
}

}  // namespace
}  // namespace zhimi::classify
