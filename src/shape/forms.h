// How one value is written in a form below clear. Pure functions over unescaped text; the result depends on nothing
// else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace zhimi::shape {

// The contents of a JSON string (RFC 8259 section 7) as UTF-8; nullopt: a bad escape or a lone surrogate.
std::optional<std::string> unescape(std::string_view raw);
// A JSON number (RFC 8259 section 6) of at most limits::kJsonNumberBytes.
bool valid_number(std::string_view s);

// masked(surname): the first character when it is a Han character (two for a known compound surname with something
// behind it) and "*"; for any other text "*".
std::string mask_surname(std::string_view name);
// masked(tail): "****" and the last four code points of eight or more.
std::string mask_tail(std::string_view value);
// coarse(year), coarse(month): the start of a FHIR date, dateTime or instant; empty when it is none of them.
std::string_view coarse_date(std::string_view date, bool to_month);

// What a FHIR reference names (R4 section 2.3.0).
struct Reference {
  enum class Way { kResource, kFragment, kUrn, kOther };
  Way way = Way::kOther;
  std::string_view type, id;  // kResource: both, taken from the end of an absolute URL too; kFragment, kUrn: id
};
Reference parse_reference(std::string_view reference);

// The closed code lists that forms keep beside a rendered value.
bool is_contact_system(std::string_view code);
bool is_contact_use(std::string_view code);
bool is_name_use(std::string_view code);

}  // namespace zhimi::shape
