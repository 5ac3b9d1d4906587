#include "store/lost_database.h"

#include <fstream>
#include <gtest/gtest.h>

#include "base/job_id.h"
#include "store/file_blob_store.h"
#include "tests/store/temp_folder.h"

namespace kiln::store {
namespace {

class LostDatabase : public testing::Test {
 protected:
  void put(const std::string& name) { std::ofstream(folder.path() / name) << "bytes"; }
  Result<void> check() const { return check_database_is_not_lost(folder.path() / "kiln.db", *blobs); }

  test::TempFolder folder;
  std::unique_ptr<FileBlobStore> blobs = FileBlobStore::open(folder.path()).value();
};

TEST_F(LostDatabase, IsNoneInAFreshFolder) { EXPECT_TRUE(check()); }

TEST_F(LostDatabase, IsNoneBesideFilesOfOthers) {
  for (const char* name : {"assets/logo.png", "assets/sha256-12", "results/holiday.png"}) put(name);
  EXPECT_TRUE(check());
}

TEST_F(LostDatabase, IsRefusedWhereItsFilesAreThere) {
  const std::string asset = "assets/sha256-" + std::string(64, 'a');
  for (const std::string& name : {asset, "results/" + to_string(random_job_id())}) {
    put(name);
    const auto checked = check();
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().code, ErrorCode::io_error);
    EXPECT_NE(checked.error().message.find(folder.path().string()), std::string::npos) << checked.error().message;
    std::filesystem::remove(folder.path() / name);
  }
}

TEST_F(LostDatabase, IsNoneWhereItIsThere) {
  put("kiln.db");
  put("assets/sha256-" + std::string(64, 'a'));
  EXPECT_TRUE(check());
}

}  // namespace
}  // namespace kiln::store
