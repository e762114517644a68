// zhimi init, import, read.
#include <fmt/format.h>

#include <chrono>

#include "args.h"
#include "intake/intake.h"
#include "open_home.h"

namespace zhimi::app {

namespace {
std::optional<std::filesystem::path> optional_path(const std::string& s) {
  return s.empty() ? std::nullopt : std::optional<std::filesystem::path>(s);
}

std::string counts(const intake::Summary& summary) {
  std::string out;
  for (const auto& [type, n] : summary.by_type) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", n, type);
  return out;
}
}  // namespace

Status run_init(const Args& args, Console& console) {
  ZHIMI_TRY(std::filesystem::path path, home_path(args));
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored) && !std::filesystem::is_empty(path, ignored))
    return make_error(Code::kConflict, path.string() + " exists and is not empty: name another folder with --home");
  ZHIMI_TRY(SecretBytes passphrase, console.passphrase(true));
  ZHIMI_CHECK(Home::create({path, optional_path(args.hospital), optional_path(args.policy_file), args.journal},
                           passphrase.reveal()));
  console.note(fmt::format(fmt::runtime(console.pick("Made the home {}. Next: zhimi import --home {} FILE…",
                                                     "已建立 {}。下一步：zhimi import --home {} 文件…")),
                           path.string(), path.string()));
  if (args.hospital.empty())
    console.note(fmt::format(fmt::runtime(console.pick("It has the sample hospital's staff: edit {} for yours.",
                                                       "其中是示例医院的人员，请改 {}。")),
                             (path / "config/hospital.toml").string()));
  return {};
}

Status run_import(const Args& args, Console& console) {
  if (args.files.empty() && !args.relabel)
    return make_error(Code::kUsage, "name at least one FHIR file, for example: zhimi import patients.ndjson.gz");
  ZHIMI_TRY(auto home, open_home(args, console));
  intake::Tools tools{home->vault(),      home->log(),   home->map(),   home->labels(),
                      home->office_key(), home->clock(), home->random()};
  if (args.relabel) {
    ZHIMI_TRY(size_t n, intake::relabel(tools));
    console.out(fmt::format(fmt::runtime(console.pick("{} records labelled again\n", "重新标注 {} 条记录\n")), n));
  }
  // Files stand alone: those before a bad one stay imported, and each is whole or absent.
  for (const std::string& file : args.files) {
    auto start = std::chrono::steady_clock::now();
    auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
    auto summary = intake::import_file(tools, file, args.importer, [&](const intake::Progress& p) {
      console.progress(fmt::format("{}  {} / {}  {} {}  {:.0f}/s", file, size_text(p.bytes_done),
                                   size_text(p.bytes_all), p.resources, console.pick("resources", "条"),
                                   static_cast<double>(p.resources) / std::max(seconds(), 1e-3)));
    });
    console.clear_progress();
    if (!summary) return std::move(summary).error();
    console.out(fmt::format(
        fmt::runtime(console.pick("{}: {} resources, {} in {:.1f} s ({})\n", "{}：{} 条资源，{}，{:.1f} 秒（{}）\n")),
        file, summary->resources, size_text(summary->bytes), seconds(), counts(*summary)));
  }
  return status_of(home->log().checkpoint());
}

Status run_read(const Args& args, Console& console) {
  ZHIMI_TRY(std::string patient, patient_id(args.target));
  ZHIMI_TRY(words::Step step, word<words::Step>(args.step, "--step"));
  ZHIMI_TRY(words::Purpose purpose, word<words::Purpose>(args.purpose, "--purpose"));
  ZHIMI_TRY(auto home, open_home(args, console));
  ZHIMI_TRY(directory::Subject who, home->directory().subject(args.account, args.terminal));
  std::string type = args.type.empty() ? "Patient" : args.type, id;
  if (size_t slash = type.find('/'); slash != std::string::npos) {
    id = type.substr(slash + 1);
    type.resize(slash);
  }
  door::Refusal refusal;
  auto disclosure = home->door().disclose_now(
      {std::move(who), {step, purpose, args.reason}, patient, type, id, args.explain, console.language()}, &refusal);
  auto say_entry = [&](uint64_t index) {
    console.note(
        index == ledger::Receipt::kJournaled
            ? std::string(console.pick("Recorded in the journal for care.", "已记入诊疗日志。"))
            : fmt::format(fmt::runtime(console.pick("Recorded as ledger entry {}.", "已记入账本第 {} 条。")), index));
  };
  Status result;
  if (disclosure) {
    console.out(text(disclosure->body()));
    console.out("\n");
    if (args.explain) console.note(disclosure->explanation());
    if (disclosure->may_be_incomplete())
      console.note(console.pick("This view may be incomplete.", "本视图可能不完整。"));
    if (!disclosure->watermark().empty()) console.note(disclosure->watermark());
    say_entry(disclosure->receipt().index());
  } else {
    result = std::move(disclosure).error();
    if (result.error().code == Code::kRefused) {
      if (args.explain) console.note(refusal.explanation);
      say_entry(refusal.entry);
    }
  }
  auto signed_note = home->log().checkpoint();
  if (!signed_note && home->trouble().empty()) console.note("warning: " + signed_note.error().what);
  return result;
}

}  // namespace zhimi::app
