#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "jobs/job_types.h"
#include "store/job_store.h"

namespace kiln::jobs {

/// Hands the changes of jobs to the store, one at a time for each job, and sees to it that none is lost: a change that
/// cannot be stored (the disk is full) is tried again until it can, the newest snapshot of a job in place of the older
/// ones. Used on the strand; callbacks run on it, never inside the call, and are dropped with this object.
class JobWriter {
 public:
  /// `quiet` is called whenever the store has answered all that it was given.
  JobWriter(const boost::asio::any_io_executor& strand, store::JobStore& store, std::chrono::milliseconds retry,
            std::function<void()> quiet);

  /// A new job. One that cannot be stored is not tried again.
  void insert(const JobPtr& job, DoneCallback done);

  void insert_batch(const BatchPtr& batch, std::vector<JobPtr> jobs, DoneCallback done);  ///< as insert()

  /// The next snapshot of a stored job, which the store has at attempt `stored_attempt` (or will, by earlier calls).
  /// `done` hears of the first try; when that fails the change stays due.
  void update(const JobPtr& job, std::uint32_t stored_attempt, DoneCallback done);

  void remove(const JobId& id, DoneCallback done);                ///< not tried again
  void forget(const JobId& id, WallTime now, DoneCallback done);  ///< not tried again

  /// Drops the changes of a job whose removal failed, and removes its row as soon as that can be.
  void remove_later(const JobId& id);

  /// Calls `stored` once no change of the job is due any more: inside the call when none is.
  void once_stored(const JobId& id, std::function<void()> stored);

  void retry_now();  ///< gives the store all changes that are due
  void stop();       ///< no more retries

  bool quiet() const { return unanswered_ == 0; }

 private:
  /// The changes of one job that are not durable yet.
  struct Pending {
    JobPtr sent, next;  ///< what the store has in hand, what comes after it
    std::vector<DoneCallback> sent_for, next_for;
    std::uint32_t stored_attempt = 1;
    bool leaving = false;  ///< the row is being removed
    std::vector<std::function<void()>> once_stored;
  };

  void send(const JobId& id, Pending& pending);
  void answered(const JobId& id, const Result<void>& stored);
  void gone(const JobId& id, const Result<void>& stored, const DoneCallback& done);
  void drop(std::map<JobId, Pending>::iterator at);
  void failed(const Error& error);
  void succeeded();
  void one_answered();
  template <class Call>
  auto guarded(Call call);

  store::JobStore& store_;
  std::chrono::milliseconds retry_;
  std::function<void()> quiet_;
  boost::asio::steady_timer timer_;
  std::map<JobId, Pending> pending_;
  std::vector<JobId> removals_;  ///< rows to be removed at the next retry
  std::size_t unanswered_ = 0;
  bool failing_ = false;   ///< said so in the log
  bool retrying_ = false;  ///< the timer runs
  bool stopped_ = false;
  std::shared_ptr<JobWriter*> self_;  ///< handlers that outlive this object find null
};

}  // namespace kiln::jobs
