#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "jobs/job_types.h"

namespace kiln::jobs {

/// Which job or batch was accepted, or is about to be, under each idempotency key. One thread.
class IdempotencyIndex {
 public:
  /// Given the id that a key stands for, or why its request was not accepted.
  using Waiter = std::function<void(const Result<JobId>&)>;

  /// Whether the key is taken. If so, `first` hears what became of the request that took it: inside the call when that
  /// is known already. Errors for it: idempotency_key_reused when that request was another one.
  bool repeat(const IdempotencyKey& key, Waiter first);

  /// Takes a free key for a request that is on its way to the disk; end() says how that went. After a failure the key
  /// is free again.
  void begin(const IdempotencyKey& key);
  void end(const IdempotencyKey& key, const Result<JobId>& accepted);

  /// Takes a key for what is durable already.
  void put(const IdempotencyKey& key, const JobId& id);

  /// What was accepted under the key is gone. The key is free unless it stands for something else by now: a row that
  /// could not be removed comes back with a restart, though its key was given away.
  void erase(const IdempotencyKey& key, const JobId& id);

 private:
  struct Entry {
    std::string digest;
    std::optional<JobId> id;      ///< unset: on its way
    std::vector<Waiter> waiting;  ///< for the id
  };

  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace kiln::jobs
