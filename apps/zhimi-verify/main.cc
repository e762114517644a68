// zhimi-verify: checks an exported ledger, or one proof, with nothing but a public key. Links nothing of the server, so
// that an auditor can read all of what is run here: base, crypto, tiles.
#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "tiles/leaf.h"
#include "tiles/note.h"
#include "tiles/verify.h"

namespace {

using namespace zhimi;

constexpr const char* kHelp = R"(zhimi-verify: check an exported Zhimi ledger, or one proof, with a public key alone

usage: zhimi-verify --key KEY [--older CHECKPOINT] FOLDER
       zhimi-verify --key KEY [--entry ENTRY] PROOF

  --key KEY           the log's verifier key (name+hash+base64), or a file that holds it; get it from the
                      hospital by another way than the folder itself
  --older CHECKPOINT  a checkpoint file kept from before: the log must extend it
  --entry ENTRY       the entry that a proof speaks of, when the proof does not hold it

example: zhimi-verify --key 'zhimi.example/7f3a+2c6f1d3e+AQ…' ledger-2026-11/

exit codes: 0 verified, 2 wrong usage, 3 unreadable key, 5 nothing there, 7 it does not verify (docs/errors.md)
)";

struct Arguments {
  std::string key, older, entry, target;
  bool help = false;
};

Result<Arguments> parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    std::string* value = word == "--key"     ? &arguments.key
                         : word == "--older" ? &arguments.older
                         : word == "--entry" ? &arguments.entry
                                             : nullptr;
    if (value && i + 1 < words.size()) {
      *value = words[++i];
    } else if (word == "--help" || word == "-h") {
      arguments.help = true;
    } else if (!value && !word.starts_with("-") && arguments.target.empty()) {
      arguments.target = word;
    } else {
      return make_error(Code::kUsage, fmt::format("'{}' is not understood: see zhimi-verify --help", word));
    }
  }
  if (!arguments.help && (arguments.key.empty() || arguments.target.empty()))
    return make_error(Code::kUsage, "give --key KEY and a folder or a proof: see zhimi-verify --help");
  return arguments;
}

// A key given as a file's name is read from the file.
Result<std::string> key_text(const std::string& key) {
  if (key.find('+') != key.npos) return key;
  ZHIMI_TRY(Bytes bytes, read_file(key, 4096));
  return std::string(text(bytes));
}

Status check_folder(const Arguments& arguments, const std::string& key) {
  tiles::VerifyOptions options;
  options.key = key;
  if (!arguments.older.empty()) {
    ZHIMI_TRY(Bytes older, read_file(arguments.older, tiles::kNoteBytes));
    options.older_checkpoint = std::string(text(older));
  }
  bool terminal = ::isatty(STDERR_FILENO);
  uint64_t shown = 0;
  if (terminal)
    options.progress = [&shown](uint64_t done, uint64_t all) {
      if (done - shown < all / 100 && done != all) return;
      shown = done;
      fmt::print(stderr, "\r{} of {} entries{}", done, all, done == all ? "\n" : "");
    };
  auto verified = tiles::verify_folder(arguments.target, options);
  if (!verified && shown) fmt::print(stderr, "\n");
  if (!verified) return std::move(verified).error();
  fmt::print("verified: {}\n  {} entries, {} patients, {} disclosures, {} refusals\n  checkpoint {}\n  key {}\n",
             verified->origin, verified->size, verified->patients, verified->disclosures, verified->refusals,
             verified->size ? "of " + utc_time(verified->time_ms) + " by the log's own clock" : "of an empty log",
             verified->key);
  return {};
}

Status check_proof(const Arguments& arguments, const std::string& key) {
  ZHIMI_TRY(Bytes proof, read_file(arguments.target, 2 * tiles::kNoteBytes));
  Bytes entry;
  if (!arguments.entry.empty()) {
    ZHIMI_TRY(entry, read_file(arguments.entry, limits::kLedgerEntryBytes));
  }
  ZHIMI_TRY(uint64_t index, tiles::verify_proof(text(proof), text(entry), key));
  fmt::print("verified: entry {} is in the log\n", index);
  return {};
}

Status run(const Arguments& arguments) {
  ZHIMI_TRY(std::string key, key_text(arguments.key));
  return std::filesystem::is_directory(arguments.target) ? check_folder(arguments, key) : check_proof(arguments, key);
}

}  // namespace

int main(int argc, char** argv) {
  auto arguments = parse({argv + 1, argv + argc});
  if (arguments && arguments->help) {
    fmt::print("{}", kHelp);
    return 0;
  }
  Status status = arguments ? run(*arguments) : Status(arguments.error());
  if (status) return 0;
  fmt::print(stderr, "zhimi-verify: {}\n", status.error().what);
  return exit_code(status.error().code);
}
