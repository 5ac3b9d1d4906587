#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "kiln/job.h"

#include "jobs/log_model.h"

namespace kiln::jobs {

/// An uncertain duration: mean and variance, in s and s².
struct Duration {
  double mean = 0, variance = 0;

  /// Of a log-normal distribution of this mean and variance: what so many standard deviations (of the logarithm) beyond
  /// the middle are; 0: the median.
  double at(double deviations) const;

  Duration operator+(const Duration& other) const { return {mean + other.mean, variance + other.variance}; }
};

/// What jobs of one kind take, each of the numbers learnt apart.
struct WorkCost {
  double sample_s = 0;         ///< mean, per sample
  double shared_variance = 0;  ///< of what a job's samples take, over mean²: the part that all jobs have in common
  double own_variance = 0;     ///< likewise: each job's own part
  Duration fresh, kept;        ///< until the first sample: when the job before had another scene, and when the same
};

/// How far an attempt has come, times in s.
struct Progress {
  double elapsed_s = 0;    ///< since it was begun
  double share = 0;        ///< of the samples that are finished
  double first_share = 0;  ///< at the first report of finished samples: more than a pass when it was resumed
  double measured_s = 0;   ///< between that report and now
};

/// Learns from finished jobs how long others will take. The seconds per sample and those before the first one are
/// logarithmic normal; scene and settings are weighted against other scenes (LogModel). Each backend has a model of its
/// own. One thread.
class Estimator {
 public:
  Estimator();

  /// Estimates are for this backend ("cuda", "cpu", ...) from now on. Before the first call: for that of the job learnt
  /// last.
  void use_backend(const std::string& name);

  /// What was seen of a job beside its report.
  struct Watched {
    bool scene_kept = false;        ///< the job before it had the same scene
    std::optional<double> held_s;   ///< from its begin to its last sample
    std::optional<double> after_s;  ///< from then to its end
  };

  /// Nothing is learnt from a job without a picture, from one whose picture was there already, and from one that was
  /// begun more than once (its samples are not all of the attempt that was timed). A partial picture counts by its
  /// samples.
  void learn(const Job& job, const Watched& watched);

  WorkCost cost(const WorkKind& kind) const;

  /// Over mean², of what so many jobs take together: the error that they all have in common, whatever their kind.
  double drift_variance(std::size_t jobs) const;

  /// From its begin to its last sample; no longer than its time budget and limit.
  Duration work(const RenderRequest& request, bool scene_kept) const;

  /// From the last sample to the end.
  Duration after(const RenderRequest& request) const;

  /// From now to the last sample.
  Duration left(const RenderRequest& request, bool scene_kept, const Progress& progress) const;

  std::uint64_t revision() const {
    return revision_;
  }  ///< from 1; grows with everything that changes what is estimated

 private:
  struct Model {
    explicit Model(double sample_s);
    LogModel sample, fresh, kept;
    std::array<RecentMean, 4> encode;  ///< s per pixel, by ImageFormat
    RecentMean rest;                   ///< s after the last sample beside encoding
  };

  Model& model_of(const std::string& backend);

  std::map<std::string, Model> models_;
  Model* model_ = nullptr;  ///< of the backend in use
  bool told_ = false;       ///< which backend is in use
  std::uint64_t revision_ = 1;
};

WorkKind kind_of(const RenderRequest& request);

/// Of a whole picture.
std::uint64_t samples_of(const RenderRequest& request);

/// The shorter of budget and limit.
std::optional<double> time_bound(const RenderRequest& request);

}  // namespace kiln::jobs
