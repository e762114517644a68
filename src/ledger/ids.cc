#include "ledger/ids.h"

namespace zhimi::ledger {

void IdIndex::place(size_t index) {
  size_t at = home(prefixes_[index]);
  while (slots_[at]) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = static_cast<uint32_t>(index + 1);
}

void IdIndex::add(uint64_t prefix) {
  prefixes_.push_back(prefix);
  if (prefixes_.size() * 10 <= slots_.size() * 7) {
    place(prefixes_.size() - 1);
    return;
  }
  shift_ = slots_.empty() ? 64 - 10 : shift_ - 1;
  slots_.assign(size_t{1} << (64 - shift_), 0);
  for (size_t i = 0; i < prefixes_.size(); ++i) place(i);
}

void IdIndex::truncate(size_t size) {
  // The newest first: nothing was placed after it, so its slot can simply be freed.
  while (prefixes_.size() > size) {
    size_t at = home(prefixes_.back());
    while (slots_[at] != prefixes_.size()) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = 0;
    prefixes_.pop_back();
  }
}

}  // namespace zhimi::ledger
