#include "classify/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/hash.h"

namespace zhimi::classify {
namespace {

using Set = words::Set<words::Label>;

enum System : uint8_t { kIcd10, kIcd10Cm, kIcd9Cm, kIcd9Proc, kAtc, kSnomed, kLoinc, kRxNorm, kAct, kSystems };
constexpr std::string_view kSystemNames[kSystems] = {"icd10",  "icd10cm", "icd9cm", "icd9proc", "atc",
                                                     "snomed", "loinc",   "rxnorm", "act"};

constexpr uint16_t bit(System s) { return static_cast<uint16_t>(1u << s); }
constexpr uint16_t kIcd10All = bit(kIcd10) | bit(kIcd10Cm), kIcd9All = bit(kIcd9Cm) | bit(kIcd9Proc);
constexpr uint16_t kUnknown = (1u << kSystems) - 1;
constexpr bool hierarchical(System s) { return s <= kAtc; }

// System URIs in lower case without their scheme, each with the tables it may be found in. OIDs: HL7's registry, and
// for China the data-element value sets of WS/T 364 (ICD-10 and ICD-9-CM-3) with whatever follows.
constexpr std::pair<std::string_view, uint16_t> kUris[] = {
    {"hl7.org/fhir/sid/icd-10", bit(kIcd10)},
    {"hl7.org/fhir/sid/icd-10-cm", kIcd10All},
    {"hl7.org/fhir/sid/icd-9-cm", kIcd9All},
    {"hl7.org/fhir/sid/icd-9-cm/diagnosis", bit(kIcd9Cm)},
    {"hl7.org/fhir/sid/icd-9-cm/procedure", bit(kIcd9Proc)},
    {"loinc.org", bit(kLoinc)},
    {"snomed.info/sct", bit(kSnomed)},
    {"www.whocc.no/atc", bit(kAtc)},
    {"www.nlm.nih.gov/research/umls/rxnorm", bit(kRxNorm)},
    {"terminology.hl7.org/codesystem/v3-actcode", bit(kAct)},
    {"terminology.hl7.org/codesystem/v3-confidentiality", bit(kAct)},
    {"terminology.hl7.org/codesystem/v3-encounterspecialcourtesy", bit(kAct)},
    {"hl7.org/fhir/v3/actcode", bit(kAct)},
    {"hl7.org/fhir/v3/confidentiality", bit(kAct)},
    {"2.16.840.1.113883.6.3", bit(kIcd10)},
    {"2.16.840.1.113883.6.90", kIcd10All},
    {"2.16.840.1.113883.6.103", bit(kIcd9Cm)},
    {"2.16.840.1.113883.6.104", bit(kIcd9Proc)},
    {"2.16.840.1.113883.6.1", bit(kLoinc)},
    {"2.16.840.1.113883.6.96", bit(kSnomed)},
    {"2.16.840.1.113883.6.73", bit(kAtc)},
    {"2.16.840.1.113883.6.88", bit(kRxNorm)},
    {"2.16.840.1.113883.5.4", bit(kAct)},
    {"2.16.840.1.113883.5.25", bit(kAct)},
    {"2.16.840.1.113883.5.40", bit(kAct)},
};

constexpr size_t kCodeBytes = 24;  // of one code; the longest SNOMED CT identifier has 18

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
constexpr bool digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool letter(char c) { return c >= 'A' && c <= 'Z'; }

// The tables in which a code of `system` may be found.
uint16_t tables_of(std::string_view system) {
  std::array<char, 96> buffer;
  system = trim(system.substr(0, system.find('|')));
  if (system.size() > buffer.size()) return kUnknown;
  std::transform(system.begin(), system.end(), buffer.begin(), lower);
  std::string_view uri(buffer.data(), system.size());
  for (std::string_view scheme : {"http://", "https://", "urn:oid:"}) {
    if (uri.starts_with(scheme)) uri.remove_prefix(scheme.size());
  }
  while (uri.ends_with('/')) uri.remove_suffix(1);
  for (const auto& [known, tables] : kUris) {
    if (uri == known) return tables;
  }
  if (uri.starts_with("snomed.info/sct/")) return bit(kSnomed);
  if (uri.starts_with("2.16.156.10011.2.3.3.11")) return kIcd10All;
  if (uri.starts_with("2.16.156.10011.2.3.3.12")) return kIcd9All;
  const auto has = [&](std::string_view part) { return uri.find(part) != uri.npos; };
  if (has("icd-10") || has("icd10") || has("14396")) return kIcd10All;
  if (has("icd-9") || has("icd9")) return kIcd9All;
  return kUnknown;
}

// One code cut to plain upper-case ASCII, with its dot, in a buffer; longer codes lose their tail, which no entry
// reaches.
struct Written {
  std::array<char, kCodeBytes> buffer;
  size_t size = 0;
  void add(char c) {
    if (size < buffer.size()) buffer[size++] = c;
  }
  std::string_view view() const { return {buffer.data(), size}; }
};

std::string without_dots(std::string_view code) {
  std::string out;
  std::copy_if(code.begin(), code.end(), std::back_inserter(out), [](char c) { return c != '.'; });
  return out;
}

// Whether a code looks like one of this hierarchical system; for the unknown ones a guess must not run wild.
bool shaped(System system, std::string_view c) {
  const size_t dot = c.find('.');
  switch (system) {
    case kIcd10:
    case kIcd10Cm:
      return c.size() >= 3 && letter(c[0]) && digit(c[1]) && (digit(c[2]) || letter(c[2])) &&
             (dot == c.npos || dot == 3);
    case kIcd9Cm: {
      const size_t whole = c[0] == 'E' ? 4 : 3;
      if (c.size() < whole || !(digit(c[0]) || c[0] == 'E' || c[0] == 'V') || (dot != c.npos && dot != whole))
        return false;
      return c.size() <= whole + 3 && std::all_of(c.begin() + 1, c.end(), [](char x) { return digit(x) || x == '.'; });
    }
    case kIcd9Proc:  // Chinese clinical versions extend it: 69.5x01, 74.1x00x001
      return c.size() >= 2 && digit(c[0]) && digit(c[1]) && (dot == c.npos || dot == 2);
    default:
      return c.size() >= 1 && letter(c[0]);
  }
}

// Entries of a system whose codes nest, by first character, so that a lookup passes few.
class Ranges {
 public:
  void add(const std::string& low, const std::string& high, Set labels) {
    for (char c = low[0]; c <= high[0]; ++c) buckets_[bucket(c)].push_back({low, high, labels});
  }
  Set of(std::string_view code) const {
    Set out;
    if (code.empty()) return out;
    for (const Range& r : buckets_[bucket(code[0])]) {
      if (code >= r.low && code.substr(0, r.high.size()) <= r.high) out = out | r.labels;
    }
    return out;
  }

