// Small text helpers shared by every room.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zhimi {

bool valid_utf8(std::string_view s);
// Decodes one code point at s[at] of valid UTF-8 and moves `at` past it.
char32_t next_code_point(std::string_view s, size_t& at);
size_t code_points(std::string_view s);
// Terminal columns: East Asian wide characters count two.
size_t display_width(std::string_view s);

// JSON string contents (without quotes), control characters escaped, valid UTF-8 kept as it is.
std::string json_escape(std::string_view s);

// The closest of `words` within a third of the length (at least one edit), for "did you mean".
std::optional<std::string> closest_word(std::string_view s, std::span<const std::string_view> words);

std::vector<std::string_view> split(std::string_view s, char separator);  // keeps empty pieces
std::string_view trim(std::string_view s);                                // ASCII white space

}  // namespace zhimi
