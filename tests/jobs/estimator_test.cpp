#include "jobs/estimator.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace kiln::jobs {
namespace {

constexpr double kTenth = 1.2816;

RenderRequest request(const std::string& scene, std::uint32_t samples_per_pixel = 100) {
  RenderRequest r;
  r.scene = scene;
  r.width = r.height = 1000;
  r.samples_per_pixel = samples_per_pixel;
  return r;
}

/// A finished job of 100 million samples, of so many seconds each.
Job job(const std::string& scene, double sample_s, double prepare_s = 0) {
  Job j;
  j.request = std::make_shared<const RenderRequest>(request(scene));
  j.state = JobState::succeeded;
  RenderReport report;
  report.samples = samples_of(*j.request);
  report.render_s = static_cast<double>(report.samples) * sample_s;
  report.prepare_s = prepare_s;
  report.backend = "cpu";
  j.report = report;
  return j;
}

double sample_s(const Estimator& estimator, const std::string& scene) {
  return estimator.cost(kind_of(request(scene))).sample_s;
}

/// Standard deviation of the logarithm of what a job of it takes.
double scatter(const Estimator& estimator, const std::string& scene) {
  const Duration work = estimator.work(request(scene), true);
  return std::log(work.at(1) / work.at(0));
}

void learn(Estimator& estimator, const Job& j, int times = 1) {
  for (int i = 0; i < times; ++i) estimator.learn(j, {});
}

TEST(Estimator, LearnsTheSpeedOfASceneThatNeverVaries) {
  Estimator estimator;
  learn(estimator, job("sample:a", 3e-6), 30);
  EXPECT_NEAR(sample_s(estimator, "sample:a"), 3e-6, 0.01 * 3e-6);
  EXPECT_LT(scatter(estimator, "sample:a"), 0.12);
}

TEST(Estimator, ReckonsWithTheRegionAlone) {
  RenderRequest part = request("sample:a");
  part.region = Region{0, 500, 1000, 250};
  EXPECT_EQ(samples_of(part), samples_of(request("sample:a")) / 4);
  Estimator estimator;
  learn(estimator, job("sample:a", 3e-6), 30);
  EXPECT_NEAR(estimator.work(part, true).at(0), estimator.work(request("sample:a"), true).at(0) / 4, 10);
  EXPECT_LT(estimator.after(part).at(0), estimator.after(request("sample:a")).at(0));
}

TEST(Estimator, TellsScenesApart) {
  Estimator estimator;
  for (int i = 0; i < 10; ++i) {
    learn(estimator, job("sample:a", 1e-6));
    learn(estimator, job("sample:b", 9e-6));
  }
  EXPECT_NEAR(sample_s(estimator, "sample:a"), 1e-6, 0.03e-6);
  EXPECT_NEAR(sample_s(estimator, "sample:b"), 9e-6, 0.3e-6);
}

TEST(Estimator, ASceneNeverSeenIsExpectedAmongTheOthersAndLessCertain) {
  Estimator estimator;
  learn(estimator, job("sample:a", 1e-5), 5);
  learn(estimator, job("sample:b", 4e-5), 5);
  const double median = estimator.work(request("sample:c"), true).at(0) / 1e8;
  EXPECT_GT(median, 1e-5);
  EXPECT_LT(median, 4e-5);
  EXPECT_GT(scatter(estimator, "sample:c"), 4 * scatter(estimator, "sample:a"));
}

TEST(Estimator, OneJobOfASceneSaysMoreOfItThanAllOthers) {
  Estimator estimator;
  for (const char* scene : {"a", "b", "c", "d", "e", "f"}) learn(estimator, job(scene, 1e-6), 5);
  learn(estimator, job("slow", 1e-5));
  const double estimate = sample_s(estimator, "slow");
  EXPECT_GT(estimate, 5e-6) << "nearer to its own";
  EXPECT_LT(estimate, 1.1e-5) << "but drawn towards the others";
}

TEST(Estimator, ASceneRenderedOftenDoesNotMakeOthersCertain) {
  Estimator estimator;
  learn(estimator, job("sample:a", 1e-6), 200);
  EXPECT_GT(scatter(estimator, "sample:b"), 0.5);
}

TEST(Estimator, LateJobsCountForMoreThanOldOnes) {
  Estimator estimator;
  learn(estimator, job("sample:a", 1e-6), 100);
  learn(estimator, job("sample:a", 2e-6), 15);
  EXPECT_GT(sample_s(estimator, "sample:a"), 1.7e-6);
}

TEST(Estimator, OtherSettingsOfAKnownSceneAreNearItAndLessCertain) {
  Estimator estimator;
  learn(estimator, job("sample:a", 5e-6), 20);
  RenderRequest deep = request("sample:a");
  deep.max_depth = 32;
  const Duration other = estimator.work(deep, true), same = estimator.work(request("sample:a"), true);
  EXPECT_NEAR(other.at(0), same.at(0), 0.1 * same.at(0));
  EXPECT_GT(other.variance, 4 * same.variance);
}

TEST(Estimator, TimeGrowsWithTheSamples) {
  Estimator estimator;
  learn(estimator, job("sample:a", 1e-6), 10);
  const double one = estimator.work(request("sample:a", 100), true).mean;
  EXPECT_NEAR(estimator.work(request("sample:a", 400), true).mean, 4 * one, 0.05 * 4 * one);
}

TEST(Estimator, PreparationIsLearntApartForScenesThatAreKept) {
  Estimator estimator;
  for (int i = 0; i < 20; ++i) {
    estimator.learn(job("sample:a", 1e-9, 8), {});
    estimator.learn(job("sample:a", 1e-9, 0.05), {.scene_kept = true, .held_s = {}, .after_s = {}});
  }
  EXPECT_NEAR(estimator.work(request("sample:a"), false).mean, 8.1, 0.5);
  EXPECT_NEAR(estimator.work(request("sample:a"), true).mean, 0.15, 0.05);
}

TEST(Estimator, WhatWasWatchedCountsForMoreThanTheReport) {
  Estimator estimator;
  const Job j = job("sample:a", 1e-8, 0);  // renders for a second
  for (int i = 0; i < 20; ++i) estimator.learn(j, {.scene_kept = false, .held_s = 3, .after_s = 0.5});
  EXPECT_NEAR(estimator.work(request("sample:a"), false).mean, 3, 0.2);
  EXPECT_NEAR(estimator.after(request("sample:a")).mean, 0.5, 0.1);
}

TEST(Estimator, BudgetAndLimitBoundATime) {
  Estimator estimator;
  learn(estimator, job("sample:a", 1e-6), 10);  // 100 s
  RenderRequest r = request("sample:a");
  r.time_limit_s = 20;
  EXPECT_NEAR(estimator.work(r, true).mean, 20, 0.01);
  r.time_budget_s = 5;
  EXPECT_NEAR(estimator.work(r, true).mean, 5, 0.01);
  r.time_budget_s = 1000;
  r.time_limit_s = 1000;
  EXPECT_NEAR(estimator.work(r, true).mean, 100, 5);
}

TEST(Estimator, NothingIsLearntFromWhatWasNotRenderedWhole) {
  Estimator estimator;
  learn(estimator, job("sample:a", 1e-6), 5);
  const std::uint64_t before = estimator.revision();
  Job cached = job("sample:a", 1), resumed = job("sample:a", 1), failed = job("sample:a", 1),
      empty = job("sample:a", 1);
  cached.cached = true;
  resumed.attempt = 2;
  failed.report.reset();
  empty.report->samples = 0;
  for (const Job& j : {cached, resumed, failed, empty}) learn(estimator, j);
  EXPECT_EQ(estimator.revision(), before);
}

TEST(Estimator, APartialPictureCountsByItsSamples) {
  Estimator estimator;
  Job partial = job("sample:a", 2e-6);
  partial.report->samples /= 4;
  partial.report->render_s /= 4;
  partial.report->partial = true;
  learn(estimator, partial, 20);
  EXPECT_NEAR(sample_s(estimator, "sample:a"), 2e-6, 0.03e-6);
}

TEST(Estimator, EachBackendHasItsOwnSpeed) {
  Estimator estimator;
  learn(estimator, job("sample:a", 1e-6), 10);
  estimator.use_backend("cuda");
  EXPECT_LT(sample_s(estimator, "sample:a"), 2e-7) << "what the CPU did says nothing";
  estimator.use_backend("cpu");
  EXPECT_NEAR(sample_s(estimator, "sample:a"), 1e-6, 0.02e-6);
}

TEST(Estimator, ARunningJobsOwnSpeedOvercomesAWrongPrior) {
  Estimator estimator;
  learn(estimator, job("sample:a", 1e-6), 10);  // 100 s; this one takes 400
  const RenderRequest r = request("sample:a");
  double before = 400;
  for (const double share : {0.1, 0.25, 0.5, 0.75, 0.9}) {
    const Progress progress{share * 400, share, 0, share * 400};
    const double left = 400 * (1 - share), off = std::abs(estimator.left(r, true, progress).mean - left);
    EXPECT_LT(off, before) << share;
    before = off;
  }
  EXPECT_LT(before, 4) << "a tenth of what is left";
}

TEST(Estimator, AResumedJobIsMeasuredFromWhereItWasResumed) {
  const Estimator estimator;
  const Progress progress{20, 0.9, 0.8, 20};  // 200 s for all
  EXPECT_NEAR(estimator.left(request("sample:a"), false, progress).mean, 20, 5);
}

TEST(Estimator, BeforeTheFirstSampleTheTimeSpentOnPreparingIsOver) {
  Estimator estimator;
  for (int i = 0; i < 20; ++i) estimator.learn(job("sample:a", 1e-8, 10), {});
  const RenderRequest r = request("sample:a");
  EXPECT_NEAR(estimator.left(r, false, {0, 0, 0, 0}).mean, 11, 0.5);
  EXPECT_NEAR(estimator.left(r, false, {6, 0, 0, 0}).mean, 5, 0.5);
  EXPECT_NEAR(estimator.left(r, false, {60, 0, 0, 0}).mean, 1, 0.1) << "late, but the samples are still to come";
}

TEST(Estimator, EightOfTenJobsEndWithinTheRange) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  Estimator estimator;
  std::vector<double> scenes;
  for (int i = 0; i < 40; ++i) scenes.push_back(std::log(2e-6) + 0.9 * normal(random));
  int inside = 0, all = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::size_t n = std::uniform_int_distribution<std::size_t>(0, scenes.size() - 1)(random);
    const Job j = job("scene" + std::to_string(n), std::exp(scenes[n] + 0.25 * normal(random)));
    const Duration expected = estimator.work(*j.request, true);
    inside += j.report->render_s > expected.at(-kTenth) && j.report->render_s < expected.at(kTenth) ? 1 : 0;
    ++all;
    learn(estimator, j);
  }
  const double share = static_cast<double>(inside) / all;
  EXPECT_GT(share, 0.72);
  EXPECT_LT(share, 0.88);
}

