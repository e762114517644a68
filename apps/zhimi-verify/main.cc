// Verifies an exported log, or one proof, with nothing but a public key. Links none of the server.
#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "tiles/verify.h"

namespace zhimi {
namespace {

constexpr char kHelp[] =
    "Verify an exported Zhimi log, or one proof, with nothing but its public key.\n"
    "Usage: zhimi-verify --key KEY [--older CHECKPOINT] DIR | PROOF\n\n"
    "  --key KEY          C2SP verifier key, as 'zhimi ledger key' prints it\n"
    "  --older FILE       a checkpoint kept from earlier: this log must contain it whole\n\n"
    "Example:\n  zhimi-verify --key \"$(cat hospital.vkey)\" --older last-month.checkpoint log/\n\n"
    "Exit codes: 0 verified, 2 usage, 5 not found, 7 does not verify.\n";

struct Asked {
  std::string key, older, target;
  bool help = false;
};

Result<Asked> read_arguments(const std::vector<std::string_view>& args) {
  Asked asked;
  for (size_t i = 0; i < args.size(); ++i) {
    bool has_value = i + 1 < args.size();
    if (args[i] == "--help" || args[i] == "-h") {
      asked.help = true;
    } else if (args[i] == "--key" && has_value) {
      asked.key = args[++i];
    } else if (args[i] == "--older" && has_value) {
      asked.older = args[++i];
    } else if (args[i].starts_with("-") || !asked.target.empty()) {
      return make_error(Code::kUsage, fmt::format("unexpected '{}': see zhimi-verify --help", args[i].substr(0, 64)));
    } else {
      asked.target = args[i];
    }
  }
  if (!asked.help && (asked.key.empty() || asked.target.empty()))
    return make_error(Code::kUsage, "give --key KEY and a folder or proof: see zhimi-verify --help");
  return asked;
}

Status verify(const Asked& asked) {
  if (!std::filesystem::is_directory(asked.target)) {
    ZHIMI_TRY(Bytes proof, read_file(asked.target, size_t{1} << 20));
    ZHIMI_TRY(uint64_t index, tiles::verify_proof(text(proof), "", asked.key));
    fmt::print("Verified: entry {} is in the log.\n", index);
    return {};
  }
  tiles::VerifyOptions options;
  options.key = asked.key;
  if (!asked.older.empty()) {
    ZHIMI_TRY(Bytes older, read_file(asked.older, size_t{1} << 20));
    options.older_checkpoint = std::string(text(older));
  }
  ZHIMI_TRY(tiles::Verified v, tiles::verify_folder(asked.target, options));
  fmt::print("Verified: {} entries, {} disclosures, {} refusals, {} patients; log {}\n", v.size, v.disclosures, v.refusals,
             v.patients, v.origin);
  return {};
}

int run(const std::vector<std::string_view>& args) {
  auto asked = read_arguments(args);
  if (asked && asked->help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  Status status = asked ? verify(*asked) : Status(asked.error());
  if (status) return 0;
  fmt::print(stderr, "zhimi-verify: {}\n", status.error().what);
  return exit_code(status.error().code);
}

}  // namespace
}  // namespace zhimi

int main(int argc, char** argv) { return zhimi::run({argv + 1, argv + argc}); }
