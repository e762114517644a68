// Tiered access: who may see which category in which form, at which step of care. A policy is text (docs/policy.md); a
// Snapshot is that text compiled, immutable and swapped whole.
//
// Rules are independent of order: permits join, forbids cap, what nothing permits is hidden. Facts are three-valued: a
// permit needs its conditions *definitely*, a forbid applies when they *possibly* hold; an exception (`unless`) the
// other way round.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "words/words.h"

namespace zhimi::policy {

using words::Category, words::Duty, words::Label, words::Purpose, words::Relation, words::Role, words::Set, words::Step,
    words::Table, words::Terminal;

// What is known of reader × patient × record. `definitely` ⊆ `possibly` for both kinds.
struct Facts {
  Set<Relation> relations_definitely, relations_possibly;
  Set<Label> labels_definitely, labels_possibly;
  // Makes the facts whole: what is definite is also possible; `none` holds definitely when no other relation is
  // possible, possibly when none is definite. Idempotent. Deciding settles its own copy, so `none` cannot be claimed
  // and need not be set.
  void settle();
  bool operator==(const Facts&) const = default;
};

// Everything a decision depends on, and nothing else.
struct Question {
  Set<Role> roles;
  Step step{};
  Purpose purpose{};
  Terminal terminal{};
  Facts facts;
  bool operator==(const Question&) const = default;
};

// Category `structure` is derived: clear when anything else is shown, hidden when nothing is. Rules neither grant nor
// cap it.
struct Decision {
  Table table;                    // hides everything when refused
  Set<Duty> duties;               // of the permits that took part
  std::vector<uint32_t> permits;  // permits whose conditions held, by number in Policy::rules, ascending
  std::vector<uint32_t> forbids;  // caps whose conditions held and that took something from what the permits show
  bool refused() const { return table.hides_everything(); }
  bool operator==(const Decision&) const = default;
};

// One rule as written. An empty set means "any". `relations` are alternatives; so are the words of every other clause.
struct Rule {
  enum class Kind : uint8_t { kPermit, kForbid } kind{};
  std::string name;
  int line = 0;
  Set<Role> roles;
  Set<Step> steps;
  Set<Purpose> purposes;
  Set<Terminal> terminals;
  Set<Relation> relations;
  bool same_department = false;  // `department same`: relation department, in addition to `relation`
  Set<Label> labels;
  // Exceptions, alternatives of each other.
  Set<Relation> unless_relations;
  Set<Purpose> unless_purposes;
  Set<Role> unless_roles;
  Set<Step> unless_steps;
  Set<Label> unless_labels;
  Table table;  // permit: what it shows; forbid: what it caps at (unnamed categories stay clear)
  Set<Duty> duties;
  std::string note;                          // its comments, each line ended by '\n'
  bool operator==(const Rule& other) const;  // as rules: the line they stand on does not matter
};

struct Policy {
  std::string name;
  std::vector<Rule> rules;
  std::string note;  // comments above `policy NAME`
  bool operator==(const Policy&) const = default;
};

// Reads policy text in English or Chinese words, mixed as people do. kInvalid: "file:line:column: what, did you mean
// x".
Result<Policy> parse(std::string_view text, std::string_view file_name);
// The same policy in canonical layout and one language; parse(format(p)) == p.
std::string format(const Policy& policy, words::Language language);

// The slow, obvious evaluator: the meaning of a policy, rule by rule. Tests hold the fast one to it.
Decision decide_slowly(const Policy& policy, const Question& question);

class Snapshot {
 public:
  static Result<std::shared_ptr<const Snapshot>> compile(std::string_view text, std::string_view file_name);
  static std::shared_ptr<const Snapshot> compile(Policy policy, const Digest& digest);
  ~Snapshot();
  // Thread-safe, wait-free on a hit, bounded memory. The reference lives as long as the Snapshot. Only once a Snapshot
  // holds as many different decisions as it may (limits::kDecisionCache) does a further one live shorter: until the
  // same thread has been given 16,384 more of that kind, which is more than one disclosure asks for.
  const Decision& decide(const Question& question) const;
  // The same answer by value, past the cache: what a miss computes.
  Decision compute(const Question& question) const;
  struct CacheSize {
    size_t questions = 0, decisions = 0;  // each at most limits::kDecisionCache
  };
  CacheSize cache_size() const;
  const Policy& policy() const;
  const Digest& digest() const;  // SHA-256 of the text

 private:
  struct Impl;
  explicit Snapshot(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Why a decision is what it is, in words: rules that took part and, for each permit that nearly did, what was missing;
// then the least change that would turn a refusal into a permit. Holds no patient data.
std::string explain(const Snapshot& snapshot, const Question& question, words::Language language);

}  // namespace zhimi::policy
