// A bounded map that forgets what was used longest ago. Not thread-safe.
#pragma once

#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace zhimi::vault {

template <class Key, class Value, class Hash = std::hash<Key>, class Equal = std::equal_to<>>
class Lru {
 public:
  explicit Lru(size_t limit) : limit_(limit) {}

  // Null when absent. The pointer holds until the next put() or clear().
  template <class K>
  Value* find(const K& key) {
    auto at = index_.find(key);
    if (at == index_.end()) return nullptr;
    items_.splice(items_.begin(), items_, at->second);
    return &at->second->second;
  }
  Value& put(Key key, Value value) {
    if (Value* old = find(key)) return *old = std::move(value);
    if (items_.size() >= limit_) {
      index_.erase(items_.back().first);
      items_.pop_back();
    }
    items_.emplace_front(key, std::move(value));
    index_.emplace(std::move(key), items_.begin());
    return items_.front().second;
  }
  void clear() {
    index_.clear();
    items_.clear();
  }
  size_t size() const { return items_.size(); }

 private:
  size_t limit_;
  std::list<std::pair<Key, Value>> items_;  // newest first
  std::unordered_map<Key, typename std::list<std::pair<Key, Value>>::iterator, Hash, Equal> index_;
};

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
};

}  // namespace zhimi::vault
