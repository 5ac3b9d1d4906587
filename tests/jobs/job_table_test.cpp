#include "jobs/job_table.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "base/job_id.h"

namespace kiln::jobs {
namespace {

JobPtr job(std::uint64_t sequence, JobState state = JobState::queued) {
  auto made = std::make_shared<Job>();
  made->id = random_job_id();
  made->sequence = sequence;
  made->state = state;
  return made;
}

std::vector<std::uint64_t> sequences(const JobPage& page) {
  std::vector<std::uint64_t> all;
  for (const JobPtr& j : page.jobs) all.push_back(j->sequence);
  return all;
}

using Sequences = std::vector<std::uint64_t>;

TEST(JobTable, FindsTheNewestSnapshot) {
  JobTable table;
  const JobPtr first = job(1);
  table.put(first);
  auto next = std::make_shared<Job>(*first);
  next->state = JobState::running;
  table.put(next);
  EXPECT_EQ(table.find(first->id), next);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.count(JobState::queued), 0u);
  EXPECT_EQ(table.count(JobState::running), 1u);
  table.erase(first->id);
  EXPECT_EQ(table.find(first->id), nullptr);
  EXPECT_EQ(table.count(JobState::running), 0u);
}

TEST(JobTable, ListsInEitherDirectionByPages) {
  JobTable table;
  for (std::uint64_t s : {5, 1, 4, 2, 3}) table.put(job(s));
  ListQuery query{.states = {}, .limit = 2, .cursor = "", .newest_first = false};
  auto page = table.list(query).value();
  EXPECT_EQ(sequences(page), (Sequences{1, 2}));
  query.cursor = page.next.value();
  page = table.list(query).value();
  EXPECT_EQ(sequences(page), (Sequences{3, 4}));
  query.cursor = page.next.value();
  page = table.list(query).value();
  EXPECT_EQ(sequences(page), (Sequences{5}));
  EXPECT_FALSE(page.next);

  query = {.states = {}, .limit = 3, .cursor = "", .newest_first = true};
  page = table.list(query).value();
  EXPECT_EQ(sequences(page), (Sequences{5, 4, 3}));
  query.cursor = page.next.value();
  page = table.list(query).value();
  EXPECT_EQ(sequences(page), (Sequences{2, 1}));
  EXPECT_FALSE(page.next);
}

TEST(JobTable, CursorsStandWhileJobsComeAndGo) {
  JobTable table;
  std::vector<JobPtr> jobs;
  for (std::uint64_t s = 1; s <= 6; ++s) table.put(jobs.emplace_back(job(s)));
  ListQuery query{.states = {}, .limit = 3, .cursor = "", .newest_first = false};
  query.cursor = table.list(query).value().next.value();
  table.erase(jobs[2]->id);  // the very job that the cursor names
  table.erase(jobs[3]->id);
  table.put(job(7));
  EXPECT_EQ(sequences(table.list(query).value()), (Sequences{5, 6, 7}));

  ListQuery newest{.states = {}, .limit = 2, .cursor = "", .newest_first = true};
  newest.cursor = table.list(newest).value().next.value();  // after 7, 6
  table.erase(jobs[5]->id);
  table.put(job(8));
  EXPECT_EQ(sequences(table.list(newest).value()), (Sequences{5, 2}));
}

TEST(JobTable, FiltersByState) {
  JobTable table;
  for (std::uint64_t s = 1; s <= 9; ++s) table.put(job(s, s % 3 == 0 ? JobState::failed : JobState::queued));
  const auto page = table.list({.states = {JobState::failed}, .limit = 2, .cursor = "", .newest_first = false}).value();
  EXPECT_EQ(sequences(page), (Sequences{3, 6}));
  EXPECT_TRUE(page.next);
  EXPECT_TRUE(
      table.list({.states = {JobState::succeeded}, .limit = 2, .cursor = "", .newest_first = false})->jobs.empty());
}

TEST(JobTable, LeafsThroughSeveralStatesInOneOrder) {
  JobTable table;
  for (std::uint64_t s = 1; s <= 9; ++s) {
    table.put(job(s, s % 3 == 0 ? JobState::failed : s % 3 == 1 ? JobState::queued : JobState::succeeded));
  }
  for (const bool newest_first : {false, true}) {
    ListQuery query{.states = {JobState::failed, JobState::queued, JobState::failed},
                    .limit = 4,
                    .cursor = "",
                    .newest_first = newest_first};
    auto page = table.list(query).value();
    EXPECT_EQ(sequences(page), newest_first ? (Sequences{9, 7, 6, 4}) : (Sequences{1, 3, 4, 6}));
    query.cursor = page.next.value();
    page = table.list(query).value();
    EXPECT_EQ(sequences(page), newest_first ? (Sequences{3, 1}) : (Sequences{7, 9}));
    EXPECT_FALSE(page.next);
  }
}

TEST(JobTable, RefusesWhatIsNoCursor) {
  const JobTable table;
  for (const char* bad : {"x", "12x", "-1", " 1", "99999999999999999999999"}) {
    const auto page = table.list({.states = {}, .limit = 1, .cursor = bad, .newest_first = false});
    ASSERT_FALSE(page) << bad;
    EXPECT_EQ(page.error().code, ErrorCode::invalid_request);
  }
}

}  // namespace
}  // namespace kiln::jobs
