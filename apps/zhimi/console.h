// What the person at the terminal sees: words in their language, progress, the passphrase prompt.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "words/words.h"

namespace zhimi::app {

class Console {
 public:
  // `language` is "en", "zh" or empty: then by LC_ALL, LC_MESSAGES, LANG.
  explicit Console(std::string_view language);
  words::Language language() const { return language_; }
  bool chinese() const { return language_ == words::Language::kChinese; }
  std::string_view pick(std::string_view english, std::string_view chinese_text) const {
    return chinese() ? chinese_text : english;
  }

  void out(std::string_view text) const;   // standard output
  void note(std::string_view text) const;  // standard error, one line
  // A line that replaces itself on a terminal; nothing without one.
  void progress(std::string_view text);
  void clear_progress();
  bool interactive() const { return interactive_; }

  // ZHIMI_PASSPHRASE, or a prompt without echo (twice when `new_one`). kUsage when there is neither.
  Result<SecretBytes> passphrase(bool new_one) const;

 private:
  words::Language language_;
  bool interactive_;
  bool showing_ = false;
};

std::string size_text(uint64_t size_bytes);              // "12.3 MB"
std::string pad(std::string_view text, size_t columns);  // to terminal columns, cut with … when longer

}  // namespace zhimi::app
