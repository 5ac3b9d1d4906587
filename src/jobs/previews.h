#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "kiln/engine.h"

#include "jobs/job_types.h"
#include "store/blob_store.h"

namespace kiln::jobs {

/// The pictures so far of the jobs that run. However many clients ask for one, the engine is asked once at a time: who
/// asks meanwhile waits for that answer, and who asks while there can be no newer one gets the same. Used on the
/// strand, where callbacks run too, never inside the call; they are dropped with this object. The bytes are dropped
/// with the attempt that they show.
class Previews {
 public:
  /// What is passed by reference must outlive this object; the engine may answer after it.
  Previews(boost::asio::any_io_executor strand, Engine& engine, store::BlobStore& blobs);

  /// Of a job that runs. Errors: those of Engine::preview; io_error.
  void ask(const Job& job, SoFarCallback done);

  /// The job does not run any more.
  void forget(const JobId& id);

 private:
  using Clock = std::chrono::steady_clock;
  using Key = std::pair<JobId, std::uint32_t>;  ///< with the attempt

  struct Shared {
    SoFarPtr latest;  ///< null: none yet
    Clock::time_point newest_until{};
    bool ended = false;
    std::vector<SoFarCallback> waiting;  ///< for the engine's answer; empty: it was not asked
  };

  void ask_engine(const Key& key, std::uint64_t pixels);
  void answer(const Key& key, const Result<SoFarPtr>& so_far, Clock::time_point newest_until);

  boost::asio::any_io_executor strand_;
  Engine& engine_;
  store::BlobStore& blobs_;
  std::map<Key, Shared> shared_;
  std::shared_ptr<Previews*> self_;  ///< answers that outlive this object find null
};

}  // namespace kiln::jobs
