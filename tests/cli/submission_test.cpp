#include "cli/submission.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace kiln::cli {
namespace {

client::Answer<client::Json> body_of(std::vector<std::string> arguments, const std::string& output = "") {
  CLI::App app;
  SubmissionOptions options;
  add_submission_options(app, options);
  arguments.insert(arguments.begin(), "scene.glb");
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them last first
  app.parse(arguments);
  options.output = output;
  return render_body(options, "sha256:aa", "");
}

}  // namespace

TEST(Submission, SaysNothingOfWhatIsNotAskedFor) {
  const auto body = body_of({});
  ASSERT_TRUE(body);
  EXPECT_EQ(client::text_at(*body, "scene"), "sha256:aa");
  EXPECT_EQ(client::text_at(*body, "format"), "png") << "without any hint";
  for (const char* name : {"cache", "webhook", "keep_partial", "time_s", "variant", "time_budget_s"}) {
    EXPECT_FALSE(body->contains(name)) << name;
  }
}

TEST(Submission, TakesTheFormatFromTheOutput) {
  EXPECT_EQ(client::text_at(*body_of({}, "a.JPG"), "format"), "jpeg");
  EXPECT_EQ(client::text_at(*body_of({}, "-"), "format"), "png");
  EXPECT_EQ(client::text_at(*body_of({"--format", "exr"}, "-"), "format"), "exr");
  EXPECT_EQ(body_of({}, "a.gif").error().code, "invalid_request");
}

TEST(Submission, HasWhatASubmissionHasBesideThePicture) {
  const auto body = body_of({"--no-cache", "--keep-partial", "--webhook", "https://a/b", "--webhook-events",
                             "job.failed,batch.finished", "--metadata", R"({"a":[1]})", "--time-s", "1.5",
                             "--animation", "2", "--variant", "red", "--environment", "1,2,3"});
  ASSERT_TRUE(body);
  EXPECT_EQ((*body)["cache"], false);
  EXPECT_EQ((*body)["keep_partial"], true);
  EXPECT_EQ((*body)["webhook"],
            client::Json::parse(R"({"url":"https://a/b","events":["job.failed","batch.finished"]})"));
  EXPECT_EQ((*body)["metadata"], client::Json::parse(R"({"a":[1]})"));
  EXPECT_EQ((*body)["time_s"], 1.5);
  EXPECT_EQ((*body)["animation"], 2);
  EXPECT_EQ((*body)["variant"], "red");
  EXPECT_EQ((*body)["environment"]["color"], client::Json::parse("[1.0,2.0,3.0]"));
}

TEST(Submission, RefusesKeysThatWouldEndTheHeader) {
  EXPECT_THROW((void)body_of({"--idempotency-key", "a\r\nX: b"}), CLI::Error);
  EXPECT_THROW((void)body_of({"--idempotency-key", std::string(256, 'a')}), CLI::Error);
  EXPECT_TRUE(body_of({"--idempotency-key", std::string(255, 'a')}));
}

}  // namespace kiln::cli
