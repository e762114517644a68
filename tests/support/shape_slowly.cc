#include "support/shape_slowly.h"

#include <fmt/format.h>

#include "base/text.h"
#include "shape/forms.h"
#include "support/tree.h"

namespace zhimi::testing {

namespace {

using classify::Field;
using classify::Primitive;
using classify::Type;
using shape::Reference;
using words::Category;
using words::Form;
using Text = std::optional<std::string>;  // JSON; nullopt: hidden

std::string quote(std::string_view s) { return "\"" + json_escape(s) + "\""; }

// How something is shown; no form is hidden.
struct Showing {
  std::optional<Form> form;
  bool link = false;  // by category `link`
  bool hidden() const { return !form; }
  bool clear() const { return form == Form::kClear; }
  bool token() const { return form == Form::kToken; }
};

class Slow {
 public:
  Slow(const classify::Map& map, const words::Table& table, const shape::Keys& keys, Leak leak)
      : map_(map), table_(table), keys_(keys), leak_(leak), dialed_(keys.dialed ? *keys.dialed : 0) {}

  Text resource(const Tree& v, bool contained) {
    const Tree* name = v.find("resourceType");
    if (!v.object() || !name || name->kind != Tree::Kind::kString) return std::nullopt;
    const Type* type = map_.find(std::string_view(name->raw).substr(1, name->raw.size() - 2));
    if (!type || !type->resource) return std::nullopt;
    bool gate = words::rendering(type->gate, table_[type->gate]).has_value();
    type->also.each([&](Category c) { gate |= words::rendering(c, table_[c]).has_value(); });
    if (!gate && !(contained && leak_ == Leak::kIgnoresContainedGate)) return std::nullopt;
    bool outside = contained_;
    contained_ |= contained;
    Text out = object(*type, showing(type->gate), v);
    contained_ = outside;
    return out;
  }
  uint32_t dialed() const { return dialed_; }

 private:
  Showing showing(Category c) const {
    if (c == Category::kStructure) return {Form::kClear};
    return {words::rendering(c, table_[c]), c == Category::kLink};
  }

  static bool is_reference(const Type& t) { return t.name == "Reference" || t.name.starts_with("Reference("); }

  bool hides_text(const Field& f, Showing s) const {
    if (leak_ == Leak::kIgnoresText) return false;
    return f.text && !(s.clear() && showing(Category::kNote).clear());
  }

  // The showing of a field in an element of `type` that is itself shown as `around`.
  Showing field_showing(const Type& type, const Field& f, Showing around) const {
    if (type.name == "Extension" && f.name == "url") return {Form::kClear};
    if (type.name == "Bundle" && f.name == "total") return {};
    Showing s = f.inherits ? around : showing(f.category);
    if (leak_ == Leak::kKeepsDisplay && is_reference(type) && f.name == "display") s = {Form::kClear};
    return hides_text(f, s) ? Showing{} : s;
  }

  Text object(const Type& type, Showing around, const Tree& v) {
    std::string out;
    bool content = type.resource, withheld = false;
    uint32_t dialed = dialed_;
    for (const auto& [key, value] : v.members) {
      Text shown;
      bool counts = true;
      if (const Field* f = type.field(key)) {
        shown = field(type, *f, around, v, value);
        counts = type.resource || !(key == "id" || (type.name == "Extension" && key == "url"));
        withheld |= !shown && !type.resource && f->primitive == Primitive::kResource &&
                    field_showing(type, *f, around).clear() && key != "contained";
      } else if (type.resource && key == "resourceType") {
        if (value.scalar()) shown = value.write();
      } else if (key.starts_with('_')) {
        shown = sidecar(type, type.field(std::string_view(key).substr(1)), around, v, value);
      } else if (leak_ == Leak::kKeepsUnknownKeys) {
        shown = value.write();
      }
      if (!shown && leak_ == Leak::kLeavesEmptyObject && value.object()) shown = "{}";
      if (!shown && leak_ == Leak::kLeavesNull && !value.null()) shown = "null";
      if (!shown) continue;
      out += (out.empty() ? "\"" : ",\"") + key + "\":" + *shown;
      content |= counts;
    }
    if (content && !withheld) return "{" + out + "}";
    dialed_ = dialed;
    return std::nullopt;
  }

