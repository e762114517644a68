// Two records that give a reader the same view give that reader the same of everything: bytes, errors, lengths, order,
// lines beside. The secrets are planted by a generator that does not know the path map; seeded leaky mutants of shaper
// and policy must be caught.
#include <fmt/format.h>

#include <random>

#include "door/facts.h"
#include "door/fixture.h"
#include "support/leaky_shapers.h"
#include "support/mutants.h"
#include "support/planted.h"

namespace zhimi::door {
namespace {

using words::Table;

uint64_t fresh_seed() {
  if (const char* given = std::getenv("ZHIMI_SEED")) return std::strtoull(given, nullptr, 10);
  return std::random_device{}();
}

// All that a reader can observe.
struct Observed {
  std::string body, error, watermark;
  bool incomplete = false;
  bool operator==(const Observed&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Observed& o) {
  return out << "body: " << o.body << "\nerror: " << o.error << "\nwatermark: " << o.watermark
             << "\nincomplete: " << o.incomplete;
}

struct Case {
  directory::Subject who;
  Context context;
  std::string type;
  words::Set<words::Relation> relations;
  uint64_t seed = 0;
};

vault::PatientFacts patient_facts(const Case& c) {
  vault::PatientFacts facts;
  facts.id = "p1";
  facts.number = 4711;
  facts.birth_ms = 0;
  c.relations.each([&](words::Relation r) {
    vault::Tie tie;
    tie.relation = r;
    if (r == words::Relation::kDepartment)
      tie.department = c.who.department();
    else if (!c.who.references().empty())
      tie.actor = c.who.references()[0];
    facts.ties.push_back(tie);
  });
  return facts;
}

using Shaper = std::function<Result<size_t>(ByteView, const shape::View&, const shape::Keys&, Bytes&)>;

// `truth` says what the reader may see; `enforced` is the policy that the door runs (the same one, or a mutant of it).
Observed observe(const Case& c, int variant, const policy::Policy& truth,
                 std::shared_ptr<const policy::Snapshot> enforced, const Shaper& shaper) {
  TestDoor test(std::move(enforced));
  Parts parts = test.parts();
  parts.shape = shaper;
  Door door(std::move(parts));
  MemorySource::Patient& patient = test.source.patients["p1"];
  patient.facts = patient_facts(c);
  policy::Facts plain = relations(c.who, patient.facts, "p1", kNow);
  auto table_of = [&](words::Set<words::Label> labels) {
    return policy::decide_slowly(truth, {c.who.roles(), c.context.step, c.context.purpose, c.who.terminal(),
                                         with_labels(plain, patient.facts, labels, kNow)})
        .table;
  };
  for (const testing::Planted& record : testing::plant(c.type, c.seed, variant, table_of)) {
    std::string padded = record.json + std::string(shape::kPaddingBytes, ' ');
    Bytes checked;
    Status status = shape::check_fhir(view(padded).first(record.json.size()), checked);
    if (!status)
      throw std::runtime_error("the generator wrote a record that is refused: " + status.error().what + "\n" +
                               record.json);
    patient.records.push_back({{record.id, 1, record.labels, true}, std::string(text(checked))});
  }
  auto d = door.disclose_now({c.who, c.context, "p1", c.type, "", false});
  Observed o;
  if (d) {
    o.body = text(d->body());
    o.watermark = d->watermark();
    o.incomplete = d->may_be_incomplete();
  } else {
    o.error = fmt::format("{}: {}", code_name(d.error().code), d.error().what);
  }
  return o;
}

const policy::Policy& pack() {
  static const policy::Policy p = [] {
    auto parsed = policy::parse(read_text("packs/policies/hospital.policy"), "hospital.policy");
    if (!parsed) throw std::runtime_error(parsed.error().what);
    return std::move(*parsed);
  }();
  return p;
}

template <class Word>
Word any(SeededRandom& r) {
  return static_cast<Word>(r.below(words::Kind<Word>::count));
}

// A policy of a few rules that permit random categories in random forms to everybody, and cap some.
policy::Policy random_policy(SeededRandom& r) {
  policy::Policy p;
  p.name = "random";
  for (int i = 0; i < 3; ++i) {
    policy::Rule rule;
    rule.name = fmt::format("r{}", i);
    rule.kind = i == 2 ? policy::Rule::Kind::kForbid : policy::Rule::Kind::kPermit;
    if (i == 2) {
      rule.table = Table::everything();
      if (r.below(2)) rule.labels.add(any<words::Label>(r));
    }
    for (size_t c = 0; c < words::Kind<words::Category>::count; ++c) {
      auto category = static_cast<words::Category>(c);
      if (i == 2 ? r.below(8) != 0 : r.below(2) == 0) continue;
      auto form = any<words::Form>(r);
      rule.table[category] = r.below(2) ? words::clear(category) : words::closure(category, form);
    }
    rule.table[words::Category::kStructure] = words::clear(words::Category::kStructure);
    p.rules.push_back(rule);
  }
  return p;
}

Case random_case(SeededRandom& r) {
  const auto& accounts = test_directory().accounts();
  for (;;) {
    const directory::Account& account = accounts[r.below(accounts.size())];
    bool patient = r.below(20) == 0;
    auto who = patient ? test_directory().subject("Patient/p1", "") : test_directory().subject(account.id, "");
    if (!who || who->steps().empty()) continue;
    std::vector<words::Step> steps;
    who->steps().each([&](words::Step s) { steps.push_back(s); });
    Case c{std::move(*who),
           {steps[r.below(steps.size())], r.below(2) ? words::Purpose::kTreat : any<words::Purpose>(r), "because"},
           testing::planted_types()[r.below(testing::planted_types().size())],
           {},
           r.next() >> 16};
    for (int n = static_cast<int>(r.below(3)); n; --n) {
      auto relation = any<words::Relation>(r);
      if (relation != words::Relation::kNone && relation != words::Relation::kSelf) c.relations.add(relation);
    }
    return c;
  }
}

std::shared_ptr<const policy::Snapshot> snapshot_of(const policy::Policy& p) {
  return policy::Snapshot::compile(p, Digest{});
}

constexpr int kCases = 1500;

TEST(NonInterference, SameViewSameEverything) {
  uint64_t seed = fresh_seed();
  SCOPED_TRACE(fmt::format("ZHIMI_SEED={}", seed));
  std::printf("ZHIMI_SEED=%llu\n", static_cast<unsigned long long>(seed));
  SeededRandom r(seed);
  auto hospital = snapshot_of(pack());
  int released = 0;
  for (int i = 0; i < kCases; ++i) {
    Case c = random_case(r);
    bool own = i % 2;
    policy::Policy policy = own ? random_policy(r) : pack();
    auto snapshot = own ? snapshot_of(policy) : hospital;
    Observed a = observe(c, 0, policy, snapshot, shape::shape_fhir),
             b = observe(c, 1, policy, snapshot, shape::shape_fhir);
    ASSERT_EQ(a, b) << "case " << i << ": " << c.who.account() << " " << words::name(c.context.step) << " "
                    << words::name(c.context.purpose) << " " << c.type;
    released += !a.body.empty();
  }
  EXPECT_GT(released, kCases / 5) << "too few cases show anything: the test would not notice a leak";
}

// Whether a leaky build is told apart within the cases that the honest build passes.
bool caught(SeededRandom r,
            const std::function<Observed(const Case&, int, const policy::Policy&, SeededRandom&)>& run) {
  for (int i = 0; i < kCases; ++i) {
    Case c = random_case(r);
    policy::Policy policy = i % 2 ? random_policy(r) : pack();
    SeededRandom same_a = r, same_b = r;
    if (!(run(c, 0, policy, same_a) == run(c, 1, policy, same_b))) return true;
  }
  return false;
}

TEST(NonInterference, LeakyShapersAreCaught) {
  uint64_t seed = fresh_seed();
  SCOPED_TRACE(fmt::format("ZHIMI_SEED={}", seed));
  auto leaky = testing::leaky_shapers(test_map());
  EXPECT_GE(leaky.size(), 8u);
  for (const auto& mutant : leaky)
    EXPECT_TRUE(caught(SeededRandom(seed), [&](const Case& c, int variant, const policy::Policy& p, SeededRandom&) {
      return observe(c, variant, p, snapshot_of(p), mutant.shape);
    })) << mutant.name;
}

TEST(NonInterference, LeakyPoliciesAreCaught) {
  uint64_t seed = fresh_seed();
  SCOPED_TRACE(fmt::format("ZHIMI_SEED={}", seed));
  auto mutants = testing::leaky_mutants(pack());
  EXPECT_GE(mutants.size(), 4u);
  for (const auto& [name, mutant] : mutants) {
    auto enforced = snapshot_of(mutant);
    SeededRandom r(seed);
    bool found = false;
    for (int i = 0; i < 20 * kCases && !found; ++i) {
      Case c = random_case(r);
      // Only cases where the mutant decides otherwise can tell; finding them is cheap, running them is not.
      vault::PatientFacts facts = patient_facts(c);
      policy::Facts plain = relations(c.who, facts, "p1", kNow);
      bool differs = false;
      for (size_t l = 0; l <= words::Kind<words::Label>::count && !differs; ++l) {
        words::Set<words::Label> labels;
        if (l) labels.add(static_cast<words::Label>(l - 1));
        policy::Question q{c.who.roles(), c.context.step, c.context.purpose, c.who.terminal(),
                           with_labels(plain, facts, labels, kNow)};
        differs = !(policy::decide_slowly(pack(), q).table == policy::decide_slowly(mutant, q).table);
      }
      if (!differs) continue;
      for (int k = 0; k < 4 && !found; ++k) {
        c.seed += 1;
        found =
            !(observe(c, 0, pack(), enforced, shape::shape_fhir) == observe(c, 1, pack(), enforced, shape::shape_fhir));
      }
    }
    EXPECT_TRUE(found) << name;
  }
}

}  // namespace
}  // namespace zhimi::door
