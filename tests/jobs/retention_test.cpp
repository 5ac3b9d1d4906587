#include "jobs/retention.h"

#include <gtest/gtest.h>

#include "base/job_id.h"

namespace kiln::jobs {
namespace {

const WallTime kStart{std::chrono::hours(1000)};

WallTime at(int seconds) { return kStart + std::chrono::seconds(seconds); }

JobPtr finished(std::uint64_t sequence, int at_s, std::uint64_t bytes) {
  auto job = std::make_shared<Job>();
  job->id = random_job_id();
  job->sequence = sequence;
  job->state = JobState::succeeded;
  job->finished_at = at(at_s);
  job->report = RenderReport{};
  job->report->result_bytes = bytes;
  return job;
}

TEST(Retention, KeepsEverythingWithoutLimits) {
  Retention retention({});
  retention.add(finished(1, 0, 1'000'000));
  EXPECT_TRUE(retention.pictures_due(at(1'000'000)).empty());
  EXPECT_TRUE(retention.jobs_due(at(1'000'000), 10).empty());
  EXPECT_EQ(retention.picture_bytes(), 1'000'000u);
}

TEST(Retention, LetsPicturesGoByAgeOldestFirst) {
  Retention retention({.result_ttl_s = 10});
  const JobPtr late = finished(1, 5, 1), early = finished(2, 0, 1), last = finished(3, 8, 1);
  for (const JobPtr& job : {late, early, last}) retention.add(job);
  EXPECT_TRUE(retention.pictures_due(at(10)).empty()) << "not before its time is over";
  EXPECT_EQ(retention.pictures_due(at(11)), std::vector{early->id});
  EXPECT_EQ(retention.pictures_due(at(16)), (std::vector{early->id, late->id}));
}

TEST(Retention, LetsTheOldestPicturesGoWhenTheyAreTooMany) {
  Retention retention({.result_max_bytes = 100});
  const JobPtr a = finished(1, 0, 60), b = finished(2, 1, 30), c = finished(3, 2, 40);
  retention.add(a);
  retention.add(b);
  EXPECT_TRUE(retention.pictures_due(at(5)).empty());
  retention.add(c);
  EXPECT_EQ(retention.pictures_due(at(5)), std::vector{a->id});
  retention.remove_picture(*a);
  EXPECT_EQ(retention.picture_bytes(), 70u);
  EXPECT_TRUE(retention.pictures_due(at(5)).empty());
}

TEST(Retention, CountsNoPictureTwiceAndNoneThatIsGone) {
  Retention retention({.result_ttl_s = 1});
  const JobPtr job = finished(1, 0, 50);
  retention.add(job);
  retention.add(job);
  EXPECT_EQ(retention.picture_bytes(), 50u);
  retention.remove(*job);
  retention.remove(*job);
  EXPECT_EQ(retention.picture_bytes(), 0u);
  auto expired = std::make_shared<Job>(*job);
  expired->expired_at = at(2);
  retention.add(expired);
  EXPECT_EQ(retention.picture_bytes(), 0u);
  EXPECT_TRUE(retention.pictures_due(at(100)).empty());
}

TEST(Retention, ForgetsJobsByAgeInLots) {
  Retention retention({.job_ttl_s = 10});
  std::vector<JobId> ids;
  for (int i = 0; i < 5; ++i) {
    const JobPtr job = finished(static_cast<std::uint64_t>(i + 1), i, 1);
    ids.push_back(job->id);
    retention.add(job);
  }
  EXPECT_EQ(retention.jobs_due(at(13), 2), (std::vector{ids[0], ids[1]}));
  EXPECT_EQ(retention.jobs_due(at(13), 10), (std::vector{ids[0], ids[1], ids[2]}));
}

TEST(Retention, KeepsTheNewestJobsWhenTheyAreTooMany) {
  Retention retention({.job_ttl_s = 10}, 2);
  std::vector<JobPtr> jobs;
  for (int i = 0; i < 5; ++i) {
    jobs.push_back(finished(static_cast<std::uint64_t>(i + 1), i == 4 ? 0 : 100, 1));
    retention.add(jobs.back());
  }
  EXPECT_EQ(retention.jobs_due(at(5), 10), (std::vector{jobs[0]->id, jobs[1]->id, jobs[2]->id}));
  EXPECT_EQ(retention.jobs_due(at(5), 2), (std::vector{jobs[0]->id, jobs[1]->id})) << "in lots";
  EXPECT_EQ(retention.jobs_due(at(11), 10), (std::vector{jobs[4]->id, jobs[0]->id, jobs[1]->id}))
      << "those that are too old first, and none twice";
  for (int i = 0; i < 3; ++i) retention.remove(*jobs[static_cast<std::size_t>(i)]);
  EXPECT_TRUE(retention.jobs_due(at(5), 10).empty());
}

TEST(Retention, LetsTheFirstAcceptedGoForSpaceWhateverTheClockSays) {
  Retention retention({.result_ttl_s = 10'000, .result_max_bytes = 100});
  const JobPtr first = finished(1, 7200, 60), second = finished(2, 7201, 30), after_the_jump = finished(3, 3600, 40);
  for (const JobPtr& job : {first, second, after_the_jump}) retention.add(job);
  EXPECT_EQ(retention.pictures_due(at(3600)), std::vector{first->id});
}

TEST(Retention, NamesAPictureOnceThatIsTooOldAndTooMany) {
  Retention retention({.result_ttl_s = 10, .result_max_bytes = 50});
  const JobPtr old = finished(1, 0, 40), young = finished(2, 9, 60), last = finished(3, 9, 40);
  for (const JobPtr& job : {old, young, last}) retention.add(job);
  EXPECT_EQ(retention.pictures_due(at(11)), (std::vector{old->id, young->id}));
}

TEST(Retention, ExpiresNothingThatSeemsToLieInTheFuture) {
  Retention retention({.result_ttl_s = 10, .job_ttl_s = 10});
  retention.add(finished(1, 1'000'000, 1));
  EXPECT_TRUE(retention.pictures_due(at(0)).empty());
  EXPECT_TRUE(retention.jobs_due(at(0), 10).empty());
}

}  // namespace
}  // namespace kiln::jobs
