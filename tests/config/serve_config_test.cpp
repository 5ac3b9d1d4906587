#include "config/serve_config.h"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

#include "config/config_file.h"

namespace kiln::config {
namespace {

class ServeConfigTest : public testing::Test {
 protected:
  ServeConfigTest() { add_serve_options(app_, config_); }
  ~ServeConfigTest() override {
    ::unsetenv("KILN_PORT");
    std::filesystem::remove(file_);
  }

  void parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them last first
    app_.parse(arguments);
    if (!config_.config_file.empty()) apply_config_file(app_, config_.config_file);
  }

  std::string write(const std::string& text) {
    std::ofstream(file_) << text;
    return file_;
  }

  CLI::App app_;
  ServeConfig config_;
  std::string file_ =
      (std::filesystem::temp_directory_path() / ("kiln-config-" + std::to_string(::getpid()) + ".toml")).string();
};

}  // namespace

TEST_F(ServeConfigTest, HasTheDocumentedDefaults) {
  parse({});
  EXPECT_EQ(config_.address, "127.0.0.1");
  EXPECT_EQ(config_.port, 8080);
  EXPECT_EQ(config_.data, "kiln-data");
  EXPECT_EQ(config_.max_body_bytes, 512u << 20);
}

TEST_F(ServeConfigTest, AFlagWinsOverTheEnvironmentAndThatOverTheFile) {
  const std::string file = write("port = 1\nthreads = 3\n");
  ::setenv("KILN_PORT", "2", 1);
  parse({"--config", file});
  EXPECT_EQ(config_.port, 2);
  EXPECT_EQ(config_.threads, 3u);
}

TEST_F(ServeConfigTest, AFlagWinsOverTheEnvironment) {
  ::setenv("KILN_PORT", "2", 1);
  parse({"--port", "3"});
  EXPECT_EQ(config_.port, 3);
}

TEST_F(ServeConfigTest, TakesSizesWithUnits) {
  parse({"--max-body", "2GiB"});
  EXPECT_EQ(config_.max_body_bytes, 2ull << 30);
}

TEST_F(ServeConfigTest, TakesDurationsWithUnits) {
  parse({"--result-ttl", "36h", "--job-ttl", "90", "--asset-ttl", "2d"});
  EXPECT_EQ(config_.result_ttl_s, 36 * 3600.0);
  EXPECT_EQ(config_.job_ttl_s, 90.0);
  EXPECT_EQ(config_.asset_ttl_s, 2 * 86'400.0);
  EXPECT_THROW(parse({"--result-ttl", "3 parsecs"}), CLI::Error);
}

TEST_F(ServeConfigTest, JobsAndTheQueueAreBoundedWhereThatIsAsked) {
  parse({});
  EXPECT_EQ(config_.queue_limit_s, 0);
  EXPECT_EQ(config_.max_pixels, 0u);
  EXPECT_EQ(config_.max_device_bytes, 0u);
  parse({"--queue-limit-seconds", "2h", "--max-job-seconds", "30m", "--max-pixels", "8294400", "--max-path-depth", "12",
         "--max-samples-per-pixel", "1024", "--max-device-bytes", "4GiB"});
  EXPECT_EQ(config_.queue_limit_s, 7200);
  EXPECT_EQ(config_.max_job_s, 1800);
  EXPECT_EQ(config_.max_pixels, 8'294'400u);
  EXPECT_EQ(config_.max_path_depth, 12u);
  EXPECT_EQ(config_.max_samples_per_pixel, 1024u);
  EXPECT_EQ(config_.max_device_bytes, 4ull << 30);
}

TEST_F(ServeConfigTest, TakesListsWithCommas) {
  const std::string file =
      write("webhook-allow = \"10.0.0.0/8,fd00::/8\"\nwebhook-events = \"job.failed,job.started\"");
  parse({"--config", file, "--webhook-secret", "whsec_a,whsec_b"});
  EXPECT_EQ(config_.webhook_allow, "10.0.0.0/8,fd00::/8");
  EXPECT_EQ(config_.webhook_events, "job.failed,job.started");
  EXPECT_EQ(config_.webhook_secret, "whsec_a,whsec_b");
}

TEST_F(ServeConfigTest, TheHelpShowsNoSecret) {
  ::setenv("KILN_WEBHOOK_SECRET", "whsec_of_the_environment", 1);
  parse({});
  ::unsetenv("KILN_WEBHOOK_SECRET");
  EXPECT_EQ(config_.webhook_secret, "whsec_of_the_environment");
  EXPECT_EQ(app_.help().find("of_the_environment"), std::string::npos);
}

TEST_F(ServeConfigTest, RefusesAnUnknownKeyByItsName) {
  const std::string file = write("prot = 1\n");
  try {
    parse({"--config", file});
    FAIL() << "accepted";
  } catch (const CLI::Error& e) {
    EXPECT_NE(std::string(e.what()).find("prot"), std::string::npos) << e.what();
  }
}

TEST_F(ServeConfigTest, RefusesABadValueInTheFileByItsKey) {
  const std::string file = write("backend = \"vulkan\"\n");
  try {
    parse({"--config", file});
    FAIL() << "accepted";
  } catch (const CLI::Error& e) {
    EXPECT_NE(std::string(e.what()).find("backend"), std::string::npos) << e.what();
  }
}

TEST_F(ServeConfigTest, TakesNumericAddressesOfBothFamilies) {
  parse({"--address", "2001:db8::1"});
  EXPECT_EQ(config_.address, "2001:db8::1");
  EXPECT_THROW(parse({"--address", "localhost"}), CLI::Error);
  EXPECT_THROW(parse({"--address", "1.2.3"}), CLI::Error);
}

TEST_F(ServeConfigTest, RefusesAFolderWithoutAName) { EXPECT_THROW(parse({"--data", ""}), CLI::Error); }

TEST_F(ServeConfigTest, RefusesValuesOutOfRange) {
  EXPECT_THROW(parse({"--port", "70000"}), CLI::Error);
  EXPECT_THROW(parse({"--idle-timeout-s", "-1"}), CLI::Error);
}

}  // namespace kiln::config
