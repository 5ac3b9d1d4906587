#include "jobs/log_model.h"

#include <algorithm>

namespace kiln::jobs {
namespace {

constexpr double kKeepOfScenes = 0.95, kKeepOfJobs = 0.85;  ///< worth of an observation when the next one has come
constexpr double kLeastJobsVariance = 0.02 * 0.02;          ///< no two runs take the same time
constexpr double kShareInCommon = 0.25;  ///< of the jobs' own scatter: what slows one often slows the next

Normal update(const Normal& before, const RecentMean& seen, double variance_of_one) {
  return update(before, seen.mean(), seen.weight(), variance_of_one);
}

}  // namespace

Normal update(const Normal& before, double mean, double weight, double variance_of_one) {
  const double from_before = 1 / before.variance, from_seen = weight / variance_of_one;
  const double variance = 1 / (from_before + from_seen);
  return {variance * (before.mean * from_before + mean * from_seen), variance};
}

void RecentVariance::add(double residual, double other_variance, double initial, double worth) {
  const double now = value(initial), all = now + other_variance;
  const double share = now / all;
  const double keep = 1 - (1 - kKeep) * worth;
  sum_ = sum_ * keep + worth * share * (share * residual * residual + other_variance);
  weight_ = weight_ * keep + worth;
}

double LogModel::jobs_variance() const { return std::max(kLeastJobsVariance, jobs_.value(prior_.jobs_variance)); }

double LogModel::jobs_variance(const Level* kind) const {
  return kind == nullptr ? jobs_variance() : std::max(kLeastJobsVariance, kind->jobs.value(jobs_variance()));
}

Normal LogModel::all() const { return update(prior_.all, all_, scenes_variance()); }

Normal LogModel::scene(const Level* seen) const {
  const Normal above = all();
  const Normal before{above.mean, above.variance + scenes_variance()};
  return seen == nullptr ? before : update(before, seen->seen, kinds_variance() + jobs_variance());
}

Normal LogModel::kind(const Normal& scene, const Level* seen) const {
  const Normal before{scene.mean, scene.variance + kinds_variance()};
  return seen == nullptr ? before : update(before, seen->seen, jobs_variance(seen));
}

LogModel::Prediction LogModel::steady(const WorkKind& of) const {
  const Level* const seen = by_kind_.find(of);
  const Normal known = kind(scene(by_scene_.find(of.scene)), seen);
  const double scatter = jobs_variance(seen);
  return {known.mean, known.variance + kShareInCommon * scatter, (1 - kShareInCommon) * scatter, 0};
}

LogModel::Prediction LogModel::predict(const WorkKind& of) const {
  Prediction known = steady(of);
  known.mean += drift_.mean;
  known.drift_variance = drift_.variance + drift_step();
  return known;
}

/// A job of which little was known says little of the drift.
void LogModel::follow(const Prediction& known, double logarithm, double worth) {
  const double residual = logarithm - known.mean - drift_.mean;
  steps_.add(residual, drift_.variance + known.variance(), kInitialStep, worth);
  drift_.variance += drift_step();
  const double gain = worth * drift_.variance / (drift_.variance + known.variance());
  drift_.mean += gain * residual;
  drift_.variance *= 1 - gain;
}

void LogModel::learn(const WorkKind& of, double with_drift, double worth) {
  follow(steady(of), with_drift, worth);
  const double logarithm = with_drift - drift_.mean;
  Level& of_scene = by_scene_.use(of.scene);
  Level& of_kind = by_kind_.use(of);
  const Normal known_scene = scene(&of_scene);
  if (of_kind.seen.weight() > 0) {
    const Normal known = kind(known_scene, &of_kind);
    of_kind.jobs.add(logarithm - known.mean, known.variance, jobs_variance(), worth);
    jobs_.add(logarithm - known.mean, known.variance, prior_.jobs_variance, worth);
  } else if (of_scene.seen.weight() > 0) {
    kinds_.add(logarithm - known_scene.mean, known_scene.variance + jobs_variance(), prior_.kinds_variance, worth);
  } else {
    const Normal known = all();
    const double below = kinds_variance() + jobs_variance();
    scenes_.add(logarithm - known.mean, known.variance + below, prior_.scenes_variance, worth);
    all_.add(logarithm, kKeepOfScenes, worth);
  }
  of_scene.seen.add(logarithm, kKeepOfJobs, worth);
  of_kind.seen.add(logarithm, kKeepOfJobs, worth);
}

}  // namespace kiln::jobs
