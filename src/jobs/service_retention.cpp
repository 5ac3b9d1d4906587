// What age and lack of space do to finished jobs.
#include <utility>

#include "base/log.h"
#include "jobs/job_machine.h"
#include "jobs/service_core.h"

namespace kiln::jobs {
namespace {

constexpr std::size_t kForgottenAtOnce = 1000;  ///< so that a long list does not hold up other work
constexpr std::chrono::milliseconds kBetweenTwoLots{100};

}  // namespace

void Service::Core::watch_ages(std::chrono::milliseconds wait) {
  age_timer_.expires_after(wait);
  age_timer_.async_wait(guarded([this](const boost::system::error_code& cancelled) {
    if (cancelled || draining_) return;
    keep_within_limits();
    assets_.keep_within_limits();
    const std::vector<JobId> old = retention_.jobs_due(now(), kForgottenAtOnce);
    for (const JobId& id : old) forget(table_.find(id));
    watch_ages(old.size() == kForgottenAtOnce ? kBetweenTwoLots : options_.retention_period);
  }));
}

void Service::Core::keep_within_limits() {
  for (const JobId& id : retention_.pictures_due(now())) expire_picture(table_.find(id));
}

/// The mark goes first and the file after it. When the mark cannot be stored the file goes all the same: on a full disk
/// nothing else may give room, and the next start marks jobs whose picture is missing.
void Service::Core::expire_picture(const JobPtr& job) {
  retention_.remove_picture(*job);
  cache_.remove(*job);
  const JobPtr next = expire(job, now()).value();
  writer_.update(next, next->attempt, [this, next](const Result<void>&) {
    if (table_.find(next->id)) change(next, JobEventKind::expired);
    remove_result(next->id);
  });
}

void Service::Core::forget(const JobPtr& job) {
  const JobId id = job->id;
  retention_.remove(*job);
  writer_.forget(id, now(), [this, id](const Result<void>& stored) {
    const JobPtr left = table_.find(id);
    if (!left) return;
    if (!stored) return retention_.add(left);  // at a later look
    gone(id);
    forgotten_.add(id);
    if (left->batch && !batches_.find(*left->batch).batch) forgotten_.add(*left->batch);
  });
}

}  // namespace kiln::jobs
