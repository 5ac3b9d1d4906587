#include "jobs/forgotten_ids.h"

#include <gtest/gtest.h>

#include "base/job_id.h"

namespace kiln::jobs {
namespace {

TEST(ForgottenIds, AreRememberedUpToTheMostTheNewestLongest) {
  ForgottenIds forgotten(2);
  const JobId a = random_job_id(), b = random_job_id(), c = random_job_id();
  for (const JobId& id : {a, b, b, c}) forgotten.add(id);
  EXPECT_FALSE(forgotten.contains(a));
  EXPECT_TRUE(forgotten.contains(b));
  EXPECT_TRUE(forgotten.contains(c));
}

}  // namespace
}  // namespace kiln::jobs
