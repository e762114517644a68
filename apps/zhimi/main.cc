// Wires the command line to the commands. The only file that sees CLI11.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

#include "args.h"
#include "base/text.h"

namespace zhimi::app {
namespace {

using Run = Status (*)(const Args&, Console&);

class CommandLine {
 public:
  CommandLine() {
    app_.name("zhimi");
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "zhimi " ZHIMI_VERSION);
    app_.get_formatter()->column_width(32);
    app_.footer("Start here: tools/demo, or README.md. Exit codes: docs/errors.md.");
    records();
    policy();
    ledger();
  }

  int run(int argc, char** argv) {
    std::vector<std::string> names;
    for (CLI::App* c : app_.get_subcommands([](CLI::App*) { return true; })) names.push_back(c->get_name());
    if (argc > 1 && argv[1][0] != '-' && std::find(names.begin(), names.end(), argv[1]) == names.end()) {
      std::vector<std::string_view> words(names.begin(), names.end());
      auto near = closest_word(argv[1], words);
      std::fprintf(stderr, "zhimi: unknown command%s%s; see zhimi --help\n", near ? ", did you mean " : "",
                   near ? near->c_str() : "");
      return exit_code(Code::kUsage);
    }
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      int code = app_.exit(error);
      return code == 0 ? 0 : exit_code(Code::kUsage);
    }
    if (!args_.language.empty() && args_.language != "en" && args_.language != "zh") {
      std::fputs("zhimi: --lang is en or zh\n", stderr);
      return exit_code(Code::kUsage);
    }
    Console console(args_.language);
    Status status = chosen_(args_, console);
    if (status) return 0;
    console.clear_progress();
    console.note("zhimi: " + status.error().what);
    return exit_code(status.error().code);
  }

 private:
  CLI::App* command(CLI::App& parent, const char* name, const char* what, const char* example, Run command_run) {
    CLI::App* c = parent.add_subcommand(name, what);
    c->footer(std::string("Example:\n  ") + example);
    c->get_formatter()->column_width(32);
    c->add_option("--lang", args_.language, "en or zh (default: the locale)");
    c->callback([this, command_run] { chosen_ = command_run; });
    return c;
  }
  void home(CLI::App* c) { c->add_option("--home", args_.home, "the home (or ZHIMI_HOME)")->envname("ZHIMI_HOME"); }
  void claim(CLI::App* c) {
    c->add_option("--step", args_.step, "step of care: registration, queue, examination …")->required();
    c->add_option("--purpose", args_.purpose, "HL7 PurposeOfUse: TREAT, HOPERAT, HRESCH …")->required();
  }

  void records() {
    CLI::App* c = command(app_, "init", "Make a home: vault, keyring, ledger and configuration in one folder.",
                          "ZHIMI_PASSPHRASE='correct horse' zhimi init --home ~/hospital", run_init);
    home(c);
    c->add_option("--hospital", args_.hospital, "hospital.toml (default: the sample hospital's)");
    c->add_option("--policy", args_.policy_file, "policy (default: the hospital pack)");
    c->add_option("--journal", args_.journal, "journal for care; best on another volume");

    c = command(app_, "import", "Check, label, encrypt and store FHIR R4 files; each is whole or absent.",
                "zhimi import --home ~/hospital patients.ndjson.gz bundle.json", run_import);
    home(c);
    c->add_option("FILE", args_.files, "Bundle, resource or NDJSON; plain, .gz or .zst");
    c->add_option("--importer", args_.importer, "who imports, for the ledger");
    c->add_flag("--relabel", args_.relabel, "label every record again under the map and labels in use");

    c = command(app_, "read", "Read as one account: decided, recorded, cut to what that step of care needs.",
                "zhimi read Patient/p-0007 --type Observation --as huang.min --step inpatient --purpose TREAT",
                run_read);
    home(c);
    c->add_option("PATIENT", args_.target, "Patient/ID")->required();
    c->add_option("--type", args_.type, "resource type, or TYPE/ID (default: the Patient itself)");
    c->add_option("--as", args_.account, "account of hospital.toml, or Patient/ID")->required();
    claim(c);
    c->add_option("--terminal", args_.terminal, "terminal of hospital.toml (default: the account's first)");
    c->add_option("--reason", args_.reason, "why, where the policy asks for it");
    c->add_flag("--explain", args_.explain, "say which rules decided and what was missing (for the operator)");

    c = command(app_, "demo", "Show one record through many readers: the home's readers, line by line.",
                "zhimi demo --home ~/hospital --lang zh", run_demo);
    home(c);
    c->add_option("PATIENT", args_.target, "Patient/ID (default: the one the readers file names)");
    c->add_option("--readers", args_.readers, "who reads, at which step (default: the sample hospital's)");
  }