 private:
  struct Range {
    std::string low, high;
    Set labels;
  };
  static size_t bucket(char c) { return static_cast<unsigned char>(c) & 63; }
  std::array<std::vector<Range>, 64> buckets_;
};

// Entries of a system whose codes are opaque.
class Exact {
 public:
  void add(std::string code, Set labels) { entries_.emplace_back(std::move(code), labels); }
  void seal() {
    std::sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  Set of(std::string_view code) const {
    Set out;
    auto it = std::lower_bound(entries_.begin(), entries_.end(), code,
                               [](const auto& e, std::string_view c) { return e.first < c; });
    for (; it != entries_.end() && it->first == code; ++it) out = out | it->second;
    return out;
  }

 private:
  std::vector<std::pair<std::string, Set>> entries_;
};

}  // namespace

struct Labels::Index {
  std::array<Ranges, kAtc + 1> ranges;
  std::array<Exact, kSystems> exact;
  Digest digest{};

  Set in(System system, std::string_view code) const {
    return hierarchical(system) ? ranges[system].of(code) : exact[system].of(code);
  }

  // Labels of one plain code in every table of `tables`.
  Set of_plain(uint16_t tables, std::string_view code) const {
    Set out;
    std::array<char, kCodeBytes> dotless;
    const auto end = std::copy_if(code.begin(), code.end(), dotless.begin(), [](char c) { return c != '.'; });
    const std::string_view nested(dotless.data(), static_cast<size_t>(end - dotless.begin()));
    for (uint8_t s = 0; s < kSystems; ++s) {
      const auto system = static_cast<System>(s);
      if (!(tables & bit(system))) continue;
      if (hierarchical(system)) {
        // Without a system or a dot, three digits are any ward or room and not ICD-9.
        const bool anything = tables == kUnknown && (kIcd9All & bit(system)) && code.find('.') == code.npos;
        if (shaped(system, code) && !anything) out = out | in(system, nested);
      } else if (tables != kUnknown || code.size() > 1) {  // one letter says nothing without its system
        out = out | in(system, code);
      }
    }
    return out;
  }

