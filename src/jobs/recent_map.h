#pragma once

#include <cstddef>
#include <functional>
#include <unordered_map>
#include <utility>

namespace kiln::jobs {

/// A map that forgets what has not been used for long: when the young generation is full it becomes the old one, what
/// is used again returns from there, and the rest is dropped with it. One thread.
template <class Key, class Value, class Hash = std::hash<Key>>
class RecentMap {
 public:
  /// Keeps between half of `capacity` and `capacity` values, the ones used last.
  explicit RecentMap(std::size_t capacity) : capacity_(capacity) {}

  /// The value, made afresh where there is none. It stays where it is until the next call.
  Value& use(const Key& key) {
    if (const auto found = young_.find(key); found != young_.end()) return found->second;
    if (young_.size() >= capacity_ / 2) old_ = std::exchange(young_, {});
    if (auto again = old_.extract(key)) return young_.insert(std::move(again)).position->second;
    return young_[key];
  }

  /// Null when there is none. Does not count as use.
  const Value* find(const Key& key) const {
    for (const auto* generation : {&young_, &old_}) {
      if (const auto found = generation->find(key); found != generation->end()) return &found->second;
    }
    return nullptr;
  }

 private:
  using Generation = std::unordered_map<Key, Value, Hash>;

  std::size_t capacity_;
  Generation young_, old_;
};

}  // namespace kiln::jobs
