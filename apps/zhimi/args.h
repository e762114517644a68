// What the command line asked for: main.cc fills these, cmd_*.cc carry them out. Each command returns an exit code
// (docs/errors.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "console.h"

namespace zhimi::app {

struct Args {
  std::string home;  // --home or ZHIMI_HOME
  std::string language;
  // init
  std::string hospital, policy_file, journal;
  // import
  std::vector<std::string> files;
  std::string importer = "operator";
  bool relabel = false;
  // read, demo, policy explain
  std::string target, type, account, step, purpose, terminal, reason;
  bool explain = false;
  std::string readers;
  // policy
  std::string file, test_file;
  std::vector<std::string> roles, relations, possibly, labels;
  // ledger
  std::string folder, key, older, out;
  uint64_t entry = 0;
};

Status run_init(const Args& args, Console& console);
Status run_import(const Args& args, Console& console);
Status run_read(const Args& args, Console& console);
Status run_demo(const Args& args, Console& console);
Status run_policy_check(const Args& args, Console& console);
Status run_policy_test(const Args& args, Console& console);
Status run_policy_explain(const Args& args, Console& console);
Status run_policy_format(const Args& args, Console& console);
Status run_ledger_export(const Args& args, Console& console);
Status run_ledger_verify(const Args& args, Console& console);
Status run_ledger_prove(const Args& args, Console& console);
Status run_ledger_key(const Args& args, Console& console);

// The word as typed, in English or Chinese; kUsage with a suggestion.
template <class Word>
Result<Word> word(std::string_view typed, std::string_view option);

}  // namespace zhimi::app
