#include "jobs/estimator.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace kiln::jobs {
namespace {

constexpr double kPriorCuda_s = 1e-8, kPriorOther_s = 1e-6;            ///< per sample
constexpr double kFirstScatterOfAll = 2, kFirstScatterOfScenes = 0.8;  ///< of logarithms
constexpr double kFirstScatterOfKinds = 0.3, kFirstScatterOfJobs = 0.2;
constexpr double kPriorFresh_s = 0.3, kPriorKept_s = 0.02;
constexpr double kPrepareUnit_s = 0.02;  ///< added before the logarithm: differences far below it do not matter
constexpr double kPriorEncode_s = 1e-7;  ///< per pixel
constexpr double kPriorRest_s = 0.02;
constexpr double kTailScatter = 0.3;      ///< standard deviation over mean
constexpr double kTellingRender_s = 0.1;  ///< a shorter one is much overhead
constexpr double kKeepOfTails = 0.9;
constexpr double kProgressScatter = 0.15;  ///< of the logarithm of the speed, over a whole picture's worth of samples
constexpr double kMostVariance = 4;        ///< of a logarithm: beyond it a mean says nothing
constexpr const char* kNoBackend = "";

double squared(double x) { return x * x; }

LogModel::Prior prior(double typical, double scatter_of_all) {
  return {{std::log(typical), squared(scatter_of_all)},
          squared(kFirstScatterOfScenes),
          squared(kFirstScatterOfKinds),
          squared(kFirstScatterOfJobs)};
}

double mean_of(double log_mean, double log_variance) {
  return std::exp(log_mean + std::min(log_variance, kMostVariance) / 2);
}

/// Variance over mean².
double relative_variance(double log_variance) { return std::expm1(std::min(log_variance, kMostVariance)); }

Duration preparation(const LogModel& model, const WorkKind& kind) {
  const LogModel::Prediction logarithm = model.predict(kind);
  const double variance = logarithm.variance();
  const double mean = mean_of(logarithm.mean, variance);
  return {std::max(0.0, mean - kPrepareUnit_s), squared(mean) * relative_variance(variance)};
}

/// Of the smaller of `duration` and `most_s`: by three quantiles and Swanson's weights (A. Hurst et al., "Swanson's
/// 30-40-30 rule", 2000).
Duration bounded(const Duration& duration, double most_s) {
  constexpr double kTenth = 1.2816;
  const std::array<double, 3> values{std::min(most_s, duration.at(-kTenth)), std::min(most_s, duration.at(0)),
                                     std::min(most_s, duration.at(kTenth))};
  constexpr std::array<double, 3> kWeights{0.3, 0.4, 0.3};
  Duration result;
  for (std::size_t i = 0; i < values.size(); ++i) result.mean += kWeights[i] * values[i];
  for (std::size_t i = 0; i < values.size(); ++i) result.variance += kWeights[i] * squared(values[i] - result.mean);
  return result;
}

double learnt(const RecentMean& mean, double initial) {
  return (initial + mean.weight() * mean.mean()) / (1 + mean.weight());
}

void combine(std::size_t& hash, std::size_t value) { hash = hash * 0x9e3779b97f4a7c15 + value; }

}  // namespace

double Duration::at(double deviations) const {
  if (mean <= 0) return 0;
  const double log_variance = std::log1p(variance / squared(mean));
  return mean * std::exp(deviations * std::sqrt(log_variance) - log_variance / 2);
}

WorkKind kind_of(const RenderRequest& request) {
  const std::hash<std::string> hash;
  WorkKind kind;
  kind.scene = hash(request.scene);
  std::size_t settings = request.max_depth;
  combine(settings, request.environment.source.index());
  if (const auto* image = std::get_if<std::string>(&request.environment.source)) combine(settings, hash(*image));
  kind.settings = settings;
  return kind;
}

std::uint64_t samples_of(const RenderRequest& request) { return pixels_of(request) * request.samples_per_pixel; }

std::optional<double> time_bound(const RenderRequest& request) {
  if (!request.time_budget_s) return request.time_limit_s;
  if (!request.time_limit_s) return request.time_budget_s;
  return std::min(*request.time_budget_s, *request.time_limit_s);
}

Estimator::Model::Model(double sample_s)
    : sample(prior(sample_s, kFirstScatterOfAll)),
      fresh(prior(kPriorFresh_s + kPrepareUnit_s, kFirstScatterOfScenes)),
      kept(prior(kPriorKept_s + kPrepareUnit_s, kFirstScatterOfKinds)) {}

Estimator::Estimator() : model_(&model_of(kNoBackend)) {}

Estimator::Model& Estimator::model_of(const std::string& backend) {
  return models_.try_emplace(backend, backend == "cuda" ? kPriorCuda_s : kPriorOther_s).first->second;
}

