#include "jobs/job_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kiln::jobs {
namespace {

constexpr std::size_t kEmptySlotsKept = 64;

}  // namespace

std::size_t JobQueue::find(std::uint64_t sequence) const {
  const auto at = std::lower_bound(slots_.begin(), slots_.end(), sequence,
                                   [](const Slot& slot, std::uint64_t s) { return slot.sequence < s; });
  return static_cast<std::size_t>(at - slots_.begin());
}

void JobQueue::append(const Slot& slot) {
  slots_.push_back(slot);
  taken_.append(slot.taken ? 1 : 0);
}

/// For a job whose slot was swept while it was away, or that became durable after some that were accepted later.
/// Only those behind are made anew: a whole batch may come that late.
void JobQueue::insert_before(std::size_t at, const Slot& slot) {
  const auto first = slots_.begin() + static_cast<std::ptrdiff_t>(at);
  const std::vector<Slot> behind(first, slots_.end());
  slots_.erase(first, slots_.end());
  taken_.truncate(at);
  append(slot);
  for (const Slot& later : behind) append(later);
  head_ = std::min(head_, at);
}

void JobQueue::rebuild(const std::vector<Slot>& slots) {
  slots_.clear();
  taken_.truncate(0);
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
    taken_.add(at, 1);
    head_ = std::min(head_, at);
  } else {
    insert_before(at, {sequence, id, true});
  }
  ++size_;
  return true;
}

void JobQueue::leave(std::size_t slot) {
  slots_[slot].taken = false;
  taken_.subtract(slot, 1);
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
  return taken_.sum_of_first(at + 1);
}

}  // namespace kiln::jobs
