#include "base/job_id.h"

#include <gtest/gtest.h>
#include <set>

namespace kiln {

TEST(JobId, TextLeadsBackToTheId) {
  const JobId id = random_job_id();
  EXPECT_EQ(job_id_from_string(to_string(id)), id);
}

TEST(JobId, IsAVersion4Uuid) {
  const JobId id = random_job_id();
  EXPECT_EQ(id.bytes[6] >> 4, 4);
  EXPECT_EQ(id.bytes[8] >> 6, 2);
}

TEST(JobId, NeverComesTwice) {
  std::set<JobId> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(random_job_id()).second);
}

TEST(JobId, RefusesEveryOtherSpelling) {
  for (const char* text : {"", "x", "6F1C0000-0000-4000-8000-000000000000", "{6f1c0000-0000-4000-8000-00000000000}",
                           "6f1c0000-0000-4000-8000-00000000000g", "6f1c000000000-4000-8000-00000000000-",
                           "------------------------------------", "6f1c0000-0000-4000-8000-0000000000000"}) {
    EXPECT_FALSE(job_id_from_string(text)) << text;
  }
}

}  // namespace kiln
