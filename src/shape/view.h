// A compiled view: for every type of the map, under every way its enclosing element can be shown, one rule a field.
#pragma once

#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "classify/map.h"
#include "shape/shape.h"

namespace zhimi::shape {

// How a category is shown. Tokens of `link` render references, those of other categories name the patient.
enum class Show : uint8_t {
  kHidden,
  kClear,
  kToken,
  kTokenLink,
  kSurname,
  kTail,
  kProvince,
  kCity,
  kYear,
  kMonth,
  kDial
};
inline constexpr size_t kShows = 11;

enum class Act : uint8_t {
  kDrop,
  kScalar,      // JSON scalars as they are
  kObject,      // by `row`
  kExtension,   // its url may replace `show`
  kIdentifier,  // its system may replace `show`
  kResource,    // by its own resourceType; withheld, it takes the object that holds it along
  kContained,   // by its own resourceType
  kRender,      // `kind` written in the form `show`
};

// What kind of value a form is applied to.
enum class Kind : uint8_t {
  kText,
  kDate,
  kReference,
  kResourceId,
  kHumanName,
  kIdentifier,
  kContactPoint,
  kAddress,
  kPeriod
};

struct Rule {
  Act act = Act::kDrop;
  Show show = Show::kHidden;
  Kind kind = Kind::kText;
  bool content = true;  // false: does not make its object worth showing (an element's id, an extension's url)
  uint32_t row = 0;
};

inline constexpr size_t kKeyBytes = 63;     // longer keys are unknown
inline constexpr size_t kTypeFields = 480;  // a larger type is unknown

// Finds a key among those of one type. Reads up to 8 bytes behind a key.
class KeyTable {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};
  explicit KeyTable(const std::vector<std::string_view>& keys);
  uint32_t find(const uint8_t* key, size_t length) const {
    if (length - 1 >= kKeyBytes) return kNone;
    Probe p = probe(key, length);
    for (size_t at = hash(p, length);; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.first == p.first && slot.last == p.last && slot.length == length) {
        if (length <= 16 || std::memcmp(names_.data() + slot.name, key, length) == 0) [[likely]]
          return slot.index;
      }
      if (!slot.length) return kNone;
    }
  }

 private:
  static_assert(std::endian::native == std::endian::little);
  struct Probe {
    uint64_t first, last;  // the first and the last eight bytes
  };
  struct Slot {
    uint64_t first = 0, last = 0;
    uint32_t name = 0;
    uint16_t index = 0;
    uint16_t length = 0;  // 0: free
  };
  static uint64_t load(const uint8_t* p) {
    uint64_t v;
    std::memcpy(&v, p, 8);
    return v;
  }
  static Probe probe(const uint8_t* key, size_t length) {
    size_t rest = length < 8 ? 0 : length - 8;
    uint64_t mask = length < 8 ? (uint64_t{1} << (8 * length)) - 1 : ~uint64_t{0};
    return {load(key) & mask, load(key + rest) & mask};
  }
  size_t hash(Probe p, size_t length) const {
    return static_cast<size_t>(((p.first ^ std::rotl(p.last, 29)) + length) * multiplier_ >> shift_);
  }
  uint64_t multiplier_ = 0;
  int shift_ = 63;
  size_t mask_ = 0;
  std::vector<Slot> slots_;
  std::string names_;
};

// What all views of one map share.
struct Layout {
  explicit Layout(const classify::Map& from);
  static std::shared_ptr<const Layout> of(const classify::Map& map);

  classify::Map map;
  std::vector<classify::Type> types;  // the map's; resources also have resourceType; then `sidecar`
  std::vector<KeyTable> keys;         // by type
  KeyTable resources;                 // names of the resource types: index into `resource_types`
  std::vector<uint32_t> resource_types;
  uint32_t extension, identifier, sidecar;  // types; kNoType: the map has none
  static constexpr uint32_t kNoType = ~uint32_t{0};
};

// A type under one way of showing what encloses it.
struct Row {
  const KeyTable* keys = nullptr;
  uint32_t type = 0;
  uint32_t rules = 0;   // first of its rules
  uint32_t fields = 0;  // how many
  bool resource = false;
};

struct View::Impl {
  static constexpr uint32_t kNoRow = ~uint32_t{0};

  std::shared_ptr<const Layout> layout;
  words::Table table;  // what it was compiled from
  std::array<Show, words::kTableSize> shows{};
  bool sidecars = false;  // `_field` is shown beside a clear field
  std::vector<Row> rows;
  std::vector<Rule> rules;
  std::vector<uint32_t> resource_rows;  // as Layout::resource_types; kNoRow: withheld
  std::array<uint32_t, kShows> extension_rows{};
  uint32_t identifier_row = kNoRow, sidecar_row = kNoRow;
};

}  // namespace zhimi::shape