  Text field(const Type& type, const Field& f, Showing around, const Tree& object, const Tree& value) {
    Showing s = field_showing(type, f, around);
    if (f.primitive != Primitive::kComplex && f.primitive != Primitive::kResource && s.clear()) {
      if (value.array()) return aligned(type, f, s, object, true);
      return value.scalar() ? Text(value.write()) : std::nullopt;
    }
    bool token_shown = false;
    if (!value.array()) return one(type, f, s, value, token_shown);
    std::string out;
    for (const Tree& e : value.elements) {
      Text shown = one(type, f, s, e, token_shown);
      if (!shown && leak_ == Leak::kKeepsArrayLength) shown = "null";
      if (shown) out += (out.empty() ? "" : ",") + *shown;
    }
    return out.empty() ? std::nullopt : Text("[" + out + "]");
  }

  // A single value of a field.
  Text one(const Type& type, const Field& f, Showing s, const Tree& v, bool& token_shown) {
    if (f.primitive == Primitive::kResource) return s.clear() ? resource(v, f.name == "contained") : std::nullopt;
    if (f.primitive != Primitive::kComplex) return primitive(type, f, s, v, token_shown);
    if (!v.object()) return std::nullopt;
    const Type& child = map_.types()[f.type];
    if (child.name == "Extension") return extension(child, s, v);
    if (child.name == "Identifier")
      if (const Tree* system = v.find("system"); system && system->kind == Tree::Kind::kString)
        if (const Category* c = map_.identifier_system(*system->text())) s = showing(*c);
    if (s.hidden()) return std::nullopt;
    if (s.clear() || is_reference(child)) return object(child, s, v);
    return rendered(child, s, v, token_shown);
  }

  Text extension(const Type& type, Showing s, const Tree& v) {
    if (leak_ == Leak::kPassesExtensions) return v.write();
    if (const Tree* url = v.find("url"); url && url->kind == Tree::Kind::kString)
      if (const Category* c = map_.extension_url(*url->text())) s = showing(*c);
    return s.hidden() ? std::nullopt : object(type, s, v);
  }

  // `_field` of the object: kept beside a clear field when extensions are clear.
  bool keeps_sidecar(const Type& type, const Field* f, Showing around) const {
    if (!f || f->primitive == Primitive::kComplex || f->primitive == Primitive::kResource) return false;
    if (leak_ == Leak::kKeepsSidecars) return true;
    return field_showing(type, *f, around).clear() && showing(Category::kExtension).clear();
  }
  Text sidecar(const Type& type, const Field* f, Showing around, const Tree& object, const Tree& value) {
    if (!keeps_sidecar(type, f, around)) return std::nullopt;
    if (leak_ == Leak::kKeepsSidecars) return value.write();
    if (value.array()) return aligned(type, *f, around, object, false);
    return element(value);
  }
  Text element(const Tree& v) {
    if (!v.object()) return std::nullopt;
    std::string id, out;
    const Field extensions{.name = "extension",
                           .category = Category::kExtension,
                           .primitive = Primitive::kComplex,
                           .type = static_cast<uint32_t>(map_.find("Extension") - map_.types().data())};
    Type type{
        .name = "(element)",
        .fields = {extensions, {.name = "id", .category = Category::kStructure, .primitive = Primitive::kString}}};
    return object(type, {Form::kClear}, v);
  }

  // Values and sidecars side by side; positions where neither shows anything go, and nulls at the end.
  Text aligned(const Type& type, const Field& f, Showing s, const Tree& object, bool want_values) {
    static const Tree kNothing;
    const Tree* v = object.find(f.name);
    const Tree* beside = object.find("_" + f.name);
    bool paired = v && v->array() && beside && beside->array() && keeps_sidecar(type, &f, s);
    if (want_values && !paired) beside = &kNothing;
    if (!want_values && !paired) v = &kNothing;
    std::vector<std::pair<Text, Text>> positions;
    uint32_t dialed = dialed_;
    for (size_t k = 0; k < std::max(v->elements.size(), beside->elements.size()); ++k) {
      Text value, side;
      if (k < v->elements.size() && v->elements[k].scalar()) value = v->elements[k].write();
      if (k < beside->elements.size() && beside->elements[k].object()) side = element(beside->elements[k]);
      if (value || side) positions.emplace_back(value, side);
    }
    if (want_values) dialed_ = dialed;
    std::string out, upto_last;
    for (const auto& [value, side] : positions) {
      const Text& mine = want_values ? value : side;
      out += (out.empty() ? "" : ",") + mine.value_or("null");
      if (mine) upto_last = out;
    }
    return upto_last.empty() ? std::nullopt : Text("[" + upto_last + "]");
  }

