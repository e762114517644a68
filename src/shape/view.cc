#include "shape/view.h"

#include <algorithm>
#include <mutex>

namespace zhimi::shape {

using classify::Field;
using classify::Primitive;
using classify::Type;
using words::Category;
using words::Form;

KeyTable::KeyTable(const std::vector<std::string_view>& keys) {
  const size_t size = std::bit_ceil(std::max<size_t>(4, keys.size() * 2));
  shift_ = 64 - std::countr_zero(size);
  mask_ = size - 1;
  std::vector<Probe> probes;
  for (std::string_view key : keys) {
    uint8_t padded[kKeyBytes + 8] = {};
    std::memcpy(padded, key.data(), key.size());
    probes.push_back(probe(padded, key.size()));
  }
  // Of a few multipliers, the one under which the fewest keys meet.
  uint64_t best = 1;
  size_t fewest = ~size_t{0};
  std::vector<uint8_t> taken(size);
  multiplier_ = 0x9e3779b97f4a7c15;
  for (int attempt = 0; attempt < 48 && fewest; ++attempt, multiplier_ *= 0xd1342543de82ef95) {
    size_t meetings = 0;
    std::fill(taken.begin(), taken.end(), uint8_t{0});
    for (size_t i = 0; i < keys.size(); ++i) {
      uint8_t& slot = taken[hash(probes[i], keys[i].size())];
      meetings += slot;
      slot = 1;
    }
    if (meetings < fewest) {
      fewest = meetings;
      best = multiplier_;
    }
  }
  multiplier_ = best;
  slots_.resize(size);
  for (size_t i = 0; i < keys.size(); ++i) {
    size_t at = hash(probes[i], keys[i].size());
    while (slots_[at].length) at = (at + 1) & mask_;
    slots_[at] = {probes[i].first, probes[i].last, static_cast<uint32_t>(names_.size()), static_cast<uint16_t>(i),
                  static_cast<uint16_t>(keys[i].size())};
    names_ += keys[i];
  }
}

namespace {

std::vector<std::string_view> resource_names(const std::vector<Type>& types) {
  std::vector<std::string_view> names;
  for (const Type& t : types)
    if (t.resource && t.name.size() <= kKeyBytes) names.push_back(t.name);
  return names;
}

uint32_t index_of(const std::vector<Type>& types, std::string_view name) {
  for (uint32_t i = 0; i < types.size(); ++i)
    if (types[i].name == name) return i;
  return Layout::kNoType;
}

}  // namespace

Layout::Layout(const classify::Map& from) : map(from), types(from.types()), resources(resource_names(from.types())) {
  extension = index_of(types, "Extension");
  identifier = index_of(types, "Identifier");
  sidecar = static_cast<uint32_t>(types.size());
  Type element{.name = "(sidecar)"};
  element.fields.push_back({.name = "id", .category = Category::kStructure, .primitive = Primitive::kString});
  if (extension != kNoType)
    element.fields.push_back(
        {.name = "extension", .category = Category::kExtension, .primitive = Primitive::kComplex, .type = extension});
  types.push_back(std::move(element));
  for (uint32_t i = 0; i < types.size(); ++i) {
    Type& t = types[i];
    std::erase_if(t.fields, [](const Field& f) { return f.name.empty() || f.name.size() > kKeyBytes; });
    if (t.fields.size() >= kTypeFields) t.fields.clear();
    if (t.resource && t.name.size() <= kKeyBytes) {
      resource_types.push_back(i);
      std::erase_if(t.fields, [](const Field& f) { return f.name == "resourceType"; });
      t.fields.push_back({.name = "resourceType", .category = Category::kStructure, .primitive = Primitive::kCode});
    }
    std::vector<std::string_view> names;
    for (const Field& f : t.fields) names.push_back(f.name);
    keys.emplace_back(names);
  }
}

// A memo: building a layout takes milliseconds, and a hospital has hundreds of views over one map.
std::shared_ptr<const Layout> Layout::of(const classify::Map& map) {
  static std::mutex mutex;
  static std::vector<std::weak_ptr<const Layout>> known;
  std::lock_guard lock(mutex);
  std::erase_if(known, [](const auto& w) { return w.expired(); });
  for (const auto& w : known)
    if (auto layout = w.lock(); layout && layout->map.digest() == map.digest()) return layout;
  auto layout = std::make_shared<const Layout>(map);
  known.push_back(layout);
  return layout;
}

namespace {

Show show_of(Category category, words::FormSet forms) {
  if (category == Category::kStructure) return Show::kClear;
  std::optional<Form> form = words::rendering(category, forms);
  if (!form) return Show::kHidden;
  switch (*form) {
    case Form::kToken:
      return category == Category::kLink ? Show::kTokenLink : Show::kToken;
    case Form::kMaskedSurname:
      return Show::kSurname;
    case Form::kMaskedTail:
      return Show::kTail;
    case Form::kCoarseProvince:
      return Show::kProvince;
    case Form::kCoarseCity:
      return Show::kCity;
    case Form::kCoarseYear:
      return Show::kYear;
    case Form::kCoarseMonth:
      return Show::kMonth;
    case Form::kDial:
      return Show::kDial;
    case Form::kClear:
      return Show::kClear;
  }
  return Show::kHidden;
}

bool is_reference(const Type& t) { return t.name == "Reference" || t.name.starts_with("Reference("); }

// The rendering of a primitive below clear; kDrop where the form says nothing of such a value.
Rule primitive_rule(const Type& type, const Field& field, Show show) {
  Rule rule{.act = Act::kRender, .show = show};
  bool words = field.primitive == Primitive::kString || field.primitive == Primitive::kId;
  bool names = words || field.primitive == Primitive::kUri;
  // An element's id is no datum, and of a reference only its target is.
  if (!type.resource && (field.name == "id" || (is_reference(type) && field.inherits && field.name != "reference")))
    return {};
  switch (show) {
    case Show::kToken:
    case Show::kTokenLink:
      if (names && type.resource && field.name == "id")
        rule.kind = Kind::kResourceId;
      else if (names && (show == Show::kTokenLink || (is_reference(type) && field.name == "reference")))
        rule.kind = Kind::kReference;
      else if (!names)
        return {};
      return rule;
    case Show::kSurname:
      return words ? rule : Rule{};
    case Show::kTail:
    case Show::kDial:
      return names ? rule : Rule{};
    case Show::kYear:
    case Show::kMonth:
      rule.kind = Kind::kDate;
      return field.primitive == Primitive::kDate ? rule : Rule{};
    default:
      return {};
  }
}

// The same for a complex type.
Rule complex_rule(const Type& child, Show show) {
  auto render = [&](Kind kind) { return Rule{.act = Act::kRender, .show = show, .kind = kind}; };
  bool token = show == Show::kToken || show == Show::kTokenLink;
  if (child.name == "HumanName" && (token || show == Show::kSurname)) return render(Kind::kHumanName);
  if (child.name == "ContactPoint" && (show == Show::kTail || show == Show::kDial)) return render(Kind::kContactPoint);
  if (child.name == "Address" && (show == Show::kCity || show == Show::kProvince)) return render(Kind::kAddress);
  if (child.name == "Period" && (show == Show::kYear || show == Show::kMonth)) return render(Kind::kPeriod);
  return {};
}

class Compiler {
 public:
  Compiler(View::Impl& out, const words::Table& table) : out_(out), layout_(*out.layout), table_(table) {
    for (size_t c = 0; c < words::Kind<Category>::count; ++c)
      out_.shows[c] = show_of(static_cast<Category>(c), table[static_cast<Category>(c)]);
    note_clear_ = show(Category::kNote) == Show::kClear;
    out_.sidecars = show(Category::kExtension) == Show::kClear;
    known_.assign(layout_.types.size() * kShows, View::Impl::kNoRow);
  }

