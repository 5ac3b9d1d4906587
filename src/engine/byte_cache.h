#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <list>
#include <memory>
#include <string>
#include <utility>

namespace kiln::engine {

/// Keeps the values that were used last, by key, within a number of bytes. What is larger than all of that is kept
/// alone: the next job may want it again. Used by one thread at a time.
template <class Value>
class ByteCache {
 public:
  /// Values that were dropped, for the caller to let go where that may take long.
  using Dropped = std::list<std::shared_ptr<const Value>>;

  explicit ByteCache(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// Null when it is not there.
  std::shared_ptr<const Value> find(const std::string& key) {
    for (auto at = entries_.begin(); at != entries_.end(); ++at) {
      if (at->key != key) continue;
      entries_.splice(entries_.begin(), entries_, at);
      return at->value;
    }
    return nullptr;
  }

  /// The value used last of those whose key `accepts`; null when there is none. It does not count as a use.
  template <class Accepts>
  std::shared_ptr<const Value> find_if(Accepts accepts) const {
    const auto at = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return accepts(e.key); });
    return at == entries_.end() ? nullptr : at->value;
  }

  /// In place of what has this key.
  [[nodiscard]] Dropped insert(const std::string& key, std::shared_ptr<const Value> value, std::uint64_t bytes) {
    Dropped dropped;
    if (find(key)) drop(entries_.begin(), dropped);  // a find puts it first
    while (!entries_.empty() && total_bytes_ + bytes > limit_bytes_) drop(std::prev(entries_.end()), dropped);
    entries_.push_front({key, std::move(value), bytes});
    total_bytes_ += bytes;
    return dropped;
  }

  [[nodiscard]] Dropped clear() {
    Dropped dropped;
    while (!entries_.empty()) drop(entries_.begin(), dropped);
    return dropped;
  }

  std::uint64_t bytes() const { return total_bytes_; }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Value> value;
    std::uint64_t bytes;
  };

  void drop(typename std::list<Entry>::iterator entry, Dropped& dropped) {
    total_bytes_ -= entry->bytes;
    dropped.push_back(std::move(entry->value));
    entries_.erase(entry);
  }

  std::list<Entry> entries_;  // the last used first; a few entries, so that a walk is as good as a map
  std::uint64_t limit_bytes_, total_bytes_ = 0;
};

}  // namespace kiln::engine
