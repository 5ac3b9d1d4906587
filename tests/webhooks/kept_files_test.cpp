#include "webhooks/kept_files.h"

#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/store/temp_folder.h"
#include "webhooks/signature.h"

namespace kiln::webhooks {
namespace {

using namespace std::chrono_literals;

const WallTime kFirst{1'700'000'000s}, kLater = kFirst + 1h;

class KeptFiles : public testing::Test {
 protected:
  kiln::test::TempFolder folder;
  std::filesystem::path file = folder.path() / "kept";
};

TEST_F(KeptFiles, ASecretIsMadeOnceAndKeptForTheOwnerAlone) {
  const std::string secret = load_or_make_secret(file).value();
  EXPECT_TRUE(Signer::from_secrets(secret));
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(load_or_make_secret(file).value(), secret);
}

TEST_F(KeptFiles, ASecretMayBePutThereWithAnEditor) {
  std::ofstream(file) << "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw \r\n\n";
  EXPECT_EQ(load_or_make_secret(file).value(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
}

TEST_F(KeptFiles, ASecretThatCannotBeKeptIsAnError) {
  EXPECT_FALSE(load_or_make_secret(folder.path() / "missing" / "kept"));
}

TEST_F(KeptFiles, TheTargetOfAllIsToldSinceItWasFirstChosen) {
  const WebhookTarget target{"https://example.org/", {"job.failed"}};
  EXPECT_EQ(told_since(file, &target, kFirst).value(), kFirst);
  EXPECT_EQ(told_since(file, &target, kLater).value(), kFirst);
}

TEST_F(KeptFiles, AnotherTargetBeginsAnew) {
  const WebhookTarget target{"https://example.org/", {"job.failed"}};
  const WebhookTarget moved{"https://example.org/b", {"job.failed"}};
  const WebhookTarget curious{"https://example.org/b", {"job.failed", "job.started"}};
  EXPECT_EQ(told_since(file, &target, kFirst).value(), kFirst);
  EXPECT_EQ(told_since(file, &moved, kLater).value(), kLater);
  EXPECT_EQ(told_since(file, &curious, kLater + 1h).value(), kLater + 1h);
}

TEST_F(KeptFiles, ATimeAheadOfAClockThatWasSetRightBeginsAnew) {
  const WebhookTarget target{"https://example.org/", {"job.failed"}};
  EXPECT_EQ(told_since(file, &target, kLater).value(), kLater);
  EXPECT_EQ(told_since(file, &target, kFirst).value(), kFirst);
  EXPECT_EQ(told_since(file, &target, kLater).value(), kFirst);
}

TEST_F(KeptFiles, APauseBeginsAnew) {
  const WebhookTarget target{"https://example.org/", {"job.failed"}};
  EXPECT_EQ(told_since(file, &target, kFirst).value(), kFirst);
  EXPECT_TRUE(told_since(file, nullptr, kFirst + 1min));
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(told_since(file, &target, kLater).value(), kLater);
}

TEST_F(KeptFiles, ADamagedFileBeginsAnew) {
  std::ofstream(file) << "yesterday\nhttps://example.org/\njob.failed\n";
  const WebhookTarget target{"https://example.org/", {"job.failed"}};
  EXPECT_EQ(told_since(file, &target, kLater).value(), kLater);
}

}  // namespace
}  // namespace kiln::webhooks
