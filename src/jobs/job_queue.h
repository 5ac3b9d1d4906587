#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "kiln/job.h"

#include "jobs/fenwick_tree.h"

namespace kiln::jobs {

/// The FIFO. Order is acceptance, that is the sequence number, always: a job that is put back for another attempt
/// stands before all that were accepted after it. One thread.
///
/// A list of slots sorted by sequence with a FenwickTree over which of them are taken: appending, leaving anywhere and
/// asking for a position cost O(log n); emptied slots are swept when they outnumber the others.
class JobQueue {
 public:
  /// False when a job of this sequence is in it already.
  bool insert(std::uint64_t sequence, const JobId& id);

  /// False when it is not in it.
  bool erase(std::uint64_t sequence);

  /// Takes the first out; nullopt when empty.
  std::optional<JobId> pop_front();

  /// The one that pop_front() would take; nullopt when empty.
  std::optional<JobId> front() const;

  /// 1 for the first, 0 for what is not in it.
  std::size_t position(std::uint64_t sequence) const;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Slot {
    std::uint64_t sequence;
    JobId id;
    bool taken;
  };

  std::size_t find(std::uint64_t sequence) const;  ///< index of the first slot not before `sequence`
  void append(const Slot& slot);
  void insert_before(std::size_t at, const Slot& slot);
  void rebuild(const std::vector<Slot>& slots);
  void leave(std::size_t slot);

  std::vector<Slot> slots_;
  FenwickTree<std::uint32_t> taken_;  ///< 1 for each slot that is
  std::size_t size_ = 0;
  std::size_t head_ = 0;  ///< the first slot that is taken, or the number of slots
};

}  // namespace kiln::jobs