  void policy() {
    CLI::App* p = app_.add_subcommand("policy", "Check, test and explain the policy.");
    p->require_subcommand(1);
    auto file = [&](CLI::App* c) {
      c->add_option("FILE", args_.file, "policy (default: the home's, else the hospital pack)");
      home(c);
    };
    file(command(*p, "check", "Read a policy and report the first error with its place.",
                 "zhimi policy check packs/policies/hospital.policy", run_policy_check));
    CLI::App* c = command(*p, "test", "Run a policy's tests; each rule needs a permit and a refusal.",
                          "zhimi policy test", run_policy_test);
    file(c);
    c->add_option("--tests", args_.test_file, "test file (default: the hospital pack's)");
    c = command(*p, "explain", "Say who would see what, which rules decide, and what was missing.",
                "zhimi policy explain --role ward-nurse --step inpatient --purpose TREAT --relation department",
                run_policy_explain);
    file(c);
    c->add_option("--role", args_.roles, "role of the reader (repeat for several)");
    claim(c);
    c->add_option("--terminal", args_.terminal, "kind of terminal (default: workstation)");
    c->add_option("--relation", args_.relations, "relation that holds");
    c->add_option("--possibly", args_.possibly, "relation that may hold");
    c->add_option("--label", args_.labels, "label of the record");
    file(command(*p, "format", "Print the policy in canonical layout, in English or Chinese words.",
                 "zhimi policy format --lang zh", run_policy_format));
  }

  void ledger() {
    CLI::App* l = app_.add_subcommand("ledger", "Export, verify and prove the log of every disclosure.");
    l->require_subcommand(1);
    CLI::App* c = command(*l, "export", "Write the log as C2SP tiles that anyone can verify.",
                          "zhimi ledger export --home ~/hospital -o log", run_ledger_export);
    home(c);
    c->add_option("-o,--out", args_.folder, "folder to write or extend");
    c = command(*l, "verify", "Verify an exported log with nothing but the public key.",
                "zhimi ledger verify log --key \"$(cat zhimi.vkey)\"", run_ledger_verify);
    c->add_option("DIR", args_.folder, "exported log, or a proof file")->required();
    c->add_option("--key", args_.key, "verifier key (zhimi ledger key)");
    c->add_option("--older", args_.older, "an older checkpoint that must be part of this log");
    c = command(*l, "prove", "Prove that one entry is in the log (C2SP tlog-proof).",
                "zhimi ledger prove --home ~/hospital 12 -o entry12.proof", run_ledger_prove);
    home(c);
    c->add_option("ENTRY", args_.entry, "entry number")->required();
    c->add_option("-o,--out", args_.out, "file (default: standard output)");
    c = command(*l, "key", "Print the verifier key that auditors pin.", "zhimi ledger key --home ~/hospital",
                run_ledger_key);
    home(c);
  }

  CLI::App app_{"Zhimi guards medical records on their way to everyone who reads them."};
  Args args_;
  Run chosen_ = nullptr;
};

}  // namespace
}  // namespace zhimi::app

int main(int argc, char** argv) { return zhimi::app::CommandLine().run(argc, argv); }
