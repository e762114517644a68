// zhimi ledger export, verify, prove, key.
#include <fmt/format.h>

#include "args.h"
#include "base/file.h"
#include "open_home.h"
#include "tiles/verify.h"

namespace zhimi::app {

Status run_ledger_export(const Args& args, Console& console) {
  if (args.folder.empty()) return make_error(Code::kUsage, "say where to: zhimi ledger export -o DIR");
  ZHIMI_TRY(auto home, open_home(args, console));
  ZHIMI_CHECK(home->log().checkpoint());
  ZHIMI_CHECK(ledger::export_tiles(home->log(), args.folder));
  console.out(
      fmt::format(fmt::runtime(console.pick("{} entries in {}\nVerify anywhere with: zhimi-verify --key '{}' {}\n",
                                            "{} 条已写入 {}\n可在任何地方核验：zhimi-verify --key '{}' {}\n")),
                  home->log().size(), args.folder, home->verifier_key(), args.folder));
  return {};
}

Status run_ledger_verify(const Args& args, Console& console) {
  std::filesystem::path folder = args.folder;
  tiles::VerifyOptions options;
  options.key = args.key;
  if (!std::filesystem::is_directory(folder) && !args.key.empty()) {
    ZHIMI_TRY(Bytes proof, read_file(folder, size_t{1} << 20));
    ZHIMI_TRY(uint64_t index, tiles::verify_proof(text(proof), "", args.key));
    console.out(fmt::format(
        fmt::runtime(console.pick("Verified: entry {} is in the log.\n", "核验无误：第 {} 条在账本中。\n")), index));
    return {};
  }
  if (options.key.empty()) {
    auto beside = read_file(folder / "zhimi.vkey", 4096);
    if (!beside) return make_error(Code::kUsage, "no key: give --key KEY (zhimi ledger key prints it)");
    options.key = std::string(text(*beside));
    while (!options.key.empty() && options.key.back() == '\n') options.key.pop_back();
    console.note(console.pick(
        "warning: using the key that lies beside the log; that shows it is whole, not whose it is. Give --key KEY.",
        "警告：所用公钥与账本放在一起，只能证明完整，不能证明归属。请用 --key 指定公钥。"));
  }
  if (!args.older.empty()) {
    ZHIMI_TRY(Bytes older, read_file(args.older, 65536));
    options.older_checkpoint = std::string(text(older));
  }
  options.progress = [&](uint64_t done, uint64_t all) { console.progress(fmt::format("{} / {}", done, all)); };
  auto verified = tiles::verify_folder(folder, options);
  console.clear_progress();
  if (!verified) return std::move(verified).error();
  console.out(
      fmt::format(fmt::runtime(console.pick("Verified: {} entries, {} disclosures, {} refusals, {} patients; log {}\n",
                                            "核验无误：{} 条，披露 {}，拒绝 {}，患者 {}；账本 {}\n")),
                  verified->size, verified->disclosures, verified->refusals, verified->patients, verified->origin));
  return {};
}

Status run_ledger_prove(const Args& args, Console& console) {
  ZHIMI_TRY(auto home, open_home(args, console));
  ZHIMI_CHECK(home->log().checkpoint());
  ZHIMI_TRY(std::string proof, ledger::prove(home->log(), args.entry));
  if (args.out.empty()) {
    console.out(proof);
    return {};
  }
  ZHIMI_CHECK(write_file(args.out, view(proof)));
  console.out(fmt::format(
      fmt::runtime(console.pick("Proof and entry in {0}\nVerify anywhere with: zhimi-verify --key '{1}' {0}\n",
                                "证明与条目在 {0}\n可在任何地方核验：zhimi-verify --key '{1}' {0}\n")),
      args.out, home->verifier_key()));
  return {};
}

Status run_ledger_key(const Args& args, Console& console) {
  ZHIMI_TRY(auto home, open_home(args, console));
  console.out(home->verifier_key() + "\n");
  return {};
}

}  // namespace zhimi::app
