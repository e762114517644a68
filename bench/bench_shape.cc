// Shaping Synthea resources, one call each, beside simdjson's on-demand walk over the same bytes.
#include <simdjson.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/limits.h"
#include "classify/map.h"
#include "mark/token.h"
#include "report.h"
#include "shape/shape.h"
#include "words/words.h"

namespace zhimi::bench {

namespace {

namespace fs = std::filesystem;
using words::Category;
using words::Form;

std::string unpack(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string packed((std::istreambuf_iterator<char>(in)), {});
  if (path.extension() != ".zst") return packed;
  std::string out(ZSTD_getFrameContentSize(packed.data(), packed.size()) < (uint64_t{1} << 30)
                      ? ZSTD_getFrameContentSize(packed.data(), packed.size())
                      : size_t{64} << 20,
                  '\0');
  size_t size = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  out.resize(ZSTD_isError(size) ? 0 : size);
  return out;
}

// Resources as check_fhir stores them, one behind the other with padding at the end.
struct Corpus {
  Bytes bytes;
  std::vector<std::pair<size_t, size_t>> resources;  // offset, size

  void add(std::string_view json) {
    std::string padded(json);
    padded.resize(padded.size() + shape::kPaddingBytes);
    size_t before = bytes.size();
    if (shape::check_fhir(view(std::string_view(padded).substr(0, json.size())), bytes))
      resources.push_back({before, bytes.size() - before});
  }
  void close() { bytes.resize(bytes.size() + shape::kPaddingBytes); }
  size_t size() const { return bytes.size() - shape::kPaddingBytes; }
};

void add_bundles(Corpus& corpus, const fs::path& folder) {
  simdjson::dom::parser parser;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".zst") continue;
    std::string text = unpack(entry.path());
    simdjson::dom::element bundle;
    simdjson::dom::array entries;
    if (parser.parse(text).get(bundle) || bundle["entry"].get(entries)) continue;
    for (simdjson::dom::element e : entries) {
      simdjson::dom::element resource;
      if (!e["resource"].get(resource)) corpus.add(simdjson::minify(resource));
    }
  }
}

void add_lines(Corpus& corpus, const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::string text = unpack(entry.path());
    if (entry.path().filename().string().find(".ndjson") == std::string::npos) continue;
    for (size_t at = 0; at < text.size();) {
      size_t end = std::min(text.find('\n', at), text.size());
      corpus.add(std::string_view(text).substr(at, end - at));
      at = end + 1;
    }
  }
}

words::Table ward_nurse() {
  words::Table t;
  for (Category c : {Category::kStructure, Category::kLink,      Category::kName,         Category::kRecordNumber,
                     Category::kBirthDate, Category::kGender,    Category::kLanguage,     Category::kEventDate,
                     Category::kDiagnosis, Category::kCondition, Category::kMedication,   Category::kObservation,
                     Category::kProcedure, Category::kAllergy,   Category::kImmunization, Category::kEncounter,
                     Category::kOrder,     Category::kCarePlan,  Category::kProvider,     Category::kOrganization,
                     Category::kSpecimen,  Category::kDocument})
    t[c] = words::clear(c);
  t[Category::kPhone] = words::closure(Category::kPhone, Form::kDial);
  return t;
}

words::Table researcher() {
  words::Table t = ward_nurse();
  t[Category::kPhone] = words::kHidden;
  t[Category::kLink] = words::closure(Category::kLink, Form::kToken);
  t[Category::kName] = words::closure(Category::kName, Form::kToken);
  t[Category::kRecordNumber] = words::closure(Category::kRecordNumber, Form::kToken);
  t[Category::kBirthDate] = words::closure(Category::kBirthDate, Form::kCoarseYear);
  t[Category::kEventDate] = words::closure(Category::kEventDate, Form::kCoarseMonth);
  return t;
}

