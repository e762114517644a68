#include "classify/map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/hash.h"

namespace zhimi::classify {
namespace {

using words::Category;

constexpr std::pair<std::string_view, Primitive> kPrimitives[] = {
    {"Resource", Primitive::kResource},
    {"base64Binary", Primitive::kBase64},
    {"boolean", Primitive::kBoolean},
    {"canonical", Primitive::kUri},
    {"code", Primitive::kCode},
    {"date", Primitive::kDate},
    {"dateTime", Primitive::kDate},
    {"decimal", Primitive::kNumber},
    {"id", Primitive::kId},
    {"instant", Primitive::kDate},
    {"integer", Primitive::kNumber},
    {"markdown", Primitive::kString},
    {"oid", Primitive::kUri},
    {"positiveInt", Primitive::kNumber},
    {"string", Primitive::kString},
    {"time", Primitive::kDate},
    {"unsignedInt", Primitive::kNumber},
    {"uri", Primitive::kUri},
    {"url", Primitive::kUri},
    {"uuid", Primitive::kUri},
    {"xhtml", Primitive::kXhtml},
};

template <class Items>
auto* find_first(Items& items, std::string_view key) {
  auto it = std::lower_bound(items.begin(), items.end(), key,
                             [](const auto& item, std::string_view k) { return item.first < k; });
  return it != items.end() && it->first == key ? &it->second : nullptr;
}

// One word of a line and where it stands, for messages.
struct Word {
  std::string_view text;
  size_t column = 0;
};

// Reads the map line by line; type names are resolved when all are known. Messages name the line and column.
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {
    for (size_t i = 0; i < words::Kind<Category>::count; ++i) {
      categories_.emplace(words::name(static_cast<Category>(i)), static_cast<Category>(i));
    }
    for (const auto& [name, primitive] : kPrimitives) primitives_.emplace(name, primitive);
  }

  Status run() {
    while (!rest_.empty()) {
      ++line_;
      const std::string_view line = rest_.substr(0, rest_.find('\n'));
      rest_.remove_prefix(std::min(line.size() + 1, rest_.size()));
      ZHIMI_CHECK(cut(line));
      if (count_) ZHIMI_CHECK(line.front() == ' ' ? read_field() : read_item());
    }
    if (version.empty()) return error(1, 1, "the first item of a map must be `map fhir-r4 VERSION`");
    ZHIMI_CHECK(resolve());
    std::sort(systems.begin(), systems.end());
    std::sort(extensions.begin(), extensions.end());
    return {};
  }

  std::string version;
  std::vector<Type> types;
  std::vector<std::pair<std::string, Category>> systems, extensions;

 private:
  struct Pending {  // a field whose type is named before it is known
    uint32_t type, field;
    std::string_view name;
    uint32_t line;
    size_t column;
  };
  static constexpr size_t kWords = 64;

  Error error(size_t line, size_t column, std::string what) const {
    return make_error(Code::kInvalid, fmt::format("path map, line {}, column {}: {}", line, column, what));
  }
  Error error(const Word& word, std::string what) const { return error(line_, word.column, std::move(what)); }

  Status cut(std::string_view line) {
    count_ = 0;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    for (size_t i = 0; i < line.size();) {
      if (line[i] == ' ') {
        ++i;
        continue;
      }
      if (line[i] == '#' && (i == 0 || line[i - 1] == ' ')) break;
      const size_t end = std::min(line.find(' ', i), line.size());
      if (count_ == kWords) return error(line_, i + 1, "too many words on this line");
      words_[count_++] = {line.substr(i, end - i), i + 1};
      i = end;
    }
    return {};
  }

  Result<Category> category(const Word& word) const {
    if (auto it = categories_.find(word.text); it != categories_.end()) return it->second;
    std::string hint;
    std::vector<std::string_view> known;
    for (const auto& [name, c] : categories_) known.push_back(name);
    if (auto close = closest_word(word.text, known)) hint = fmt::format("; did you mean `{}`?", *close);
    return error(word, fmt::format("`{}` is not a category of packs/words.toml{}", word.text, hint));
  }

  Status read_item() {
    const std::string_view item = words_[0].text;
    if (item == "map") return read_version();
    if (version.empty()) return error(words_[0], "the first item of a map must be `map fhir-r4 VERSION`");
    if (item == "type") return read_type();
    if (item == "system") return read_override(systems);
    if (item == "extension") return read_override(extensions);
    return error(words_[0], fmt::format("`{}` is not map, system, extension or type", item));
  }

  Status read_version() {
    if (!version.empty()) return error(words_[0], "a map has one version");
    if (count_ != 3 || words_[1].text != "fhir-r4") return error(words_[0], "write `map fhir-r4 VERSION`");
    version = words_[2].text;
    return {};
  }

  Status read_override(std::vector<std::pair<std::string, Category>>& list) {
    if (count_ != 3) return error(words_[0], "write `system URI CATEGORY` or `extension URL CATEGORY`");
    ZHIMI_TRY(const Category c, category(words_[2]));
    for (const auto& [uri, unused] : list) {
      if (uri == words_[1].text) return error(words_[1], fmt::format("`{}` is listed twice", uri));
    }
    list.emplace_back(words_[1].text, c);
    return {};
  }