void Estimator::use_backend(const std::string& name) {
  told_ = true;
  Model* const before = std::exchange(model_, &model_of(name));
  if (before != model_) ++revision_;
}

void Estimator::learn(const Job& job, const Watched& watched) {
  if (!job.report || job.cached || job.attempt > 1 || job.report->samples == 0 || job.report->render_s <= 0) return;
  const RenderReport& report = *job.report;
  const WorkKind kind = kind_of(*job.request);
  Model& model = model_of(report.backend);
  if (!told_) model_ = &model;
  const double sample_s = report.render_s / static_cast<double>(report.samples);
  model.sample.learn(kind, std::log(sample_s), std::min(1.0, report.render_s / kTellingRender_s));
  const double before_s = watched.held_s ? std::max(0.0, *watched.held_s - report.render_s) : report.prepare_s;
  LogModel& preparation = watched.scene_kept ? model.kept : model.fresh;
  preparation.learn(kind, std::log(before_s + kPrepareUnit_s), 1);
  const auto pixels = static_cast<double>(pixels_of(*job.request));
  model.encode.at(static_cast<std::size_t>(job.request->format)).add(report.encode_s / pixels, kKeepOfTails);
  if (watched.after_s) model.rest.add(std::max(0.0, *watched.after_s - report.encode_s), kKeepOfTails);
  ++revision_;
}

WorkCost Estimator::cost(const WorkKind& kind) const {
  const LogModel::Prediction sample = model_->sample.predict(kind);
  WorkCost cost;
  cost.sample_s = mean_of(sample.mean, sample.variance());
  cost.shared_variance = relative_variance(sample.shared_variance);
  cost.own_variance = relative_variance(sample.shared_variance + sample.own_variance) - cost.shared_variance;
  cost.fresh = preparation(model_->fresh, kind);
  cost.kept = preparation(model_->kept, kind);
  return cost;
}

/// The mean of a random walk's next `jobs` steps scatters by a third of all of them.
double Estimator::drift_variance(std::size_t jobs) const {
  constexpr std::size_t kFarthest = 100;  // beyond it nothing more is said than that it is far
  const double now = model_->sample.predict({}).drift_variance;
  return relative_variance(now + model_->sample.drift_step() * static_cast<double>(std::min(jobs, kFarthest)) / 3);
}

Duration Estimator::work(const RenderRequest& request, bool scene_kept) const {
  const WorkCost c = cost(kind_of(request));
  const double samples_s = static_cast<double>(samples_of(request)) * c.sample_s;
  const Duration render{samples_s, squared(samples_s) * (c.shared_variance + c.own_variance + drift_variance(1))};
  const Duration all = render + (scene_kept ? c.kept : c.fresh);
  const auto bound = time_bound(request);
  return bound ? bounded(all, *bound) : all;
}

Duration Estimator::after(const RenderRequest& request) const {
  const auto pixels = static_cast<double>(pixels_of(request));
  const RecentMean& encode = model_->encode.at(static_cast<std::size_t>(request.format));
  const double mean = pixels * learnt(encode, kPriorEncode_s) + learnt(model_->rest, kPriorRest_s);
  return {mean, squared(kTailScatter * mean)};
}

/// The speed so far, once there is one, is an observation beside all that is known, the better the more it is of the
/// picture: rows differ, and so does what else the machine does, also over the samples that are left. Where the speed
/// contradicts what was known, that counts for less.
Duration Estimator::left(const RenderRequest& request, bool scene_kept, const Progress& progress) const {
  const WorkKind kind = kind_of(request);
  const LogModel::Prediction known = model_->sample.predict(kind);
  Normal speed{known.mean, known.variance()};
  const double samples = static_cast<double>(samples_of(request)), share = std::clamp(progress.share, 0.0, 1.0);
  const double measured = share - progress.first_share;
  double own_variance = 0;
  if (measured > 0 && progress.measured_s > 0) {
    const double variance = squared(kProgressScatter) / measured;
    const double observed = std::log(progress.measured_s / (measured * samples));
    speed.variance = std::max(speed.variance, squared(observed - speed.mean) - variance);
    speed = update(speed, observed, 1, variance);
    own_variance = squared(kProgressScatter) / std::max(1 - share, 1e-9);
  }
  const double mean = (1 - share) * samples * mean_of(speed.mean, speed.variance);
  Duration left{mean, squared(mean) * (relative_variance(speed.variance) + own_variance)};
  if (share == 0) {
    const Duration prepare = preparation(scene_kept ? model_->kept : model_->fresh, kind);
    left = left + Duration{std::max(0.0, prepare.mean - progress.elapsed_s), prepare.variance};
  }
  const auto bound = time_bound(request);
  return bound ? bounded(left, std::max(0.0, *bound - progress.elapsed_s)) : left;
}

}  // namespace kiln::jobs