// Everything is visited and every scalar read as it stands.
template <class Value>
size_t visit(Value&& value) {
  namespace od = simdjson::ondemand;
  size_t n = 1;
  switch (value.type().value_unsafe()) {
    case od::json_type::object:
      for (auto field : value.get_object().value_unsafe()) {
        n += static_cast<size_t>(field.key().value_unsafe().raw()[0]);
        n += visit(field.value().value_unsafe());
      }
      break;
    case od::json_type::array:
      for (auto element : value.get_array().value_unsafe()) n += visit(element.value_unsafe());
      break;
    default:
      n += value.raw_json_token().size();
  }
  return n;
}

double walk_ns(const Corpus& corpus) {
  simdjson::ondemand::parser parser;
  size_t sum = 0;
  double ns = ns_per_op([&](size_t n) {
    for (size_t k = 0; k < n; ++k)
      for (auto [offset, size] : corpus.resources) {
        const char* at = reinterpret_cast<const char*>(corpus.bytes.data()) + offset;
        simdjson::ondemand::document doc;
        if (parser.iterate(at, size, size + shape::kPaddingBytes).get(doc)) continue;
        simdjson::ondemand::value root;
        if (!doc.get_value().get(root)) sum += visit(root);
      }
  });
  return sum ? ns : 0;
}

double shape_ns(const Corpus& corpus, const shape::View& view, const shape::Keys& keys, size_t* shown) {
  Bytes out;
  return ns_per_op([&](size_t n) {
    for (size_t k = 0; k < n; ++k) {
      *shown = 0;
      for (auto [offset, size] : corpus.resources) {
        out.clear();
        auto got = shape::shape_fhir(ByteView(corpus.bytes).subspan(offset, size), view, keys, out);
        *shown += got ? *got : 0;
      }
    }
  });
}

void report_corpus(Report& report, const std::string& name, const Corpus& corpus, const classify::Map& map) {
  auto bytes = static_cast<double>(corpus.size());
  const double walk = bytes / walk_ns(corpus);
  report.row("on-demand walk, " + name, walk, "GB/s");
  Bytes key(32, 7);
  mark::TokenCipher tokens{ByteView(key)};
  shape::Keys keys{.tokens = &tokens, .recipient = 7, .patient_number = 1, .patient_id = "p-001", .dial_prefix = "d1"};
  struct Row {
    std::string reader;
    words::Table table;
    bool has_goal;
  };
  for (const Row& row : {Row{"ward nurse", ward_nurse(), true}, Row{"everything", words::Table::everything(), false},
                         Row{"researcher", researcher(), false}}) {
    auto view = shape::View::compile(map, row.table);
    size_t shown = 0;
    double speed = bytes / shape_ns(corpus, *view, keys, &shown);
    report.row("shape, " + row.reader + ", " + name, speed, "GB/s", row.has_goal ? ">= 1.2, >= 0.4 of the walk" : "",
               speed / walk, row.has_goal ? std::optional(speed >= 1.2 && speed / walk >= 0.4) : std::nullopt);
    report.row("  of which shown", static_cast<double>(shown) / bytes, "of the bytes");
  }
}

}  // namespace

void bench_shape(Report& report) {
  const fs::path root = ZHIMI_SOURCE_DIR;
  auto text_of_map = read_file(root / "packs/maps/fhir-r4.map", limits::kConfigBytes);
  if (!text_of_map) return;
  auto map = classify::Map::parse(text(*text_of_map));
  if (!map) return;
  Corpus bundles, lines;
  add_bundles(bundles, root / "testdata/fhir/synthea-r4-bundles");
  add_lines(lines, root / "testdata/fhir/bulk-10-patients");
  bundles.close();
  lines.close();
  report_corpus(report, "Synthea bundles", bundles, *map);
  report_corpus(report, "Synthea NDJSON", lines, *map);
  auto alive = shape::View::compile(*map, words::Table());  // views of one map share its layout
  double ns = ns_per_op([&](size_t n) {
    for (size_t k = 0; k < n; ++k) (void)shape::View::compile(*map, ward_nurse());
  });
  report.row("compile a view", ns / 1000, "us");
}

}  // namespace zhimi::bench
