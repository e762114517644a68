// Values in a form below clear. Members are written in a fixed order, so the record's order does not show.
#include <fmt/format.h>

#include "base/text.h"
#include "shape/forms.h"
#include "shape/walk.h"

namespace zhimi::shape {

namespace {
bool is_token(Show show) { return show == Show::kToken || show == Show::kTokenLink; }
}  // namespace

Walk::Step Walk::render(const Rule& rule, const Row& row, uint32_t i, bool& token_shown) {
  const uint32_t next = skip_from(i);
  // One token stands for all: their number would tell how many names or numbers there are.
  const bool single = is_token(rule.show) && rule.kind != Kind::kReference && rule.kind != Kind::kResourceId;
  if (!next || (single && token_shown)) return {next, false};
  flush_until(at_[i]);
  bool shown = false;
  if (rule.kind <= Kind::kResourceId) {
    std::optional<std::string> text = string_at(i);
    shown = text && render_text(rule, row, *text);
  } else {
    shown = first(i) == '{' && render_object(rule, i);
  }
  token_shown |= shown && single;
  return {next, shown};
}

bool Walk::render_text(const Rule& rule, const Row& row, std::string_view text) {
  if (rule.kind == Kind::kReference) return put_reference(text);
  if (rule.kind == Kind::kResourceId) return put_resource_id(row, text);
  switch (rule.show) {
    case Show::kToken:
    case Show::kTokenLink:
      return put_token();
    case Show::kSurname:
      put_string(mask_surname(text));
      return true;
    case Show::kTail:
      put_string(mask_tail(text));
      return true;
    case Show::kYear:
    case Show::kMonth: {
      std::string_view date = coarse_date(text, rule.show == Show::kMonth);
      if (date.empty()) return false;
      put_string(date);
      return true;
    }
    case Show::kDial:
      return put_dial();
    default:
      return false;
  }
}

bool Walk::render_object(const Rule& rule, uint32_t i) {
  switch (rule.kind) {
    case Kind::kHumanName:
      return put_human_name(rule.show, i);
    case Kind::kIdentifier:
      return put_identifier(rule.show, i);
    case Kind::kContactPoint:
      return put_contact_point(rule.show, i);
    case Kind::kAddress:
      return put_address(rule.show, i);
    case Kind::kPeriod:
      return put_period(rule.show, i);
    default:
      return false;
  }
}

void Walk::put_string(std::string_view text) {
  out_.put('"');
  out_.put(json_escape(text));
  out_.put('"');
}

void Walk::put_member(std::string_view key, std::string_view text) {
  out_.put(out_.data()[out_.size() - 1] == '{' ? "" : ",");
  put_string(key);
  out_.put(':');
  put_string(text);
}

const std::string* Walk::token() {
  if (!keys_.tokens) return nullptr;
  if (token_.empty()) token_ = keys_.tokens->token({keys_.patient_number, keys_.recipient});
  return &token_;
}

bool Walk::put_token() {
  const std::string* mine = token();
  if (mine) put_string(*mine);
  return mine != nullptr;
}

bool Walk::put_reference(std::string_view reference) {
  const std::string* mine = token();
  if (!mine) return false;
  Reference r = parse_reference(reference);
  bool own = !keys_.patient_id.empty() && r.id == keys_.patient_id;
  auto pseudonym = [&](std::string_view name) { return keys_.tokens->pseudonym(keys_.recipient, name); };
  switch (r.way) {
    case Reference::Way::kResource: {
      std::string name = fmt::format("{}/{}", r.type, r.id);
      put_string(fmt::format("{}/{}", r.type, own && r.type == "Patient" ? *mine : pseudonym(name)));
      break;
    }
    case Reference::Way::kFragment:
      put_string(r.id.empty() ? "#" : "#" + pseudonym(reference));
      break;
    case Reference::Way::kUrn:
      put_string(own ? *mine : pseudonym(reference));
      break;
    case Reference::Way::kOther:
      put_string(pseudonym(reference));
      break;
  }
  return true;
}

bool Walk::put_resource_id(const Row& row, std::string_view id) {
  const std::string* mine = token();
  if (!mine) return false;
  const std::string& type = view_.layout->types[row.type].name;
  if (contained_)
    put_string(keys_.tokens->pseudonym(keys_.recipient, fmt::format("#{}", id)));
  else if (type == "Patient" && id == keys_.patient_id)
    put_string(*mine);
  else
    put_string(keys_.tokens->pseudonym(keys_.recipient, fmt::format("{}/{}", type, id)));
  return true;
}

bool Walk::put_dial() {
  if (keys_.dial_prefix.empty()) return false;
  put_string(fmt::format("dial:{}.{}", keys_.dial_prefix, ++dialed_));
  return true;
}

bool Walk::holds_string(uint32_t i) const {
  if (!i) return false;
  if (first(i) != '[') return string_at(i).has_value();
  std::vector<uint32_t> found;
  if (!elements(i, found)) return false;
  for (uint32_t e : found)
    if (string_at(e)) return true;
  return false;
}

bool Walk::put_human_name(Show show, uint32_t i) {
  Wanted wanted[] = {{"use"}, {"text"}, {"family"}, {"given"}};
  if (!gather(i, wanted, false)) return false;
  std::optional<std::string> use = string_at(wanted[0].value), text = string_at(wanted[1].value),
                             family = string_at(wanted[2].value);
  bool given = holds_string(wanted[3].value);
  if (!text && !family && !given) return false;
  if (is_token(show)) {
    out_.put("{\"text\":");
    if (!put_token()) return false;
    out_.put('}');
    return true;
  }
  out_.put('{');
  if (use && is_name_use(*use)) put_member("use", *use);
  if (text) put_member("text", mask_surname(*text));
  if (family) put_member("family", *family);
  if (given) out_.put(out_.data()[out_.size() - 1] == '{' ? R"("given":["*"])" : R"(,"given":["*"])");
  out_.put('}');
  return true;
}

bool Walk::put_identifier(Show show, uint32_t i) {
  Wanted wanted[] = {{"value"}};
  if (!gather(i, wanted, false)) return false;
  std::optional<std::string> value = string_at(wanted[0].value);
  if (!value) return false;
  out_.put("{\"value\":");
  if (show == Show::kTail)
    put_string(mask_tail(*value));
  else if (!is_token(show) || !put_token())
    return false;
  out_.put('}');
  return true;
}

bool Walk::put_contact_point(Show show, uint32_t i) {
  Wanted wanted[] = {{"system"}, {"value"}, {"use"}};
  if (!gather(i, wanted, false)) return false;
  std::optional<std::string> system = string_at(wanted[0].value), value = string_at(wanted[1].value),
                             use = string_at(wanted[2].value);
  if (!value) return false;
  out_.put('{');
  if (system && is_contact_system(*system)) put_member("system", *system);
  out_.put(out_.data()[out_.size() - 1] == '{' ? "\"value\":" : ",\"value\":");
  if (show == Show::kTail)
    put_string(mask_tail(*value));
  else if (!put_dial())
    return false;
  if (show == Show::kTail && use && is_contact_use(*use)) put_member("use", *use);
  out_.put('}');
  return true;
}

bool Walk::put_address(Show show, uint32_t i) {
  Wanted wanted[] = {{"city"}, {"state"}, {"country"}};
  if (!gather(i, wanted, false)) return false;
  bool any = false;
  out_.put('{');
  for (size_t k = show == Show::kCity ? 0 : 1; k < 3; ++k)
    if (std::optional<std::string> part = string_at(wanted[k].value)) {
      put_member(wanted[k].key, *part);
      any = true;
    }
  out_.put('}');
  return any;
}

bool Walk::put_period(Show show, uint32_t i) {
  Wanted wanted[] = {{"start"}, {"end"}};
  if (!gather(i, wanted, false)) return false;
  bool any = false;
  out_.put('{');
  for (const Wanted& w : wanted)
    if (std::optional<std::string> date = string_at(w.value))
      if (std::string_view kept = coarse_date(*date, show == Show::kMonth); !kept.empty()) {
        put_member(w.key, kept);
        any = true;
      }
  out_.put('}');
  return any;
}

}  // namespace zhimi::shape
