// The part of TOML 1.0 that the hospital's files are written in: [section], [[section]], bare keys, texts of one line,
// whole numbers, lists of texts. What is read here means the same to every TOML reader; what is TOML beyond it is
// refused by name. Private to the room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace zhimi::directory {

struct Place {
  size_t line = 1, column = 1;  // columns count code points
};

// Mistakes in the order they are found, so that one run shows the first of them.
class Report {
 public:
  explicit Report(std::string_view file_name) : file_name_(file_name) {}
  void add(Place where, std::string_view what);
  size_t count() const { return count_; }
  bool clean() const { return count_ == 0; }
  bool shown() const { return count_ < kShown; }  // whether one more mistake would be shown: suggestions cost time
  Error error() const;

 private:
  static constexpr size_t kShown = 10;
  std::string file_name_, text_;
  size_t count_ = 0;
};

struct TomlText {
  std::string value;
  Place at;
};
struct TomlEntry {
  std::string key;
  Place key_at, value_at;
  std::variant<std::string, int64_t, std::vector<TomlText>> value;
};
struct TomlSection {
  std::string name;  // empty for what stands before the first section
  Place at;
  bool repeated = false;  // [[name]]
  std::vector<TomlEntry> entries;
  const TomlEntry* find(std::string_view key) const;
};

// Sections in the order of the file, the nameless one first. Stops at the first mistake, which is in `report`. Any
// bytes may come in.
std::vector<TomlSection> parse_toml(std::string_view text, Report& report);

}  // namespace zhimi::directory