  Status read_type() {
    if (count_ < 2) return error(words_[0], "write `type NAME [gate CATEGORY [or CATEGORY]...] [patient PATH]...`");
    const std::string_view name = words_[1].text;
    if (primitives_.contains(name)) return error(words_[1], fmt::format("`{}` is a primitive type", name));
    if (!index_.emplace(name, static_cast<uint32_t>(types.size())).second) {
      return error(words_[1], fmt::format("type `{}` stands twice", name));
    }
    Type type{.name = std::string(name)};
    for (size_t i = 2; i < count_; i += 2) {
      if (i + 1 == count_) return error(words_[i], fmt::format("`{}` needs a word behind it", words_[i].text));
      if (words_[i].text == "gate" && !type.resource) {
        ZHIMI_TRY(type.gate, category(words_[i + 1]));
        type.resource = true;
      } else if (words_[i].text == "or" && type.resource && type.patient.empty()) {
        ZHIMI_TRY(words::Category also, category(words_[i + 1]));
        type.also.add(also);
      } else if (words_[i].text == "patient" && type.resource) {
        type.patient.emplace_back(words_[i + 1].text);
        paths_.push_back({static_cast<uint32_t>(types.size()), 0, words_[i + 1].text, line_, words_[i + 1].column});
      } else {
        return error(words_[i],
                     "only one `gate CATEGORY`, then `or CATEGORY`, then `patient PATH` may follow a type's name");
      }
    }
    types.push_back(std::move(type));
    return {};
  }

  Status read_field() {
    if (types.empty()) return error(words_[0], "an indented line is a field and needs a `type` above it");
    if (count_ < 3) return error(words_[0], "write `FIELD CATEGORY|= TYPE [text]`");
    Type& type = types.back();
    for (const Field& f : type.fields) {
      if (f.name == words_[0].text)
        return error(words_[0], fmt::format("field `{}` stands twice in type `{}`", f.name, type.name));
    }
    Field field{.name = std::string(words_[0].text)};
    field.inherits = words_[1].text == "=";
    if (!field.inherits) {
      ZHIMI_TRY(field.category, category(words_[1]));
    }
    if (auto it = primitives_.find(words_[2].text); it != primitives_.end()) {
      field.primitive = it->second;
    } else {
      pending_.push_back({static_cast<uint32_t>(types.size() - 1), static_cast<uint32_t>(type.fields.size()),
                          words_[2].text, line_, words_[2].column});
    }
    if (count_ > 3) {
      if (count_ > 4 || words_[3].text != "text") return error(words_[3], "only `text` may follow a field's type");
      field.text = true;
    }
    type.fields.push_back(std::move(field));
    return {};
  }

  // Sorts types and fields, and turns type names into places.
  Status resolve() {
    for (const Pending& p : pending_) {
      if (!index_.contains(p.name))
        return error(p.line, p.column, fmt::format("`{}` is neither a primitive nor a type of this map", p.name));
    }
    std::vector<uint32_t> order(types.size()), place(types.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return types[a].name < types[b].name; });
    for (uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    for (const Pending& p : pending_) types[p.type].fields[p.field].type = place[index_.at(p.name)];
    std::vector<Type> sorted(types.size());
    for (size_t i = 0; i < types.size(); ++i) sorted[place[i]] = std::move(types[i]);
    types = std::move(sorted);
    for (Type& t : types)
      std::sort(t.fields.begin(), t.fields.end(), [](const Field& a, const Field& b) { return a.name < b.name; });
    for (const Pending& p : paths_) ZHIMI_CHECK(check_path(p, types[place[p.type]]));
    return {};
  }

  // A patient path must lead through known elements to a Reference.
  Status check_path(const Pending& path, const Type& start) const {
    const Type* at = &start;
    for (std::string_view step : split(path.name, '.')) {
      const Field* field = at ? at->field(step) : nullptr;
      if (!field)
        return error(path.line, path.column, fmt::format("type `{}` has no element `{}`", start.name, path.name));
      at = field->primitive == Primitive::kComplex ? &types[field->type] : nullptr;
    }
    if (at && at->name.starts_with("Reference")) return {};
    return error(path.line, path.column, fmt::format("`{}` of type `{}` is not a Reference", path.name, start.name));
  }

  std::string_view rest_;
  uint32_t line_ = 0;
  std::array<Word, kWords> words_;
  size_t count_ = 0;
  std::unordered_map<std::string_view, Category> categories_;
  std::unordered_map<std::string_view, Primitive> primitives_;
  std::unordered_map<std::string_view, uint32_t> index_;  // type name → place in `types` as read
  std::vector<Pending> pending_, paths_;
};

}  // namespace

const Field* Type::field(std::string_view key) const {
  auto it = std::lower_bound(fields.begin(), fields.end(), key,
                             [](const Field& f, std::string_view k) { return f.name < k; });
  return it != fields.end() && it->name == key ? &*it : nullptr;
}

Result<Map> Map::parse(std::string_view text) {
  if (text.size() > limits::kConfigBytes) {
    return make_error(Code::kTooLarge, fmt::format("the path map is larger than {} bytes", limits::kConfigBytes));
  }
  if (!valid_utf8(text)) return make_error(Code::kInvalid, "the path map is not valid UTF-8");
  Parser parser(text);
  ZHIMI_CHECK(parser.run());
  Map map;
  map.types_ = std::move(parser.types);
  map.systems_ = std::move(parser.systems);
  map.extensions_ = std::move(parser.extensions);
  map.version_ = std::move(parser.version);
  map.digest_ = crypto::sha256(view(text));
  return map;
}

const Type* Map::find(std::string_view type_name) const {
  auto it = std::lower_bound(types_.begin(), types_.end(), type_name,
                             [](const Type& t, std::string_view n) { return t.name < n; });
  return it != types_.end() && it->name == type_name ? &*it : nullptr;
}

const Category* Map::identifier_system(std::string_view system) const { return find_first(systems_, system); }

const Category* Map::extension_url(std::string_view url) const { return find_first(extensions_, url); }

}  // namespace zhimi::classify
