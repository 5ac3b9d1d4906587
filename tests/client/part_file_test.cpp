#include "client/part_file.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <sys/stat.h>

namespace kiln::client {
namespace {

namespace fs = std::filesystem;

class PartFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "kiln-part-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  auto files() const { return std::distance(fs::directory_iterator(folder_), fs::directory_iterator()); }

  static std::string content_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path folder_;
};

}  // namespace

TEST_F(PartFileTest, AppearsWholeWithTheRightsOfAnyNewFile) {
  const fs::path file = folder_ / "a.png";
  std::ofstream(file) << "old";
  {
    auto part = PartFile::create(file);
    ASSERT_TRUE(part);
    ASSERT_TRUE(part->write("new "));
    ASSERT_TRUE(part->write("picture"));
    EXPECT_EQ(content_of(file), "old") << "not before it is whole";
    ASSERT_TRUE(part->commit());
  }
  EXPECT_EQ(content_of(file), "new picture");
  EXPECT_EQ(files(), 1);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0666 & ~mask);
}

TEST_F(PartFileTest, LeavesNothingWhereItIsDropped) {
  { ASSERT_TRUE(PartFile::create(folder_ / "a.png")->write("half")); }
  EXPECT_EQ(files(), 0);
}

TEST_F(PartFileTest, ReplacesWhatALinkLeadsTo) {
  fs::create_directory(folder_ / "b");
  std::ofstream(folder_ / "b" / "a.png") << "old";
  fs::create_symlink("b/a.png", folder_ / "link.png");
  auto part = PartFile::create(folder_ / "link.png");
  ASSERT_TRUE(part && part->write("new") && part->commit());
  EXPECT_EQ(content_of(folder_ / "b" / "a.png"), "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link.png"));
}

TEST_F(PartFileTest, NamesTheFileThatCannotBe) {
  const auto part = PartFile::create(folder_ / "missing" / "a.png");
  ASSERT_FALSE(part);
  EXPECT_NE(part.error().message.find("missing/a.png:"), std::string::npos) << part.error().message;
}

}  // namespace kiln::client
