#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <utility>

namespace kiln::engine {

/// Keeps the values that were used last, by key, within a number of bytes. What is larger than all of that is kept
/// alone: the next job may want it again. One thread.
template <class Value>
class ByteCache {
 public:
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

  void insert(std::string key, std::shared_ptr<const Value> value, std::uint64_t bytes) {
    make_room(bytes);
    entries_.push_front({std::move(key), std::move(value), bytes});
    total_bytes_ += bytes;
  }

  void clear() {
    entries_.clear();
    total_bytes_ = 0;
  }

  std::uint64_t bytes() const { return total_bytes_; }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Value> value;
    std::uint64_t bytes;
  };

  void make_room(std::uint64_t bytes) {
    while (!entries_.empty() && total_bytes_ + bytes > limit_bytes_) {
      total_bytes_ -= entries_.back().bytes;
      entries_.pop_back();
    }
  }

  std::list<Entry> entries_;  // the last used first; a few entries, so that a walk is as good as a map
  std::uint64_t limit_bytes_, total_bytes_ = 0;
};

}  // namespace kiln::engine
