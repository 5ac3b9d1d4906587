#pragma once

#include <cstddef>
#include <vector>

namespace kiln::jobs {

/// Sums of the first n of a list of values in O(log n), also while the values change (P. Fenwick, "A New Data Structure
/// for Cumulative Frequency Tables", 1994). `Value` has += and -= and begins at zero.
template <class Value>
class FenwickTree {
 public:
  /// A new last node covers itself and its children, the nodes that end where each smaller power of two does.
  void append(Value value) {
    const std::size_t node = nodes_.size() + 1;
    for (std::size_t child = node - 1; child > node - lowest_bit(node); child -= lowest_bit(child)) {
      value += nodes_[child - 1];
    }
    nodes_.push_back(value);
  }

  void add(std::size_t index, const Value& value) {
    for (std::size_t node = index + 1; node <= nodes_.size(); node += lowest_bit(node)) nodes_[node - 1] += value;
  }

  void subtract(std::size_t index, const Value& value) {
    for (std::size_t node = index + 1; node <= nodes_.size(); node += lowest_bit(node)) nodes_[node - 1] -= value;
  }

  Value sum_of_first(std::size_t count) const {
    Value sum{};
    for (std::size_t node = count; node > 0; node -= lowest_bit(node)) sum += nodes_[node - 1];
    return sum;
  }

  /// Only the first `size` values stay; no node of theirs covers one behind them.
  void truncate(std::size_t size) { nodes_.resize(size); }

 private:
  static constexpr std::size_t lowest_bit(std::size_t node) { return node & (~node + 1); }

  std::vector<Value> nodes_;  ///< nodes_[i] is node i + 1
};

}  // namespace kiln::jobs
