// Arrays of primitives and their `_field` sidecar are aligned by position, null standing for nothing (FHIR R4 section
// 2.6.2.3). When both are shown, a position where neither shows anything disappears from both.
#include <algorithm>
#include <vector>

#include "shape/walk.h"

namespace zhimi::shape {

bool Walk::elements(uint32_t i, std::vector<uint32_t>& found) const {
  if (first(++i) == ']') return true;
  for (;;) {
    found.push_back(i);
    i = skip_from(i);
    if (!i || i >= count_) return false;
    if (first(i) == ']') return true;
    if (first(i) != ',') return false;
    ++i;
  }
}

Walk::Step Walk::aligned(uint32_t values, uint32_t sidecars, bool write_values, int depth) {
  std::vector<uint32_t> value, sidecar;
  if (!elements(values, value) || !elements(sidecars, sidecar)) return kBroken;
  value.resize(std::max(value.size(), sidecar.size()));
  sidecar.resize(value.size());
  const uint32_t mine = write_values ? values : sidecars;
  flush_until(at_[mine]);
  out_.put('[');
  bool any = false;
  size_t nulls = 0;  // owed before the next element; those at the end are never written
  auto separate = [&] {
    for (; nulls; --nulls, any = true) out_.put(any ? ",null" : "null");
    if (any) out_.put(',');
  };
  for (size_t k = 0; k < value.size(); ++k) {
    bool has_value = value[k] && is_shown_scalar(value[k]);
    if (write_values && has_value) {
      separate();
      out_.copy(text_ + at_[value[k]], end_of(value[k]) - at_[value[k]]);
      any = true;
      continue;
    }
    const Mark before = mark();
    const size_t owed = nulls;
    const bool had_any = any;
    separate();
    bool has_sidecar = false;
    if (sidecar[k] && first(sidecar[k]) == '{') {
      run_ = at_[sidecar[k]];
      Step step = object(view_.rows[view_.sidecar_row], sidecar[k], depth + 1);
      if (!step.next) return kBroken;
      has_sidecar = step.shown;
      if (has_sidecar) flush_until(at_[step.next - 1] + 1);
    }
    if (has_sidecar && !write_values) {
      any = true;
      continue;
    }
    back_to(before);
    any = had_any;
    nulls = owed + (has_value || has_sidecar);
  }
  out_.put(']');
  return {skip_from(mine), any};
}

}  // namespace zhimi::shape
