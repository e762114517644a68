// All benchmarks: `bench/run [FILTER]`, FILTER one of the groups below.
#include <string>
#include <utility>

#include "report.h"

namespace zhimi::bench {
void bench_crypto(Report&);
void bench_policy(Report&);
void bench_shape(Report&);
void bench_ledger(Report&);
void bench_vault(Report&);
void bench_intake(Report&);
void bench_door(Report&);
}  // namespace zhimi::bench

int main(int argc, char** argv) {
  using namespace zhimi::bench;
  Report report(argc > 1 ? argv[1] : "");
  const std::pair<std::string, void (*)(Report&)> groups[] = {
      {"policy", bench_policy}, {"shape", bench_shape},   {"door", bench_door},   {"ledger", bench_ledger},
      {"intake", bench_intake}, {"crypto", bench_crypto}, {"vault", bench_vault},
  };
  for (const auto& [name, run] : groups)
    if (report.wanted(name)) run(report);
}