  void run() {
    out_.extension_rows.fill(View::Impl::kNoRow);
    for (uint32_t type : layout_.resource_types) {
      Category gate = layout_.types[type].gate;
      bool shown = words::rendering(gate, table_[gate]).has_value();
      layout_.types[type].also.each([&](Category c) { shown |= words::rendering(c, table_[c]).has_value(); });
      out_.resource_rows.push_back(shown ? row(type, show(gate)) : View::Impl::kNoRow);
    }
    out_.sidecar_row = row(layout_.sidecar, Show::kClear);
    if (layout_.identifier != Layout::kNoType) out_.identifier_row = row(layout_.identifier, Show::kClear);
    if (layout_.extension != Layout::kNoType)
      for (size_t s = 1; s < kShows; ++s) out_.extension_rows[s] = row(layout_.extension, static_cast<Show>(s));
    for (size_t i = 0; i < out_.rows.size(); ++i) fill(i);
  }

 private:
  Show show(Category c) const { return out_.shows[static_cast<size_t>(c)]; }

  uint32_t row(uint32_t type, Show show) {
    uint32_t& known = known_[type * kShows + static_cast<size_t>(show)];
    if (known == View::Impl::kNoRow) {
      known = static_cast<uint32_t>(out_.rows.size());
      const Type& t = layout_.types[type];
      out_.rows.push_back({&layout_.keys[type], type, 0, static_cast<uint32_t>(t.fields.size()), t.resource});
      shows_.push_back(show);
    }
    return known;
  }

