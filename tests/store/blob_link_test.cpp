// Second names for blobs.
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sys/stat.h>

#include "store/file_blob_store.h"
#include "tests/store/temp_folder.h"

namespace kiln::store {
namespace {

/// With links, and as where there are none.
class BlobLinks : public testing::TestWithParam<bool> {
 protected:
  void put(const std::string& name, const std::string& text) {
    StagedBlob blob = store->stage().value();
    blob.write(std::as_bytes(std::span(text))).value();
    store->commit(std::move(blob), BlobFolder::results, name).value();
  }
  std::string content(const std::string& name) const {
    std::ifstream in(store->path(BlobFolder::results, name), std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), {});
  }
  Result<std::vector<bool>> link(const std::vector<BlobLink>& links) { return store->link(BlobFolder::results, links); }

  test::TempFolder folder;
  std::unique_ptr<FileBlobStore> store = std::move(FileBlobStore::open(folder.path(), GetParam()).value());
};

TEST_P(BlobLinks, ShareTheBytesAndOutliveEachOther) {
  const std::string large(3'000'000, 'x');
  put("a", large);
  put("b", "");
  EXPECT_EQ(link({{"a", "a2"}, {"b", "b2"}}).value(), (std::vector<bool>{true, true}));
  ASSERT_TRUE(store->remove(BlobFolder::results, "a"));
  EXPECT_EQ(content("a2"), large);
  EXPECT_EQ(content("b2"), "");
  put("b", "another");
  EXPECT_EQ(content("b2"), "") << "what replaces a blob is another file";
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "staging"));
}

TEST_P(BlobLinks, ToWhatIsNotThereAreNotMade) {
  put("a", "picture");
  EXPECT_EQ(link({{"gone", "x"}, {"a", "y"}}).value(), (std::vector<bool>{false, true}));
  EXPECT_EQ(store->list(BlobFolder::results).value(), (std::vector<std::string>{"a", "y"}));
  EXPECT_TRUE(link({}).value().empty());
}

TEST_P(BlobLinks, AreAllMadeOrNone) {
  put("a", "picture");
  const auto failed = link({{"a", "x"}, {"a", "../y"}});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::io_error);
  EXPECT_EQ(store->list(BlobFolder::results).value(), std::vector<std::string>{"a"});
}

INSTANTIATE_TEST_SUITE_P(Both, BlobLinks, testing::Bool(),
                         [](const auto& with) { return with.param ? "Links" : "Copies"; });

TEST(BlobLink, TakesNoRoomOfItsOwn) {
  const test::TempFolder folder;
  const auto store = std::move(FileBlobStore::open(folder.path()).value());
  store->commit(store->stage().value(), BlobFolder::results, "a").value();
  const std::vector<BlobLink> links{{"a", "b"}};
  store->link(BlobFolder::results, links).value();
  struct stat info {};
  ASSERT_EQ(::stat(store->path(BlobFolder::results, "b").c_str(), &info), 0);
  EXPECT_EQ(info.st_nlink, 2u);
}

}  // namespace
}  // namespace kiln::store
