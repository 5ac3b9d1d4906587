#pragma once

#include <cstdint>

#include "jobs/recent_map.h"

namespace kiln::jobs {

/// What two jobs may have in common that decides what a sample costs: the scene, and beyond it the settings (the depth
/// of paths, the environment). Hashes: a collision makes two estimates worse and nothing else.
struct WorkKind {
  std::uint64_t scene = 0, settings = 0;
  bool operator==(const WorkKind&) const = default;
};

struct WorkKindHash {
  std::size_t operator()(const WorkKind& kind) const { return kind.scene * 31 + kind.settings; }
};

/// A normal distribution, here of the logarithm of a duration.
struct Normal {
  double mean = 0, variance = 0;
};

/// What is known after `weight` observations of `mean` that scatter by `variance_of_one`.
Normal update(const Normal& before, double mean, double weight, double variance_of_one);

/// Mean of observations; each takes the share 1 - `keep` of what the earlier ones are worth.
class RecentMean {
 public:
  void add(double value, double keep, double worth = 1) {
    weight_ = weight_ * (1 - (1 - keep) * worth) + worth;
    if (weight_ > 0) mean_ += (value - mean_) * worth / weight_;
  }
  double weight() const { return weight_; }  ///< of how many fresh observations it is worth
  double mean() const { return mean_; }

 private:
  double weight_ = 0, mean_ = 0;
};

/// A variance learnt from residuals that have another, known variance in them besides: one step of expectation
/// maximisation each (Dempster, Laird, Rubin, "Maximum Likelihood from Incomplete Data via the EM Algorithm", 1977).
class RecentVariance {
 public:
  /// `initial` counts as a few observations.
  double value(double initial) const { return (kInitialWeight * initial + sum_) / (kInitialWeight + weight_); }

  void add(double residual, double other_variance, double initial, double worth);

 private:
  static constexpr double kInitialWeight = 3, kKeep = 0.95;

  double sum_ = 0, weight_ = 0;
};

/// Logarithms of durations in three levels: a job's is scattered around that of its kind, a kind's around that of its
/// scene, a scene's around that of all scenes, all normally (A. Gelman et al., "Bayesian Data Analysis", 2013, ch. 5).
/// What is known of a level is weighted against the level above by its number of observations; of late ones more than
/// of old ones. How wide each level scatters is learnt, too. What else the machine does slows all jobs alike and
/// changes with time: a drift that all have in common, a random walk from job to job, followed by a Kalman filter (R.
/// Kalman, "A New Approach to Linear Filtering and Prediction Problems", 1960). One thread.
class LogModel {
 public:
  struct Prior {
    Normal all;              ///< before anything is known
    double scenes_variance;  ///< a first guess at the scatter of scenes around all
    double kinds_variance;   ///< of kinds around their scene
    double jobs_variance;    ///< of jobs around their kind
  };

  struct Prediction {
    double mean = 0;
    double shared_variance = 0;  ///< the same error in all jobs of the kind
    double own_variance = 0;     ///< of each job for itself
    double drift_variance = 0;   ///< the same error in all jobs of all kinds

    double variance() const { return shared_variance + own_variance + drift_variance; }
  };

  explicit LogModel(const Prior& prior) : prior_(prior) {}

  /// Takes the logarithm of an observed duration. `worth` from 0 to 1: how much it says.
  void learn(const WorkKind& of, double with_drift, double worth);
  Prediction predict(const WorkKind& of) const;

  /// How much uncertainty of the drift each job adds to that of the next.
  double drift_step() const { return steps_.value(kInitialStep); }

 private:
  struct Level {
    RecentMean seen;
    RecentVariance jobs;
  };

  Prediction steady(const WorkKind& of) const;  ///< without the drift
  void follow(const Prediction& known, double logarithm, double worth);
  Normal all() const;
  Normal scene(const Level* seen) const;
  Normal kind(const Normal& scene, const Level* seen) const;
  double scenes_variance() const { return scenes_.value(prior_.scenes_variance); }
  double kinds_variance() const { return kinds_.value(prior_.kinds_variance); }
  double jobs_variance() const;
  double jobs_variance(const Level* kind) const;

  Prior prior_;
  RecentMean all_;  ///< of each scene the first observation: one that is rendered often says little of others
  RecentVariance scenes_, kinds_, jobs_, steps_;
  Normal drift_;
  RecentMap<std::uint64_t, Level> by_scene_{kMostKinds};
  RecentMap<WorkKind, Level, WorkKindHash> by_kind_{kMostKinds};

  static constexpr std::size_t kMostKinds = 8192;
  static constexpr double kInitialStep = 0.1 * 0.1;
};

}  // namespace kiln::jobs