  Text primitive(const Type& type, const Field& f, Showing s, const Tree& v, bool& token_shown) {
    if (s.hidden()) return std::nullopt;
    if (s.clear()) return v.scalar() ? Text(v.write()) : std::nullopt;
    Text text = v.text();
    if (!text) return std::nullopt;
    bool words = f.primitive == Primitive::kString || f.primitive == Primitive::kId;
    bool names = words || f.primitive == Primitive::kUri;
    if (!type.resource && f.name == "id") return std::nullopt;
    if (is_reference(type) && f.inherits && f.name != "reference") return std::nullopt;
    switch (*s.form) {
      case Form::kToken:
        if (!names) return std::nullopt;
        if (type.resource && f.name == "id") return resource_id(type.name, *text);
        if (s.link || (is_reference(type) && f.name == "reference")) return reference(*text);
        return single_token(*text, token_shown);
      case Form::kMaskedSurname:
        return words ? Text(quote(masked_name(*text))) : std::nullopt;
      case Form::kMaskedTail:
        return names ? Text(quote(shape::mask_tail(*text))) : std::nullopt;
      case Form::kCoarseYear:
      case Form::kCoarseMonth:
        return f.primitive == Primitive::kDate ? date(s, *text) : std::nullopt;
      case Form::kDial:
        return names ? dial(*text) : std::nullopt;
      default:
        return std::nullopt;
    }
  }

  Text rendered(const Type& type, Showing s, const Tree& v, bool& token_shown) {
    auto text = [&](std::string_view key) {
      const Tree* t = v.find(key);
      return t ? t->text() : Text();
    };
    if (type.name == "HumanName") return human_name(s, v, token_shown);
    if (type.name == "Identifier") {
      Text value = text("value");
      if (!value) return std::nullopt;
      if (s.form == Form::kMaskedTail) return "{\"value\":" + quote(shape::mask_tail(*value)) + "}";
      Text token = s.token() ? single_token(*value, token_shown) : Text();
      return token ? Text("{\"value\":" + *token + "}") : std::nullopt;
    }
    if (type.name == "ContactPoint" && (s.form == Form::kMaskedTail || s.form == Form::kDial)) {
      Text value = text("value"), system = text("system"), use = text("use"), shown;
      if (!value) return std::nullopt;
      shown = s.form == Form::kDial ? dial(*value) : Text(quote(shape::mask_tail(*value)));
      if (!shown) return std::nullopt;
      std::string out;
      if (system && shape::is_contact_system(*system)) out += "\"system\":" + quote(*system) + ",";
      out += "\"value\":" + *shown;
      if (s.form == Form::kMaskedTail && use && shape::is_contact_use(*use)) out += ",\"use\":" + quote(*use);
      return "{" + out + "}";
    }
    std::string out;
    auto put = [&](std::string_view key, const Text& json) {
      if (json) out += (out.empty() ? "\"" : ",\"") + std::string(key) + "\":" + *json;
    };
    if (type.name == "Address" && (s.form == Form::kCoarseCity || s.form == Form::kCoarseProvince)) {
      if (s.form == Form::kCoarseCity && text("city")) put("city", quote(*text("city")));
      if (text("state")) put("state", quote(*text("state")));
      if (text("country")) put("country", quote(*text("country")));
    }
    if (type.name == "Period" && (s.form == Form::kCoarseYear || s.form == Form::kCoarseMonth)) {
      if (text("start")) put("start", date(s, *text("start")));
      if (text("end")) put("end", date(s, *text("end")));
    }
    return out.empty() ? std::nullopt : Text("{" + out + "}");
  }

