#include "jobs/job_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kiln::jobs {
namespace {

constexpr std::size_t lowest_bit(std::size_t node) { return node & (~node + 1); }

constexpr std::size_t kEmptySlotsKept = 64;

}  // namespace

std::size_t JobQueue::find(std::uint64_t sequence) const {
  const auto at = std::lower_bound(slots_.begin(), slots_.end(), sequence,
                                   [](const Slot& slot, std::uint64_t s) { return slot.sequence < s; });
  return static_cast<std::size_t>(at - slots_.begin());
}

void JobQueue::add(std::size_t slot, int change) {
  for (std::size_t node = slot + 1; node <= tree_.size(); node += lowest_bit(node)) {
    tree_[node - 1] += static_cast<std::uint32_t>(change);  // modulo 2^32, so that -1 subtracts
  }
}

std::size_t JobQueue::count_through(std::size_t slot) const {
  std::size_t count = 0;
  for (std::size_t node = slot + 1; node > 0; node -= lowest_bit(node)) count += tree_[node - 1];
  return count;
}

/// A new last node covers itself and its children, the nodes that end where each smaller power of two does.
void JobQueue::append(const Slot& slot) {
  slots_.push_back(slot);
  const std::size_t node = slots_.size();
  std::uint32_t count = slot.taken ? 1 : 0;
  for (std::size_t child = node - 1; child > node - lowest_bit(node); child -= lowest_bit(child)) {
    count += tree_[child - 1];
  }
  tree_.push_back(count);
}

/// For a job whose slot was swept while it was away, or that became durable after some that were accepted later. No
/// node before `at` covers a slot behind it, so only those behind are made anew: a whole batch may come that late.
void JobQueue::insert_before(std::size_t at, const Slot& slot) {
  const auto first = slots_.begin() + static_cast<std::ptrdiff_t>(at);
  const std::vector<Slot> behind(first, slots_.end());
  slots_.erase(first, slots_.end());
  tree_.resize(at);
  append(slot);
  for (const Slot& later : behind) append(later);
  head_ = std::min(head_, at);
}

void JobQueue::rebuild(const std::vector<Slot>& slots) {
  slots_.clear();
  tree_.clear();
  head_ = 0;
  for (const Slot& slot : slots) {
    if (slot.taken) append(slot);
  }
}

bool JobQueue::insert(std::uint64_t sequence, const JobId& id) {
  const std::size_t at = find(sequence);
  if (at == slots_.size()) {
    append({sequence, id, true});
  } else if (slots_[at].sequence == sequence) {
    if (slots_[at].taken) return false;
    slots_[at] = {sequence, id, true};
    add(at, 1);
    head_ = std::min(head_, at);
  } else {
    insert_before(at, {sequence, id, true});
  }
  ++size_;
  return true;
}

void JobQueue::leave(std::size_t slot) {
  slots_[slot].taken = false;
  add(slot, -1);
  --size_;
  while (head_ < slots_.size() && !slots_[head_].taken) ++head_;
  if (slots_.size() > 2 * size_ + kEmptySlotsKept) rebuild(std::exchange(slots_, {}));
}

bool JobQueue::erase(std::uint64_t sequence) {
  const std::size_t at = find(sequence);
  if (at == slots_.size() || slots_[at].sequence != sequence || !slots_[at].taken) return false;
  leave(at);
  return true;
}

std::optional<JobId> JobQueue::pop_front() {
  const auto id = front();
  if (id) leave(head_);
  return id;
}

std::optional<JobId> JobQueue::front() const { return empty() ? std::nullopt : std::optional(slots_[head_].id); }

std::size_t JobQueue::position(std::uint64_t sequence) const {
  const std::size_t at = find(sequence);
  if (at == slots_.size() || slots_[at].sequence != sequence || !slots_[at].taken) return 0;
  return count_through(at);
}

}  // namespace kiln::jobs
