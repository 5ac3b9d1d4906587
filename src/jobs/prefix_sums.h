#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace kiln::jobs {

/// Values by ascending sequence number, and the sum of those before any number in O(log n): slots sorted by sequence
/// beside a Fenwick tree (P. Fenwick, "A New Data Structure for Cumulative Frequency Tables", 1994). Appending and
/// leaving anywhere cost O(log n), too; emptied slots are swept when they outnumber the others. `Value` has += and -=
/// and begins at zero. One thread.
template <class Value>
class PrefixSums {
 public:
  /// False when there is one of this sequence already.
  bool insert(std::uint64_t sequence, const Value& value) {
    const std::size_t at = find(sequence);
    if (at < slots_.size() && slots_[at].sequence == sequence) {
      if (slots_[at].taken) return false;
      slots_[at] = {sequence, value, true};
      add(at, value);
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
    subtract(at, slots_[at].value);
    --size_;
    if (slots_.size() > 2 * size_ + kEmptySlotsKept) rebuild(std::exchange(slots_, {}));
    return true;
  }

  /// Puts another value in the place of the one of this sequence. False when there is none.
  bool replace(std::uint64_t sequence, const Value& value) {
    const std::size_t at = find(sequence);
    if (at == slots_.size() || slots_[at].sequence != sequence || !slots_[at].taken) return false;
    subtract(at, slots_[at].value);
    add(at, value);
    slots_[at].value = value;
    return true;
  }

  /// Of all values whose sequence is at most this one.
  Value through(std::uint64_t sequence) const { return sum(find(sequence + 1)); }
  Value total() const { return sum(slots_.size()); }

  std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint64_t sequence;
    Value value;
    bool taken;
  };

  static constexpr std::size_t kEmptySlotsKept = 64;
  static constexpr std::size_t lowest_bit(std::size_t node) { return node & (~node + 1); }

  std::size_t find(std::uint64_t sequence) const {  // index of the first slot not before `sequence`
    const auto at = std::lower_bound(slots_.begin(), slots_.end(), sequence,
                                     [](const Slot& slot, std::uint64_t s) { return slot.sequence < s; });
    return static_cast<std::size_t>(at - slots_.begin());
  }

  Value sum(std::size_t slots) const {
    Value sum{};
    for (std::size_t node = slots; node > 0; node -= lowest_bit(node)) sum += tree_[node - 1];
    return sum;
  }

  void add(std::size_t slot, const Value& value) {
    for (std::size_t node = slot + 1; node <= tree_.size(); node += lowest_bit(node)) tree_[node - 1] += value;
  }

  void subtract(std::size_t slot, const Value& value) {
    for (std::size_t node = slot + 1; node <= tree_.size(); node += lowest_bit(node)) tree_[node - 1] -= value;
  }

  /// A new last node covers itself and its children, the nodes that end where each smaller power of two does.
  void append(const Slot& slot) {
    slots_.push_back(slot);
    const std::size_t node = slots_.size();
    Value sum = slot.taken ? slot.value : Value{};
    for (std::size_t child = node - 1; child > node - lowest_bit(node); child -= lowest_bit(child)) {
      sum += tree_[child - 1];
    }
    tree_.push_back(sum);
  }

  /// See JobQueue: only what is behind is made anew.
  void insert_before(std::size_t at, const Slot& slot) {
    const auto first = slots_.begin() + static_cast<std::ptrdiff_t>(at);
    const std::vector<Slot> behind(first, slots_.end());
    slots_.erase(first, slots_.end());
    tree_.resize(at);
    append(slot);
    for (const Slot& later : behind) append(later);
  }

  void rebuild(const std::vector<Slot>& slots) {
    slots_.clear();
    tree_.clear();
    for (const Slot& slot : slots) {
      if (slot.taken) append(slot);
    }
  }

  std::vector<Slot> slots_;
  std::vector<Value> tree_;  ///< tree_[i] is the Fenwick node i + 1
  std::size_t size_ = 0;
};

}  // namespace kiln::jobs