  void fill(size_t at) {
    const Type& type = layout_.types[out_.rows[at].type];
    Show inherited = shows_[at];
    out_.rows[at].rules = static_cast<uint32_t>(out_.rules.size());
    for (const Field& f : type.fields) {
      Rule r = rule(type, f, f.inherits ? inherited : show(f.category));
      if (!type.resource && f.name == "id") r.content = false;
      if (type.name == "Extension" && f.name == "url") r = {.act = Act::kScalar, .content = false};
      out_.rules.push_back(r);
    }
  }

  Rule rule(const Type& type, const Field& f, Show show) {
    if (f.text && !(show == Show::kClear && note_clear_)) return {};
    // The number of matches counts what the view may hide.
    if (type.name == "Bundle" && f.name == "total") return {};
    if (f.primitive == Primitive::kResource) {
      if (show != Show::kClear) return {};
      return {.act = f.name == "contained" ? Act::kContained : Act::kResource};
    }
    if (f.primitive != Primitive::kComplex) {
      if (show == Show::kHidden) return {};
      return show == Show::kClear ? Rule{.act = Act::kScalar} : primitive_rule(type, f, show);
    }
    const Type& child = layout_.types[f.type];
    if (f.type == layout_.extension) return {.act = Act::kExtension, .show = show};
    if (f.type == layout_.identifier) return {.act = Act::kIdentifier, .show = show, .kind = Kind::kIdentifier};
    if (show == Show::kHidden) return {};
    if (show == Show::kClear || is_reference(child)) return {.act = Act::kObject, .row = row(f.type, show)};
    return complex_rule(child, show);
  }

  View::Impl& out_;
  const Layout& layout_;
  const words::Table& table_;
  bool note_clear_ = false;
  std::vector<uint32_t> known_;
  std::vector<Show> shows_;  // by row
};

}  // namespace

View::View(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
View::~View() = default;

std::shared_ptr<const View> View::compile(const classify::Map& map, const words::Table& table) {
  auto impl = std::make_unique<Impl>();
  impl->layout = Layout::of(map);
  impl->table = table;
  Compiler(*impl, table).run();
  return std::shared_ptr<const View>(new View(std::move(impl)));
}

bool View::shows(std::string_view resource_type) const {
  std::string padded(resource_type);
  padded.resize(padded.size() + 8);
  uint32_t at = impl_->layout->resources.find(reinterpret_cast<const uint8_t*>(padded.data()), resource_type.size());
  return at != KeyTable::kNone && impl_->resource_rows[at] != Impl::kNoRow;
}

}  // namespace zhimi::shape
