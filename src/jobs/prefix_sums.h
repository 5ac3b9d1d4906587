#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "jobs/fenwick_tree.h"

namespace kiln::jobs {

/// Values by ascending sequence number, and the sum of those before any number in O(log n): slots sorted by sequence
/// beside a FenwickTree. Appending and leaving anywhere cost O(log n), too; emptied slots are swept when they outnumber
/// the others. `Value` has += and -= and begins at zero. One thread.
template <class Value>
class PrefixSums {
 public:
  /// False when there is one of this sequence already.
  bool insert(std::uint64_t sequence, const Value& value) {
    const std::size_t at = find(sequence);
    if (at < slots_.size() && slots_[at].sequence == sequence) {
      if (slots_[at].taken) return false;
      slots_[at] = {sequence, value, true};
      sums_.add(at, value);
    } else if (at == slots_.size()) {
      append({sequence, value, true});
    } else {
      insert_before(at, {sequence, value, true});
    }
    ++size_;
    return true;
  }

  /// False when there is none.
  bool erase(std::uint64_t sequence) {
    const std::size_t at = find(sequence);
    if (at == slots_.size() || slots_[at].sequence != sequence || !slots_[at].taken) return false;
    slots_[at].taken = false;
    sums_.subtract(at, slots_[at].value);
    --size_;
    if (slots_.size() > 2 * size_ + kEmptySlotsKept) rebuild(std::exchange(slots_, {}));
    return true;
  }

  /// Puts another value in the place of the one of this sequence. False when there is none.
  bool replace(std::uint64_t sequence, const Value& value) {
    const std::size_t at = find(sequence);
    if (at == slots_.size() || slots_[at].sequence != sequence || !slots_[at].taken) return false;
    sums_.subtract(at, slots_[at].value);
    sums_.add(at, value);
    slots_[at].value = value;
    return true;
  }

  /// Of all values whose sequence is at most this one.
  Value through(std::uint64_t sequence) const { return sums_.sum_of_first(find(sequence + 1)); }
  Value total() const { return sums_.sum_of_first(slots_.size()); }

  std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint64_t sequence;
    Value value;
    bool taken;
  };

  static constexpr std::size_t kEmptySlotsKept = 64;

  std::size_t find(std::uint64_t sequence) const {  // index of the first slot not before `sequence`
    const auto at = std::lower_bound(slots_.begin(), slots_.end(), sequence,
                                     [](const Slot& slot, std::uint64_t s) { return slot.sequence < s; });
    return static_cast<std::size_t>(at - slots_.begin());
  }

  void append(const Slot& slot) {
    slots_.push_back(slot);
    sums_.append(slot.taken ? slot.value : Value{});
  }

  /// See JobQueue: only what is behind is made anew.
  void insert_before(std::size_t at, const Slot& slot) {
    const auto first = slots_.begin() + static_cast<std::ptrdiff_t>(at);
    const std::vector<Slot> behind(first, slots_.end());
    slots_.erase(first, slots_.end());
    sums_.truncate(at);
    append(slot);
    for (const Slot& later : behind) append(later);
  }

  void rebuild(const std::vector<Slot>& slots) {
    slots_.clear();
    sums_.truncate(0);
    for (const Slot& slot : slots) {
      if (slot.taken) append(slot);
    }
  }

  std::vector<Slot> slots_;
  FenwickTree<Value> sums_;
  std::size_t size_ = 0;
};

}  // namespace kiln::jobs
