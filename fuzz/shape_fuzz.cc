// Any bytes: shape_fhir survives them, and what check_fhir accepts is shaped as the slow shaper does, into a resource.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/file.h"
#include "base/limits.h"
#include "shape/shape.h"
#include "support/shape_slowly.h"

namespace {

using namespace zhimi;
using words::Category;
using words::Form;

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

const classify::Map& map() {
  static const classify::Map made = [] {
    auto file = read_file(std::filesystem::path(ZHIMI_SOURCE_DIR) / "packs/maps/fhir-r4.map", limits::kConfigBytes);
    must(file.has_value(), "packs/maps/fhir-r4.map cannot be read");
    auto parsed = classify::Map::parse(text(*file));
    must(parsed.has_value(), "packs/maps/fhir-r4.map is not a map");
    return *parsed;
  }();
  return made;
}

struct Reader {
  explicit Reader(const words::Table& t) : table(t), view(shape::View::compile(map(), t)) {}
  words::Table table;
  std::shared_ptr<const shape::View> view;
};

// Everything; each category in its least form; a nurse; nothing but structure.
const std::vector<Reader>& readers() {
  static const std::vector<Reader> made = [] {
    words::Table least, nurse, structure;
    for (size_t c = 0; c < words::Kind<Category>::count; ++c)
      for (Form f : {Form::kClear, Form::kDial, Form::kCoarseMonth, Form::kCoarseCity, Form::kMaskedTail,
                     Form::kMaskedSurname, Form::kToken})
        if (auto closure = words::closure(static_cast<Category>(c), f)) least[static_cast<Category>(c)] = closure;
    for (Category c : {Category::kStructure, Category::kName, Category::kObservation, Category::kLink,
                       Category::kExtension, Category::kBirthDate})
      nurse[c] = words::clear(c);
    structure[Category::kStructure] = words::clear(Category::kStructure);
    return std::vector<Reader>{Reader(words::Table::everything()), Reader(least), Reader(nurse), Reader(structure)};
  }();
  return made;
}

// An exact copy, so that the sanitizer sees a step behind the padding.
struct Padded {
  explicit Padded(ByteView b) : size(b.size()), bytes(new uint8_t[size + shape::kPaddingBytes]) {
    if (size) std::memcpy(bytes.get(), b.data(), size);
    std::memset(bytes.get() + size, '"', shape::kPaddingBytes);
  }
  ByteView view() const { return {bytes.get(), size}; }
  size_t size;
  std::unique_ptr<uint8_t[]> bytes;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  static const Bytes key(32, 3);
  static const mark::TokenCipher tokens{ByteView(key)};
  const shape::Keys keys{
      .tokens = &tokens, .recipient = 4, .patient_number = 77, .patient_id = "p-001", .dial_prefix = "D"};
  Padded raw(ByteView(data, size_bytes));
  Bytes stored;
  const bool accepted = shape::check_fhir(raw.view(), stored).has_value();
  must(accepted || stored.empty(), "check_fhir refused and left bytes");
  Padded checked{ByteView(stored)};
  for (const Reader& reader : readers()) {
    Bytes out;
    auto loose = shape::shape_fhir(raw.view(), *reader.view, keys, out);
    must(loose ? *loose == out.size() : out.empty(), "shape_fhir and its output disagree");
    must(loose || !accepted, "shape_fhir refused what check_fhir accepts");
    if (!accepted) continue;
    Bytes fast, slow;
    auto shown = shape::shape_fhir(checked.view(), *reader.view, keys, fast);
    must(shown && testing::shape_slowly(checked.view(), map(), reader.table, keys, slow),
         "a stored resource was refused");
    must(fast == slow, "shape_fhir and the slow shaper differ");
    Bytes again;
    must(fast.empty() || (shape::check_fhir(Padded(ByteView(fast)).view(), again) && again == fast),
         "what is shown is no resource");
  }
  return 0;
}
