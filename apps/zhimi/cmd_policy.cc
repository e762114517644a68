// zhimi policy check, test, explain, format.
#include <fmt/format.h>

#include "args.h"
#include "base/file.h"
#include "base/limits.h"
#include "open_home.h"
#include "packs.h"
#include "policy/check.h"
#include "policy/policy.h"

namespace zhimi::app {

namespace {

struct PolicyText {
  std::string name, text;
};

// The file named, else the home's policy, else the pack's.
Result<PolicyText> policy_text(const Args& args) {
  std::string path = !args.file.empty() ? args.file : !args.home.empty() ? args.home + "/config/hospital.policy" : "";
  if (path.empty()) return PolicyText{"hospital.policy", std::string(packs::policy())};
  ZHIMI_TRY(Bytes bytes, read_file(path, limits::kPolicyBytes));
  return PolicyText{path, std::string(text(bytes))};
}

template <class Word>
Status add_all(const std::vector<std::string>& typed, std::string_view option, words::Set<Word>& out) {
  for (const std::string& t : typed) {
    ZHIMI_TRY(Word w, word<Word>(t, option));
    out.add(w);
  }
  return {};
}

}  // namespace

Status run_policy_check(const Args& args, Console& console) {
  ZHIMI_TRY(PolicyText p, policy_text(args));
  ZHIMI_TRY(policy::Policy policy, policy::parse(p.text, p.name));
  size_t permits = 0;
  for (const policy::Rule& r : policy.rules) permits += r.kind == policy::Rule::Kind::kPermit;
  console.out(fmt::format(
      fmt::runtime(console.pick("{}: {} permits, {} forbids, no errors\n", "{}：{} 条许可，{} 条禁止，无误\n")), p.name,
      permits, policy.rules.size() - permits));
  return {};
}

Status run_policy_test(const Args& args, Console& console) {
  ZHIMI_TRY(PolicyText p, policy_text(args));
  std::string test_name = args.test_file.empty() ? "hospital.test" : args.test_file;
  std::string test_text(packs::policy_test());
  if (!args.test_file.empty()) {
    ZHIMI_TRY(Bytes bytes, read_file(args.test_file, limits::kPolicyBytes));
    test_text = std::string(text(bytes));
  }
  ZHIMI_TRY(policy::Policy policy, policy::parse(p.text, p.name));
  ZHIMI_TRY(policy::CheckReport report, policy::run_tests(policy, test_text, test_name));
  for (const std::string& line : report.failures) console.out(line + "\n");
  for (const std::string& line : report.untested) console.out(line + "\n");
  console.out(
      fmt::format(fmt::runtime(console.pick("{} cases, {} failed, {} rules without a permit and a refusal tested\n",
                                            "{} 例，{} 例失败，{} 条规则缺少许可与拒绝两面的测试\n")),
                  report.cases, report.failures.size(), report.untested.size()));
  if (!report.failures.empty() || !report.untested.empty())
    return make_error(Code::kInvalid,
                      "the policy does not do what its tests say: mend the rule or the case named above");
  return {};
}

Status run_policy_explain(const Args& args, Console& console) {
  if (args.roles.empty()) return make_error(Code::kUsage, "name at least one --role");
  policy::Question q;
  ZHIMI_CHECK(add_all<words::Role>(args.roles, "--role", q.roles));
  ZHIMI_TRY(q.step, word<words::Step>(args.step, "--step"));
  ZHIMI_TRY(q.purpose, word<words::Purpose>(args.purpose, "--purpose"));
  ZHIMI_TRY(q.terminal, word<words::Terminal>(args.terminal.empty() ? "workstation" : args.terminal, "--terminal"));
  ZHIMI_CHECK(add_all<words::Relation>(args.relations, "--relation", q.facts.relations_definitely));
  q.facts.relations_possibly = q.facts.relations_definitely;
  ZHIMI_CHECK(add_all<words::Relation>(args.possibly, "--possibly", q.facts.relations_possibly));
  ZHIMI_CHECK(add_all<words::Label>(args.labels, "--label", q.facts.labels_definitely));
  q.facts.labels_possibly = q.facts.labels_definitely;
  q.facts.settle();
  ZHIMI_TRY(PolicyText p, policy_text(args));
  ZHIMI_TRY(auto snapshot, policy::Snapshot::compile(p.text, p.name));
  console.out(policy::explain(*snapshot, q, console.language()));
  return {};
}

Status run_policy_format(const Args& args, Console& console) {
  ZHIMI_TRY(PolicyText p, policy_text(args));
  ZHIMI_TRY(policy::Policy policy, policy::parse(p.text, p.name));
  console.out(policy::format(policy, console.language()));
  return {};
}

}  // namespace zhimi::app
