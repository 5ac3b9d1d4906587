#pragma once

#include <cstddef>
#include <deque>
#include <unordered_set>

#include "jobs/job_types.h"
#include "store/job_store.h"

namespace kiln::jobs {

/// The ids of jobs that were forgotten by age, to be told from ids that never were. The newest are kept, as many
/// as the store keeps. One thread.
class ForgottenIds {
 public:
  explicit ForgottenIds(std::size_t most = store::kMostForgotten) : most_(most) {}

  void add(const JobId& id) {
    if (!ids_.insert(id).second) return;
    order_.push_back(id);
    if (order_.size() <= most_) return;
    ids_.erase(order_.front());
    order_.pop_front();
  }
  bool contains(const JobId& id) const { return ids_.contains(id); }

 private:
  std::size_t most_;
  std::unordered_set<JobId, JobIdHash> ids_;
  std::deque<JobId> order_;
};

}  // namespace kiln::jobs
