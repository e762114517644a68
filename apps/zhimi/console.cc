#include "console.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/text.h"

namespace zhimi::app {

namespace {

words::Language from_locale() {
  for (const char* variable : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): before any thread starts
    if (value && *value)
      return std::string_view(value).starts_with("zh") ? words::Language::kChinese : words::Language::kEnglish;
  }
  return words::Language::kEnglish;
}

Result<SecretBytes> prompt(const char* text) {
  std::fputs(text, stderr);
  termios before{};
  if (tcgetattr(STDIN_FILENO, &before) != 0) return make_error(Code::kUnavailable, "the terminal cannot be read");
  termios quiet = before;
  quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  SecretBytes buffer(1024);
  size_t used = 0;
  char c = 0;
  while (used < buffer.size() && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
    buffer.fill()[used++] = static_cast<uint8_t>(c);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::fputs("\n", stderr);
  return SecretBytes::copy_of(buffer.reveal().first(used));
}

}  // namespace

Console::Console(std::string_view language)
    : language_(language == "zh"   ? words::Language::kChinese
                : language == "en" ? words::Language::kEnglish
                                   : from_locale()),
      interactive_(isatty(STDERR_FILENO)) {}

void Console::out(std::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void Console::note(std::string_view text) const {
  if (showing_) std::fputs("\r\x1b[K", stderr);
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fputc('\n', stderr);
}

void Console::progress(std::string_view text) {
  if (!interactive_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
  showing_ = true;
}

void Console::clear_progress() {
  if (showing_) std::fputs("\r\x1b[K", stderr);
  showing_ = false;
}

Result<SecretBytes> Console::passphrase(bool new_one) const {
  if (const char* value = std::getenv("ZHIMI_PASSPHRASE")) {  // NOLINT(concurrency-mt-unsafe): before any thread starts
    if (!*value) return make_error(Code::kUsage, "ZHIMI_PASSPHRASE is empty: give a passphrase");
    return SecretBytes::copy_of(view(value));
  }
  if (!isatty(STDIN_FILENO))
    return make_error(Code::kUsage, "no passphrase: set ZHIMI_PASSPHRASE, or run in a terminal to be asked");
  ZHIMI_TRY(SecretBytes first, prompt(std::string(pick("Passphrase: ", "口令：")).c_str()));
  if (first.empty()) return make_error(Code::kUsage, "the passphrase is empty");
  if (new_one) {
    ZHIMI_TRY(SecretBytes second, prompt(std::string(pick("Again: ", "再输一次：")).c_str()));
    if (text(first.reveal()) != text(second.reveal()))
      return make_error(Code::kUsage, "the two passphrases differ: try again");
  }
  return first;
}

std::string size_text(uint64_t size_bytes) {
  double size = static_cast<double>(size_bytes);
  const char* unit = "B";
  for (const char* next : {"kB", "MB", "GB", "TB"}) {
    if (size < 1000) break;
    size /= 1000;
    unit = next;
  }
  return unit[0] == 'B' ? fmt::format("{} B", size_bytes) : fmt::format("{:.1f} {}", size, unit);
}

std::string pad(std::string_view s, size_t columns) {
  std::string out;
  size_t width = 0;
  bool cut = display_width(s) > columns;
  for (size_t at = 0; at < s.size();) {
    size_t from = at;
    next_code_point(s, at);
    size_t w = display_width(s.substr(from, at - from));
    if (width + w > columns - (cut ? 1 : 0)) break;
    out += s.substr(from, at - from);
    width += w;
  }
  if (cut) {
    out += "…";
    ++width;
  }
  return out + std::string(columns - width, ' ');
}

}  // namespace zhimi::app
