#include "open_home.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/text.h"

namespace zhimi::app {

Result<std::filesystem::path> home_path(const Args& args) {
  if (args.home.empty()) return make_error(Code::kUsage, "no home: give --home DIR or set ZHIMI_HOME");
  return std::filesystem::path(args.home);
}

Result<std::unique_ptr<Home>> open_home(const Args& args, Console& console) {
  ZHIMI_TRY(std::filesystem::path path, home_path(args));
  if (!std::filesystem::exists(path / "home.toml"))
    return make_error(Code::kNotFound, fmt::format("{} is not a Zhimi home: make one with 'zhimi init --home {}'",
                                                   path.string(), path.string()));
  ZHIMI_TRY(SecretBytes passphrase, console.passphrase(false));
  ZHIMI_TRY(auto home, Home::open(path, passphrase.reveal()));
  if (!home->trouble().empty())
    console.note(fmt::format("{}{}",
                             console.pick("warning: the ledger cannot be written; only care goes on, by the journal: ",
                                          "警告：账本无法写入，仅诊疗可凭日志继续："),
                             home->trouble()));
  if (home->merged())
    console.note(fmt::format(
        fmt::runtime(console.pick("{} journal entries were merged into the ledger.", "已将 {} 条日志并入账本。")),
        home->merged()));
  return home;
}

Result<std::string> patient_id(std::string_view target) {
  if (!target.starts_with("Patient/"))
    return make_error(Code::kUsage, "name the patient as Patient/ID, for example Patient/p-001");
  return std::string(target.substr(8));
}

template <class Word>
Result<Word> word(std::string_view typed, std::string_view option) {
  if (auto found = words::find<Word>(typed)) return *found;
  auto near = closest_word(typed, words::names<Word>());
  std::string all;
  if (!near)
    for (size_t i = 0; i < words::Kind<Word>::count; ++i)
      all += fmt::format("{}{}", i ? ", " : "", words::name(static_cast<Word>(i)));
  return make_error(Code::kUsage, fmt::format("{}: unknown word '{}'; {}", option, json_escape(typed.substr(0, 64)),
                                              near ? "did you mean '" + *near + "'?" : "known are: " + all));
}

template Result<words::Step> word(std::string_view, std::string_view);
template Result<words::Purpose> word(std::string_view, std::string_view);
template Result<words::Terminal> word(std::string_view, std::string_view);
template Result<words::Role> word(std::string_view, std::string_view);
template Result<words::Relation> word(std::string_view, std::string_view);
template Result<words::Label> word(std::string_view, std::string_view);

}  // namespace zhimi::app
