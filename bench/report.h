// Figures of bench/run: `name value unit | goal | ratio to limit | ok or short`.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace zhimi::bench {

class Report {
 public:
  explicit Report(std::string filter) : filter_(std::move(filter)) {}
  // `ratio_to_limit` compares with a limit measured in the same run; `ok` is empty where there is no goal.
  void row(std::string name, double value, std::string unit, std::string goal = "",
           std::optional<double> ratio_to_limit = {}, std::optional<bool> ok = {});
  bool wanted(const std::string& group) const { return filter_.empty() || group.find(filter_) != std::string::npos; }

 private:
  std::string filter_;
};

// Nanoseconds of one operation: the median of several runs of at least 100 ms. `work(n)` performs n operations.
double ns_per_op(std::function<void(size_t n)> work);

}  // namespace zhimi::bench
