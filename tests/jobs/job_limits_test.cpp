#include "jobs/job_limits.h"

#include <gtest/gtest.h>

namespace kiln::jobs {
namespace {

RenderRequest request() {
  RenderRequest r;
  r.width = 100;
  r.height = 200;
  r.samples_per_pixel = 16;
  r.max_depth = 8;
  return r;
}

AssetSummary needing(std::uint64_t device_bytes) {
  AssetSummary summary;
  summary.device_bytes = device_bytes;
  return summary;
}

void expect_refused(const Result<void>& result, const std::string& pointer, const std::string& part_of_message) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(result.error().pointer, pointer);
  EXPECT_NE(result.error().message.find(part_of_message), std::string::npos) << result.error().message;
}

TEST(JobLimits, NoneAreSetAtFirst) {
  EXPECT_TRUE(check_settings({}, request()));
  const AssetSummary large = needing(~0ull);
  EXPECT_TRUE(check_device_bytes({}, &large, nullptr));
  EXPECT_TRUE(check_seconds({}, 1e9));
}

TEST(JobLimits, WhatIsAtTheLimitIsWithinIt) {
  EXPECT_TRUE(check_settings({.pixels = 20'000, .samples_per_pixel = 16, .max_depth = 8}, request()));
  EXPECT_TRUE(check_seconds({.seconds = 5}, 5));
  const AssetSummary half = needing(50);
  EXPECT_TRUE(check_device_bytes({.device_bytes = 100}, &half, &half));
}

TEST(JobLimits, WhatIsBeyondIsRefusedWithItsPlaceAndBothNumbers) {
  expect_refused(check_settings({.pixels = 19'999}, request()), "/height", "20000 pixels");
  expect_refused(check_settings({.samples_per_pixel = 15}, request()), "/samples_per_pixel", "15");
  expect_refused(check_settings({.max_depth = 7}, request()), "/max_depth", "7");
  expect_refused(check_seconds({.seconds = 5}, 61.04), "/samples_per_pixel", "estimated to take 61 s");
}

TEST(JobLimits, OfARegionItsOwnPixelsCount) {
  RenderRequest part = request();
  part.region = Region{50, 60, 50, 40};
  EXPECT_TRUE(check_settings({.pixels = 2000}, part));
  expect_refused(check_settings({.pixels = 1999}, part), "/region", "50 x 40 are 2000 pixels");
}

TEST(JobLimits, SceneAndEnvironmentImageNeedTheDeviceTogether) {
  const AssetSummary half = needing(60), small = needing(10);
  expect_refused(check_device_bytes({.device_bytes = 50}, &half, &small), "/scene", "60 bytes");
  expect_refused(check_device_bytes({.device_bytes = 100}, &half, &half), "/environment/image", "120 bytes");
  EXPECT_TRUE(check_device_bytes({.device_bytes = 100}, nullptr, &half)) << "a scene that is built in";
}

}  // namespace
}  // namespace kiln::jobs
