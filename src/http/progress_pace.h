#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "kiln/job.h"

namespace kiln::http {

/// Chooses which of many progress reports are told: of each job at most one per interval, and in the end always the
/// latest. A renderer reports after each pass, that is tens of times a second.
class ProgressPace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit ProgressPace(std::chrono::steady_clock::duration interval) : interval_(interval) {}

  /// A report came. True: it is told now. False: it is due later, unless forgotten.
  bool report(const JobId& id, Time now);

  /// When due() will have something; unset: nothing is kept.
  std::optional<Time> next() const;

  /// The jobs of which a report was kept and whose time has come; they count as told now.
  std::vector<JobId> due(Time now);

  /// Nothing of the job is due any more; its next report is told at once.
  void forget(const JobId& id) { jobs_.erase(id); }

 private:
  struct Told {
    Time at;
    bool more = false;  ///< something came since
  };

  std::chrono::steady_clock::duration interval_;
  std::map<JobId, Told> jobs_;  ///< those that are running
};

}  // namespace kiln::http
