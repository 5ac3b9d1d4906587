#include "base/files.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace kiln {
namespace {

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "kiln-files-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static std::string text_of(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  std::filesystem::path folder_;
};

}  // namespace

TEST_F(Files, ReadsBackWhatWasWrittenAtomically) {
  const std::string first = "one", second = "the second, longer text";
  ASSERT_TRUE(write_file_atomically(folder_ / "f", std::as_bytes(std::span(first))));
  ASSERT_TRUE(write_file_atomically(folder_ / "f", std::as_bytes(std::span(second))));
  EXPECT_EQ(text_of(read_file(folder_ / "f", 100).value()), second);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "a temporary file stayed behind";
}

TEST_F(Files, RefusesAFileOverTheLimitByItsName) {
  const std::string text = "12345";
  ASSERT_TRUE(write_file_atomically(folder_ / "five", std::as_bytes(std::span(text))));
  EXPECT_TRUE(read_file(folder_ / "five", 5));
  const auto refused = read_file(folder_ / "five", 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
  EXPECT_NE(refused.error().message.find("five"), std::string::npos);
}

TEST_F(Files, LeadsALinkToItsTarget) {
  ASSERT_TRUE(create_file(folder_ / "file"));
  std::filesystem::create_symlink("file", folder_ / "link");
  std::filesystem::create_symlink("link", folder_ / "second");
  std::filesystem::create_symlink("missing", folder_ / "loose");
  EXPECT_EQ(behind_links(folder_ / "second"), std::filesystem::canonical(folder_) / "file");
  for (const char* same : {"file", "loose", "missing"}) EXPECT_EQ(behind_links(folder_ / same), folder_ / same);
}

TEST_F(Files, RefusesAFolder) { EXPECT_EQ(read_file(folder_, 100).error().code, ErrorCode::io_error); }

TEST_F(Files, OpensNoLinkAndNoPipeWhereOnlyARegularFileWillDo) {
  ASSERT_TRUE(create_file(folder_ / "file"));
  std::filesystem::create_symlink("file", folder_ / "link");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(open_regular_file(folder_ / "file"));
  for (const char* name : {"link", "pipe", "missing", "."}) {
    const auto opened = open_regular_file(folder_ / name);
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code, ErrorCode::io_error) << name;
  }
}

TEST_F(Files, SaysWhenTheDeviceIsFull) {
  auto full = FileDescriptor(::dup(create_file("/dev/full").value().get()));
  const std::string text = "x";
  EXPECT_EQ(write_all(full.get(), std::as_bytes(std::span(text)), "/dev/full").error().code, ErrorCode::storage_full);
}

}  // namespace kiln
