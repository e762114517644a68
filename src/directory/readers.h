// Example readers of one patient's record: who asks, where they sit, at which step and for which purpose. The demo
// shows one record through each of them; a hospital writes its own to review a policy with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "directory/directory.h"

namespace zhimi::directory {

struct Reader {
  std::string id, title_en, title_zh;
  std::string account, terminal;  // both known to the directory; terminal is empty for the account's first
  words::Step step{};             // one of the subject's steps
  words::Purpose purpose{};
  std::string reason;  // may be empty
};

struct Readers {
  std::string patient;          // id of the Patient whose record is shown
  std::string explain;          // id of the reader whose refusal is explained; empty for none
  std::vector<Reader> readers;  // in the order of the file
};

// readers.toml (docs/hospital.md). kInvalid as in Directory::parse; also a reader whom `directory` does not let ask
// that way.
Result<Readers> parse_readers(std::string_view toml, std::string_view file_name, const Directory& directory);

}  // namespace zhimi::directory
