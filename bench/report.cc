#include "report.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace zhimi::bench {

void Report::row(std::string name, double value, std::string unit, std::string goal,
                 std::optional<double> ratio_to_limit, std::optional<bool> ok) {
  fmt::print("{} {:.4g} {} | {} | {} | {}\n", name, value, unit, goal.empty() ? "-" : goal,
             ratio_to_limit ? fmt::format("{:.2f}", *ratio_to_limit) : "-", ok ? (*ok ? "ok" : "short") : "-");
  std::fflush(stdout);
}

double ns_per_op(std::function<void(size_t n)> work) {
  using Clock = std::chrono::steady_clock;
  auto time_ns = [&](size_t n) {
    auto start = Clock::now();
    work(n);
    return static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count());
  };
  size_t n = 1;
  double taken_ns = time_ns(n);
  while (taken_ns < 1e8) {
    n = taken_ns < 1e6 ? n * 10 : static_cast<size_t>(static_cast<double>(n) * 1.2e8 / taken_ns) + 1;
    taken_ns = time_ns(n);
  }
  std::vector<double> runs{taken_ns};
  for (int i = 0; i < 4; ++i) runs.push_back(time_ns(n));
  std::sort(runs.begin(), runs.end());
  return runs[runs.size() / 2] / static_cast<double>(n);
}

}  // namespace zhimi::bench
