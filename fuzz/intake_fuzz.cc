// Whatever the bytes: splitting them in small steps and as a whole finds the same resources or the same refusal, and
// what the check accepts is extracted or refused.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/file.h"
#include "formats/resource_stream.h"
#include "intake/extract.h"
#include "intake/intake.h"
#include "shape/shape.h"

using namespace zhimi;

namespace {

class Stepped final : public formats::Input {
 public:
  Stepped(ByteView bytes, size_t step) : rest_(bytes), step_(step) {}
  Result<size_t> read(std::span<uint8_t> out) override {
    size_t n = std::min({out.size(), step_, rest_.size()});
    if (n) std::memcpy(out.data(), rest_.data(), n);
    rest_ = rest_.subspan(n);
    return n;
  }
  uint64_t consumed_bytes() const override { return 0; }

 private:
  ByteView rest_;
  size_t step_;
};

struct Packs {
  classify::Map map;
  classify::Labels labels;
};
const Packs& packs() {
  static const Packs* all = [] {
    auto map = read_file(ZHIMI_SOURCE_DIR "/packs/maps/fhir-r4.map", 16 << 20);
    auto labels = read_file(ZHIMI_SOURCE_DIR "/packs/labels.tsv", 16 << 20);
    if (!map || !labels) std::abort();
    return new Packs{std::move(*classify::Map::parse(text(*map))), std::move(*classify::Labels::parse(text(*labels)))};
  }();
  return *all;
}

// Everything that import sees of the bytes, as text.
std::string trace(ByteView bytes, size_t step, bool extract) {
  Stepped input(bytes, step);
  intake::KnownReferences known;
  intake::Extractor extractor(packs().map, packs().labels, known);
  std::string out;
  Bytes minified;
  Status end = formats::read_resources(
      input, [&](ByteView resource, const formats::Place& place, std::string_view full_url) -> Status {
        out += std::to_string(place.line) + " " + std::to_string(place.offset_bytes) + " " + std::string(full_url) +
               " " + std::string(text(resource)) + "\n";
        if (!extract) return {};
        minified.clear();
        if (!shape::check_fhir(resource, minified)) return {};
        size_t size = minified.size();
        minified.resize(size + shape::kPaddingBytes);
        auto record = extractor.extract(ByteView(minified).first(size), full_url);
        if (record && (record->id.id.empty() || record->id.type.empty() || record->json.size() != size)) std::abort();
        if (record && !intake::labels_of(packs().labels, record->json)) std::abort();
        return {};
      });
  return out + (end ? "end" : end.error().what);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  ByteView bytes(data, size_bytes);
  std::string whole = trace(bytes, SIZE_MAX, true);
  size_t step = 1 + (size_bytes ? data[size_bytes / 2] % 64 : 0);
  if (std::string stepped = trace(bytes, step, false); stepped != whole) {
    std::fprintf(stderr, "in steps of %zu:\n%s\nas a whole:\n%s\n", step, stepped.c_str(), whole.c_str());
    std::abort();
  }
  return 0;
}
