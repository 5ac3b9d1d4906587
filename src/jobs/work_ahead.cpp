#include "jobs/work_ahead.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kiln::jobs {
namespace {

constexpr double kCorrelation = 0.25;  ///< of the errors of two kinds, as new scenes often resemble one another

double not_negative(double x) { return std::max(0.0, x); }  // sums of differences round

}  // namespace

WorkAhead::Load& WorkAhead::Load::operator+=(const Load& other) {
  samples += other.samples;
  squared_samples += other.squared_samples;
  fresh += other.fresh;
  kept += other.kept;
  return *this;
}

WorkAhead::Load& WorkAhead::Load::operator-=(const Load& other) {
  samples -= other.samples;
  squared_samples -= other.squared_samples;
  fresh -= other.fresh;
  kept -= other.kept;
  return *this;
}

WorkAhead::Estimate& WorkAhead::Estimate::operator+=(const Estimate& other) {
  mean += other.mean;
  variance += other.variance;
  deviation += other.deviation;
  jobs += other.jobs;
  return *this;
}

WorkAhead::Estimate& WorkAhead::Estimate::operator-=(const Estimate& other) {
  mean -= other.mean;
  variance -= other.variance;
  deviation -= other.deviation;
  jobs -= other.jobs;
  return *this;
}

WorkAhead::Kind* WorkAhead::find(const WorkKind& kind) {
  const auto at = std::find_if(kinds_.begin(), kinds_.end(), [&](const Kind& known) { return known.kind == kind; });
  return at == kinds_.end() ? nullptr : &*at;
}

WorkAhead::Kind* WorkAhead::find_or_make(const WorkKind& kind) {
  if (Kind* const known = find(kind)) return known;
  if (kinds_.size() >= most_kinds_) return nullptr;
  kinds_.push_back({kind, {}, {}});
  return &kinds_.back();
}

void WorkAhead::add(std::uint64_t sequence, std::shared_ptr<const RenderRequest> request) {
  if (singles_.contains(sequence)) return;
  const WorkKind kind = kind_of(*request);
  const bool scene_kept = sequence > last_sequence_ && last_sequence_ > 0 && kind.scene == last_scene_;
  last_sequence_ = std::max(sequence, last_sequence_);
  last_scene_ = kind.scene;
  Kind* const of_kind = time_bound(*request) ? nullptr : find_or_make(kind);
  if (of_kind == nullptr) return add_single(sequence, {std::move(request), scene_kept});
  const std::uint64_t samples = samples_of(*request);
  const auto squared = static_cast<double>(samples) * static_cast<double>(samples);
  of_kind->loads.insert(sequence, {samples, squared, scene_kept ? 0u : 1u, scene_kept ? 1u : 0u});
}

void WorkAhead::add_single(std::uint64_t sequence, Single single) {
  const Estimate estimate = estimate_of(single);
  singles_.emplace(sequence, std::move(single));
  estimates_.insert(sequence, estimate);
}

void WorkAhead::remove(std::uint64_t sequence, const RenderRequest& request) {
  if (singles_.erase(sequence) > 0) {
    estimates_.erase(sequence);
    return;
  }
  Kind* const of_kind = find(kind_of(request));
  if (of_kind == nullptr) return;
  of_kind->loads.erase(sequence);
  if (of_kind->loads.size() > 0) return;
  std::swap(*of_kind, kinds_.back());
  kinds_.pop_back();
}

std::size_t WorkAhead::size() const {
  std::size_t size = singles_.size();
  for (const Kind& kind : kinds_) size += kind.loads.size();
  return size;
}

WorkAhead::Estimate WorkAhead::estimate_of(const Single& single) const {
  const Duration work = estimator_.work(*single.request, single.scene_kept);
  return {work.mean, work.variance, std::sqrt(work.variance), 1};
}

/// The error of the kind's cost meets all of its samples alike, each job's own error only its own.
Duration WorkAhead::duration_of(const Kind& kind, const Load& load) const {
  if (kind.revision != estimator_.revision()) {
    kind.cost = estimator_.cost(kind.kind);
    kind.revision = estimator_.revision();
  }
  const WorkCost& cost = kind.cost;
  const auto samples_s = static_cast<double>(load.samples) * cost.sample_s;
  const double own = not_negative(load.squared_samples) * cost.sample_s * cost.sample_s * cost.own_variance;
  return {samples_s + load.fresh * cost.fresh.mean + load.kept * cost.kept.mean,
          samples_s * samples_s * cost.shared_variance + own + load.fresh * cost.fresh.variance +
              load.kept * cost.kept.variance};
}

Duration WorkAhead::duration_of(const Estimate& estimate) {
  const double in_step = not_negative(estimate.deviation) * not_negative(estimate.deviation);
  return {not_negative(estimate.mean), kCorrelation * in_step + (1 - kCorrelation) * not_negative(estimate.variance)};
}

template <class SumOf>
Duration WorkAhead::sum(SumOf sum_of) const {
  Estimate all = sum_of(estimates_);
  for (const Kind& kind : kinds_) {
    const Load load = sum_of(kind.loads);
    if (load.fresh + load.kept == 0) continue;
    const Duration of_kind = duration_of(kind, load);
    all += {of_kind.mean, of_kind.variance, std::sqrt(of_kind.variance), load.fresh + load.kept};
  }
  Duration sum = duration_of(all);
  if (all.jobs > 0) sum.variance += sum.mean * sum.mean * estimator_.drift_variance(all.jobs);
  return sum;
}

Duration WorkAhead::through(std::uint64_t sequence) const {
  return sum([sequence](const auto& sums) { return sums.through(sequence); });
}

Duration WorkAhead::total() const {
  return sum([](const auto& sums) { return sums.total(); });
}

void WorkAhead::refresh() {
  auto at = singles_.upper_bound(refreshed_through_);
  for (std::size_t left = std::min(kRefreshedAtOnce, singles_.size()); left > 0; --left) {
    if (at == singles_.end()) at = singles_.begin();
    refreshed_through_ = at->first;
    estimates_.replace(at->first, estimate_of(at->second));
    ++at;
  }
}

}  // namespace kiln::jobs
