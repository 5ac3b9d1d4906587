#include "jobs/work_ahead.h"

#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <random>

namespace kiln::jobs {
namespace {

using RequestPtr = std::shared_ptr<const RenderRequest>;

RequestPtr request(const std::string& scene, std::uint32_t samples_per_pixel = 16) {
  RenderRequest r;
  r.scene = scene;
  r.width = r.height = 100;
  r.samples_per_pixel = samples_per_pixel;
  return std::make_shared<const RenderRequest>(r);
}

/// Learns that each sample of a scene takes so long, and nothing is lost on loading.
void learn(Estimator& estimator, const std::string& scene, double sample_s) {
  Job job;
  job.request = request(scene);
  job.state = JobState::succeeded;
  job.report.emplace();
  job.report->samples = 1'000'000;
  job.report->render_s = 1e6 * sample_s;
  for (int i = 0; i < 40; ++i) {
    estimator.learn(job, {});
    estimator.learn(job, {.scene_kept = true, .held_s = {}, .after_s = {}});
  }
}

TEST(PrefixSums, AgreesWithASumByHand) {
  std::mt19937 random(3);
  PrefixSums<std::uint64_t> sums;
  std::map<std::uint64_t, std::uint64_t> values;
  const auto any = [&random](std::uint64_t most) {
    return std::uniform_int_distribution<std::uint64_t>(0, most)(random);
  };
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t sequence = any(9) > 0 ? static_cast<std::uint64_t>(step) : any(20'000), value = any(1000);
    const bool grows = step < 10'000 ? any(3) > 0 : any(3) == 0;
    if (grows) {
      EXPECT_EQ(sums.insert(sequence, value), values.emplace(sequence, value).second);
    } else if (!values.empty()) {
      const std::uint64_t at = values.begin()->first;
      EXPECT_TRUE(sums.erase(at));
      values.erase(at);
      EXPECT_FALSE(sums.erase(at));
    }
    if (const auto found = values.lower_bound(any(20'000)); step % 10 == 0 && found != values.end()) {
      EXPECT_TRUE(sums.replace(found->first, value));
      found->second = value;
    }
    if (step % 50 != 0) continue;
    const std::uint64_t through = any(20'000);
    std::uint64_t expected = 0, all = 0;
    for (const auto& [s, v] : values) {
      all += v;
      if (s <= through) expected += v;
    }
    ASSERT_EQ(sums.through(through), expected);
    ASSERT_EQ(sums.total(), all);
    ASSERT_EQ(sums.size(), values.size());
  }
}

TEST(WorkAhead, SumsUpTheJobsBeforeEach) {
  Estimator estimator;
  learn(estimator, "a", 1e-4);
  learn(estimator, "b", 1e-5);
  WorkAhead ahead(estimator);
  std::mt19937 random(5);
  std::map<std::uint64_t, RequestPtr> waiting;
  for (std::uint64_t s = 1; s <= 500; ++s) {
    const RequestPtr r = request(random() % 2 == 0 ? "a" : "b", 1 + random() % 64);
    ahead.add(s, r);
    waiting.emplace(s, r);
    if (random() % 3 != 0) continue;
    const auto leaves = std::next(waiting.begin(), static_cast<std::ptrdiff_t>(random() % waiting.size()));
    ahead.remove(leaves->first, *leaves->second);
    waiting.erase(leaves);
  }
  double sum = 0;
  for (const auto& [s, r] : waiting) {
    sum += estimator.work(*r, true).mean;  // loading takes nothing, kept or not
    EXPECT_NEAR(ahead.through(s).mean, sum, 0.02 * sum) << s;
  }
  EXPECT_NEAR(ahead.total().mean, sum, 0.02 * sum);
  EXPECT_EQ(ahead.size(), waiting.size());
}

TEST(WorkAhead, WhatIsLearntOfASceneCountsAtOnceForAllThatWait) {
  Estimator estimator;
  WorkAhead ahead(estimator);
  for (std::uint64_t s = 1; s <= 10'000; ++s) ahead.add(s, request("a"));
  learn(estimator, "a", 1e-3);  // 160 s each
  EXPECT_NEAR(ahead.through(5000).mean, 5000 * 160, 0.02 * 5000 * 160);
}

TEST(WorkAhead, ErrorsOfOneSceneAddUpAndThoseOfSeveralCancelOutForTheMostPart) {
  const Estimator estimator;
  WorkAhead one(estimator), many(estimator);
  for (std::uint64_t s = 1; s <= 50; ++s) {
    one.add(s, request("a"));
    many.add(s, request("scene" + std::to_string(s)));
  }
  const auto relative = [](const Duration& d) { return std::sqrt(d.variance) / d.mean; };
  const double alone = relative(estimator.work(*request("a"), true));
  EXPECT_GT(relative(one.total()), 0.8 * alone);
  EXPECT_LT(relative(many.total()), 0.6 * alone);
}

TEST(WorkAhead, ManyScenesAreEstimatedOneByOneAndAFewAnewEachTime) {
  Estimator estimator;
  WorkAhead ahead(estimator, 2);
  for (std::uint64_t s = 1; s <= 1000; ++s) ahead.add(s, request("scene" + std::to_string(s % 100)));
  const double before = ahead.total().mean;
  for (int i = 0; i < 100; ++i) learn(estimator, "scene" + std::to_string(i), 1e-3);
  EXPECT_LT(ahead.total().mean, 2 * before + 20 * 170) << "nothing but the two kinds follows at once";
  for (int i = 0; i < 4; ++i) ahead.refresh();
  EXPECT_NEAR(ahead.total().mean, 1000 * 160, 0.03 * 1000 * 160);
  for (std::uint64_t s = 1; s <= 1000; ++s) ahead.remove(s, *request("scene" + std::to_string(s % 100)));
  EXPECT_EQ(ahead.size(), 0u);
  EXPECT_NEAR(ahead.total().mean, 0, 1e-6);
}

TEST(WorkAhead, ABoundedJobTakesNoLongerThanItsBound) {
  Estimator estimator;
  learn(estimator, "a", 1e-3);
  WorkAhead ahead(estimator);
  RenderRequest bounded = *request("a");
  bounded.time_budget_s = 2;
  for (std::uint64_t s = 1; s <= 10; ++s) ahead.add(s, std::make_shared<const RenderRequest>(bounded));
  EXPECT_NEAR(ahead.total().mean, 20, 0.1);
  ahead.remove(1, bounded);
  EXPECT_NEAR(ahead.total().mean, 18, 0.1);
}

TEST(WorkAhead, AJobThatReturnsStandsBeforeTheLaterOnes) {
  Estimator estimator;
  learn(estimator, "a", 1e-3);
  WorkAhead ahead(estimator);
  for (std::uint64_t s = 1; s <= 300; ++s) ahead.add(s, request("a"));
  for (std::uint64_t s = 1; s <= 200; ++s) ahead.remove(s, *request("a"));  // its slot is swept
  ahead.add(1, request("a"));
  ahead.add(1, request("a"));  // twice is once
  EXPECT_NEAR(ahead.through(1).mean, 160, 4);
  EXPECT_NEAR(ahead.through(201).mean, 2 * 160, 8);
}

}  // namespace
}  // namespace kiln::jobs
