#include "jobs/forecast.h"

#include <gtest/gtest.h>
#include <vector>

namespace kiln::jobs {
namespace {

using std::chrono::seconds;

/// Jobs in the order of their making, and their changes as the service makes them.
class Forecasts : public testing::Test {
 protected:
  JobPtr make(const std::string& scene = "a") {
    auto job = std::make_shared<Job>();
    job->sequence = ++made_;
    job->id.bytes[15] = static_cast<std::uint8_t>(made_);
    RenderRequest request;
    request.scene = scene;
    request.width = request.height = 1000;
    request.samples_per_pixel = 100;
    job->request = std::make_shared<const RenderRequest>(request);
    return job;
  }

  JobPtr change(const JobPtr& job, JobState state, JobEventKind kind, double progress = 0) {
    auto next = std::make_shared<Job>(*job);
    next->state = state;
    next->progress = progress;
    forecast.changed(next, kind, now);
    return next;
  }

  JobPtr accept(const std::string& scene = "a") {
    return change(make(scene), JobState::queued, JobEventKind::accepted);
  }
  JobPtr begin(const JobPtr& job) { return change(job, JobState::running, JobEventKind::started); }
  JobPtr advance(const JobPtr& job, double progress) {
    return change(job, JobState::running, JobEventKind::progressed, progress);
  }

  /// Runs a job, each sample of which takes so long, from begin to end.
  void run(const JobPtr& job, double sample_s) {
    JobPtr next = begin(job);
    RenderReport report;
    report.samples = samples_of(*job->request);
    report.render_s = sample_s * static_cast<double>(report.samples);
    now += std::chrono::duration_cast<Forecast::Time::duration>(std::chrono::duration<double>(report.render_s));
    next = advance(next, 1);
    auto last = std::make_shared<Job>(*next);
    last->report = report;
    change(last, JobState::succeeded, JobEventKind::finished, 1);
  }

  /// Ten jobs of 100 s each.
  void learn(const std::string& scene = "a") {
    for (int i = 0; i < 10; ++i) run(accept(scene), 1e-6);
  }

  Eta eta(const JobPtr& job) { return forecast.eta(*job, now).value(); }

  Forecast forecast;
  Forecast::Time now;

 private:
  std::uint64_t made_ = 0;
};

TEST_F(Forecasts, AQueuedJobWaitsForThoseBeforeIt) {
  learn();
  const JobPtr first = accept(), second = accept(), third = accept();
  EXPECT_NEAR(eta(first).start_s, 0, 1e-9);
  EXPECT_NEAR(eta(first).finish_s, 100, 3);
  EXPECT_NEAR(eta(third).start_s, 200, 6);
  EXPECT_NEAR(eta(third).finish_s, 300, 9);
  EXPECT_NEAR(forecast.waiting_s(), 300, 9);
  change(second, JobState::cancelled, JobEventKind::finished);
  EXPECT_NEAR(eta(third).finish_s, 200, 6);
  EXPECT_NEAR(forecast.waiting_s(), 200, 6);
}

TEST_F(Forecasts, TheRangeIsAroundTheFinish) {
  learn();
  const JobPtr first = accept(), second = accept();
  for (const JobPtr& job : {first, second}) {
    EXPECT_LT(eta(job).low_s, eta(job).finish_s);
    EXPECT_GT(eta(job).high_s, eta(job).finish_s);
    EXPECT_GE(eta(job).finish_s, eta(job).start_s);
    EXPECT_GT(eta(job).low_s, 0.8 * eta(job).finish_s) << "ten jobs took the same time";
  }
}

TEST_F(Forecasts, ARunningJobCountsDown) {
  learn();
  const JobPtr waiting = accept();
  JobPtr job = begin(waiting);
  const JobPtr next = accept();
  EXPECT_EQ(eta(job).start_s, 0);
  EXPECT_NEAR(eta(job).finish_s, 100, 3);
  for (int i = 1; i < 10; ++i) {
    now += seconds(10);
    job = advance(job, 0.1 * i);
    EXPECT_NEAR(eta(job).finish_s, 100 - 10 * i, 3) << i;
    EXPECT_NEAR(eta(next).start_s, 100 - 10 * i, 3) << i;
    EXPECT_NEAR(forecast.running_s(now), 100 - 10 * i, 3) << i;
  }
  EXPECT_NEAR(forecast.waiting_s(), 100, 3) << "what runs does not wait";
}

TEST_F(Forecasts, ARunningJobThatIsSlowerThanThoseBeforeItIsFoundOut) {
  learn();
  JobPtr job = begin(accept());
  const JobPtr next = accept();
  for (int i = 1; i <= 50; ++i) {  // it takes 300 s
    now += seconds(3);
    job = advance(job, 0.01 * i);
  }
  EXPECT_NEAR(eta(job).finish_s, 150, 15);
  EXPECT_LT(eta(job).low_s, 150);
  EXPECT_GT(eta(job).high_s, 150);
  EXPECT_NEAR(eta(next).start_s, 150, 15);
}

TEST_F(Forecasts, AJobWhosePictureIsBeingFinishedHoldsUpNobody) {
  learn();
  JobPtr job = begin(accept());
  const JobPtr next = accept();
  now += seconds(100);
  job = advance(job, 1);
  EXPECT_LT(eta(job).finish_s, 1);
  EXPECT_NEAR(eta(next).start_s, 0, 1e-9);
}

TEST_F(Forecasts, AJobPutBackWaitsAgainInItsPlace) {
  learn();
  JobPtr job = begin(accept());
  const JobPtr next = accept();
  job = change(job, JobState::queued, JobEventKind::requeued);
  EXPECT_NEAR(eta(job).finish_s, 100, 3);
  EXPECT_NEAR(eta(next).start_s, 100, 3);
}

TEST_F(Forecasts, NothingIsSaidOfJobsThatEndOrHaveEnded) {
  const JobPtr job = begin(accept());
  EXPECT_TRUE(forecast.eta(*job, now));
  EXPECT_FALSE(forecast.eta(*change(job, JobState::cancelling, JobEventKind::cancelling), now));
  EXPECT_FALSE(forecast.eta(*change(job, JobState::cancelled, JobEventKind::finished), now));
}

TEST_F(Forecasts, LearnsFromTheJobsOfAnEarlierProcess) {
  std::vector<JobPtr> stored;
  for (int i = 0; i < 5000; ++i) {
    auto job = std::make_shared<Job>(*make());
    job->state = JobState::succeeded;
    job->report.emplace();
    job->report->samples = samples_of(*job->request);
    job->report->render_s = i < 900 ? 1e6 : 100;  // the first ones are beyond what is looked at
    stored.push_back(job);
  }
  forecast.learn(stored);
  const JobPtr job = accept();
  EXPECT_NEAR(eta(job).finish_s, 100, 3);
  EXPECT_LT(eta(job).high_s, 130);
}

TEST_F(Forecasts, TheEstimateOfARequestIsThatOfAJob) {
  learn();
  EXPECT_NEAR(forecast.seconds_of(*make()->request), 100, 3);
}

}  // namespace
}  // namespace kiln::jobs