  Text human_name(Showing s, const Tree& v, bool& token_shown) {
    auto text = [&](std::string_view key) {
      const Tree* t = v.find(key);
      return t ? t->text() : Text();
    };
    Text whole = text("text"), family = text("family"), given = text("given"), use = text("use");
    size_t length = 0;
    if (const Tree* t = v.find("given"); t && t->array())
      for (const Tree& e : t->elements)
        if (Text one = e.text()) {
          given = one;
          length += code_points(*one);
        }
    if (!whole && !family && !given) return std::nullopt;
    if (s.token()) {
      Text token = single_token(whole ? *whole : family ? *family : *given, token_shown);
      return token ? Text("{\"text\":" + *token + "}") : std::nullopt;
    }
    if (s.form != Form::kMaskedSurname) return std::nullopt;
    std::string out;
    auto put = [&](std::string json) { out += (out.empty() ? "" : ",") + json; };
    if (use && shape::is_name_use(*use)) put("\"use\":" + quote(*use));
    if (whole) put("\"text\":" + quote(masked_name(*whole)));
    if (family) put("\"family\":" + quote(*family));
    if (given) put("\"given\":[\"" + std::string(leak_ == Leak::kMaskKeepsLength ? length : 1, '*') + "\"]");
    return "{" + out + "}";
  }

  std::string masked_name(const std::string& name) const {
    std::string masked = shape::mask_surname(name);
    if (leak_ == Leak::kMaskKeepsLength) masked.append(code_points(name), '*');
    return masked;
  }

  Text date(Showing s, const std::string& text) const {
    std::string_view date = shape::coarse_date(text, s.form == Form::kCoarseMonth);
    if (date.empty()) return std::nullopt;
    return quote(leak_ == Leak::kCoarseKeepsDay ? std::string_view(text) : date);
  }

  Text token() const {
    if (!keys_.tokens) return std::nullopt;
    return keys_.tokens->token({keys_.patient_number, keys_.recipient});
  }
  Text single_token(const std::string& text, bool& shown) const {
    if (!keys_.tokens || (shown && leak_ != Leak::kOneTokenPerName)) return std::nullopt;
    shown = true;
    return quote(leak_ == Leak::kTokenFromName ? keys_.tokens->pseudonym(0, text) : *token());
  }
  std::string pseudonym(std::string_view name) const { return keys_.tokens->pseudonym(keys_.recipient, name); }

  Text reference(const std::string& text) const {
    if (!keys_.tokens) return std::nullopt;
    Reference r = shape::parse_reference(text);
    bool own = !keys_.patient_id.empty() && r.id == keys_.patient_id;
    std::string type(r.type), id(r.id);
    if (r.way == Reference::Way::kResource)
      return quote(type + "/" + (own && type == "Patient" ? *token() : pseudonym(type + "/" + id)));
    if (r.way == Reference::Way::kFragment) return quote(id.empty() ? "#" : "#" + pseudonym(text));
    if (r.way == Reference::Way::kUrn) return quote(own ? *token() : pseudonym(text));
    return quote(pseudonym(text));
  }
  Text resource_id(const std::string& type, const std::string& id) const {
    if (!keys_.tokens) return std::nullopt;
    if (contained_) return quote(pseudonym("#" + id));
    return quote(type == "Patient" && id == keys_.patient_id ? *token() : pseudonym(type + "/" + id));
  }
  Text dial(const std::string& number) {
    if (keys_.dial_prefix.empty()) return std::nullopt;
    std::string handle = fmt::format("dial:{}.{}", keys_.dial_prefix, ++dialed_);
    if (leak_ == Leak::kDialShowsLastDigit && !number.empty()) handle += number.back();
    return quote(handle);
  }

  const classify::Map& map_;
  const words::Table& table_;
  const shape::Keys& keys_;
  const Leak leak_;
  uint32_t dialed_;
  bool contained_ = false;
};

}  // namespace

Result<size_t> shape_slowly(ByteView resource, const classify::Map& map, const words::Table& table,
                            const shape::Keys& keys, Bytes& out, Leak leak) {
  Slow slow(map, table, keys, leak);
  Text shown = slow.resource(Tree::parse(text(resource)), false);
  if (!shown) return size_t{0};
  if (leak == Leak::kPadsToInput && shown->size() < resource.size())
    shown->append(resource.size() - shown->size(), ' ');
  if (keys.dialed) *keys.dialed = slow.dialed();
  append(out, *shown);
  return shown->size();
}

}  // namespace zhimi::testing