  // A code as people write it may be several: split where no plain code has a character. `keep` is a character that
  // stays.
  Set of_written(uint16_t tables, std::string_view text, char keep) const {
    Set out;
    Written code;
    const auto flush = [&] {
      if (code.size) out = out | of_plain(tables, code.view());
      code.size = 0;
    };
    for (size_t i = 0; i < text.size(); ++i) {
      char c = text[i];
      // Full-width forms U+FF01..U+FF5E are EF BC 81..BF and EF BD 80..9E.
      if (c == '\xEF' && i + 2 < text.size() && (text[i + 1] == '\xBC' || text[i + 1] == '\xBD')) {
        const int wide =
            (static_cast<unsigned char>(text[i + 1]) - 0xBC) * 64 + (static_cast<unsigned char>(text[i + 2]) - 0x80);
        c = static_cast<char>(wide + 0x20);
        i += 2;
      }
      c = upper(c);
      if (letter(c) || digit(c) || c == '.' || c == keep) {
        code.add(c);
      } else {
        flush();
      }
    }
    flush();
    return out;
  }
};

Labels::Labels(std::unique_ptr<const Index> index) : index_(std::move(index)) {}
Labels::~Labels() = default;
Labels::Labels(Labels&&) noexcept = default;
Labels& Labels::operator=(Labels&&) noexcept = default;

const Digest& Labels::digest() const { return index_->digest; }

words::Set<words::Label> Labels::of(std::string_view system, std::string_view code) const {
  const uint16_t tables = tables_of(system);
  Set out;
  if (tables & bit(kLoinc)) out = index_->of_written(bit(kLoinc), code, '-');
  return out | index_->of_written(tables == kUnknown ? kUnknown : tables & ~bit(kLoinc), code, '.');
}

namespace {

struct Entry {
  System system;
  std::string low, high;
};

// The system and code columns of a line; the error is what is wrong with them.
Result<Entry> read_entry(std::string_view system_name, std::string_view code) {
  const auto bad = [](std::string what) { return make_error(Code::kInvalid, std::move(what)); };
  const auto* found = std::find(std::begin(kSystemNames), std::end(kSystemNames), system_name);
  if (found == std::end(kSystemNames)) {
    return bad(fmt::format("`{}` is not a code system; write one of {}", system_name, fmt::join(kSystemNames, " ")));
  }
  const auto system = static_cast<System>(found - kSystemNames);
  const auto fits = [&](std::string_view c) {
    if (c.empty() || c.size() > kCodeBytes) return false;
    if (hierarchical(system)) return shaped(system, c);
    if (system == kAct) return std::all_of(c.begin(), c.end(), letter);
    return std::all_of(c.begin(), c.end(), [&](char x) { return digit(x) || (x == '-' && system == kLoinc); });
  };
  const size_t dash = hierarchical(system) ? code.find('-') : code.npos;
  const std::string_view low = code.substr(0, dash), high = dash == code.npos ? low : code.substr(dash + 1);
  if (!fits(low) || !fits(high)) return bad(fmt::format("`{}` is not a code of {}", code, system_name));
  if (!hierarchical(system)) return Entry{system, std::string(low), std::string(high)};
  Entry entry{system, without_dots(low), without_dots(high)};
  if (entry.low > entry.high) return bad(fmt::format("the range `{}` ends before it begins", code));
  return entry;
}

}  // namespace

Result<Labels> Labels::parse(std::string_view text) {
  if (text.size() > limits::kConfigBytes) {
    return make_error(Code::kTooLarge, fmt::format("the label file is larger than {} bytes", limits::kConfigBytes));
  }
  auto index = std::make_unique<Index>();
  index->digest = crypto::sha256(view(text));
  std::set<std::string, std::less<>> seen;
  size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    const auto bad = [&](std::string_view what) {
      return make_error(Code::kInvalid, fmt::format("label file, line {}: {}", number, what));
    };
    if (!valid_utf8(line)) return bad("not valid UTF-8");
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (trim(line).empty() || line.starts_with('#')) continue;
    const auto columns = split(line, '\t');
    if (columns.size() != 5) return bad("write label, system, code, English and Chinese gloss, with tabs between");
    const auto label = words::find<words::Label>(columns[0]);
    if (!label) return bad(fmt::format("`{}` is not a label of packs/words.toml", columns[0]));
    auto entry = read_entry(columns[1], columns[2]);
    if (!entry) return bad(entry.error().what);
    if (!seen.insert(fmt::format("{}\t{}\t{}", columns[0], columns[1], columns[2])).second)
      return bad("this code stands twice under its label");
    if (hierarchical(entry->system)) {
      index->ranges[entry->system].add(entry->low, entry->high, {*label});
    } else {
      index->exact[entry->system].add(std::move(entry->low), {*label});
    }
  }
  for (Exact& table : index->exact) table.seal();
  return Labels(std::move(index));
}

}  // namespace zhimi::classify