TEST(Estimator, EightOfTenScenesNeverSeenEndWithinTheRange) {
  std::mt19937 random(11);
  std::normal_distribution<double> normal;
  Estimator estimator;
  int inside = 0;
  constexpr int kScenes = 1000;
  for (int i = 0; i < kScenes; ++i) {
    const Job j = job("scene" + std::to_string(i), 2e-6 * std::exp(1.2 * normal(random)));
    const Duration expected = estimator.work(*j.request, true);
    inside += j.report->render_s > expected.at(-kTenth) && j.report->render_s < expected.at(kTenth) ? 1 : 0;
    learn(estimator, j);
  }
  EXPECT_GT(inside, 0.72 * kScenes);
  EXPECT_LT(inside, 0.88 * kScenes);
}

TEST(Duration, QuantilesAreThoseOfItsMeanAndVariance) {
  const Duration certain{10, 0}, nothing{0, 0}, wide{10, 100};
  EXPECT_DOUBLE_EQ(certain.at(-kTenth), 10);
  EXPECT_DOUBLE_EQ(certain.at(kTenth), 10);
  EXPECT_DOUBLE_EQ(nothing.at(kTenth), 0);
  EXPECT_NEAR(wide.at(0), 10 / std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(wide.at(1) / wide.at(0), std::exp(std::sqrt(std::log(2.0))), 1e-12);
}

}  // namespace
}  // namespace kiln::jobs
