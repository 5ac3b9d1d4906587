#include <gtest/gtest.h>

#include "http/job_codec.h"

namespace kiln::http {
namespace {

using std::chrono::milliseconds;

/// Texts on a clock that the test turns, of jobs whose ends move a second further at each look.
class JobTextsOverTime : public testing::Test {
 protected:
  static jobs::JobPtr job(JobState state) {
    auto job = std::make_shared<Job>();
    job->state = state;
    job->request = std::make_shared<const RenderRequest>();
    return job;
  }

  double finish_s(const jobs::JobPtr& job) { return Json::parse(*texts.text_of({job, 1}))["eta"]["finish_s"]; }

  std::chrono::steady_clock::time_point now{};
  int looks = 0;
  JobTexts texts{16, [this](const JobId&) { return jobs::Eta{0, 1.0 * ++looks, 0, 9}; }, [this] { return now; }};
};

TEST_F(JobTextsOverTime, AnEtaIsRenewedAfterAQuarterOfASecond) {
  for (const JobState state : {JobState::queued, JobState::running}) {
    const jobs::JobPtr open = job(state);
    const double first = finish_s(open);
    now += milliseconds(250);
    EXPECT_EQ(finish_s(open), first);
    now += milliseconds(1);
    EXPECT_EQ(finish_s(open), first + 1);
    EXPECT_EQ(finish_s(open), first + 1);
  }
}

TEST_F(JobTextsOverTime, AChangeOfTheJobOrItsPlaceIsToldAtOnce) {
  const jobs::JobPtr waiting = job(JobState::queued);
  const double first = finish_s(waiting);
  EXPECT_EQ(finish_s(job(JobState::running)), first + 1);
  EXPECT_EQ(Json::parse(*texts.text_of({waiting, 2}))["eta"]["finish_s"], first + 2);
}

TEST_F(JobTextsOverTime, TheTextOfAFinishedJobStays) {
  const jobs::JobPtr finished = job(JobState::succeeded);
  const SharedText text = texts.text_of({finished, 0});
  now += std::chrono::hours(24);
  EXPECT_EQ(texts.text_of({finished, 0}), text) << "the very same";
  EXPECT_EQ(looks, 0);
  EXPECT_TRUE(Json::parse(*text)["eta"].is_null());
}

TEST(EtaJson, IsInMillisecondsOrNull) {
  EXPECT_EQ(to_text(to_json(jobs::Eta{0, 1.23456, 1, 2.5})),
            to_text({{"start_s", 0.0}, {"finish_s", 1.235}, {"low_s", 1.0}, {"high_s", 2.5}}));
  EXPECT_TRUE(to_json(std::optional<jobs::Eta>()).is_null());
}

}  // namespace
}  // namespace kiln::http
