#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <thread>

#include "store/file_blob_store.h"
#include "tests/store/temp_folder.h"

namespace kiln::store {
namespace {

namespace fs = std::filesystem;
using test::TempFolder;

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

StagedBlob staged(BlobStore& store, const std::string& text) {
  StagedBlob blob = store.stage().value();
  blob.write(bytes(text)).value();
  return blob;
}

class FileBlobs : public testing::Test {
 protected:
  TempFolder folder;
  std::unique_ptr<FileBlobStore> store = std::move(FileBlobStore::open(folder.path()).value());
  fs::path staging = folder.path() / "staging";
};

TEST_F(FileBlobs, ArriveInPiecesAndAppearWhole) {
  StagedBlob blob = store->stage().value();
  ASSERT_TRUE(blob.write(bytes("first, ")));
  EXPECT_TRUE(store->list(BlobFolder::results)->empty());
  ASSERT_TRUE(blob.write(bytes("second")));
  EXPECT_EQ(blob.bytes(), 13u);
  ASSERT_TRUE(store->commit(std::move(blob), BlobFolder::results, "picture"));
  EXPECT_EQ(content(store->path(BlobFolder::results, "picture")), "first, second");
  EXPECT_EQ(store->size(BlobFolder::results, "picture").value(), 13u);
  EXPECT_EQ(store->list(BlobFolder::results).value(), std::vector<std::string>{"picture"});
  EXPECT_TRUE(store->list(BlobFolder::assets)->empty());
  EXPECT_EQ(files_in(staging), 0u);
}

TEST_F(FileBlobs, OfOneNameInEachFolderAreStrangers) {
  ASSERT_TRUE(store->commit(staged(*store, "scene"), BlobFolder::assets, "x"));
  ASSERT_TRUE(store->commit(staged(*store, "picture"), BlobFolder::results, "x"));
  ASSERT_TRUE(store->commit(staged(*store, "half a picture"), BlobFolder::checkpoints, "x"));
  EXPECT_EQ(content(folder.path() / "assets" / "x"), "scene");
  EXPECT_EQ(content(folder.path() / "results" / "x"), "picture");
  EXPECT_EQ(content(folder.path() / "checkpoints" / "x"), "half a picture");
  ASSERT_TRUE(store->remove(BlobFolder::checkpoints, "x"));
  EXPECT_TRUE(store->list(BlobFolder::checkpoints)->empty());
  EXPECT_EQ(store->list(BlobFolder::results).value(), std::vector<std::string>{"x"});
}

TEST_F(FileBlobs, TakeFilesThatAnotherWriterMade) {
  StagedBlob blob = store->stage_path();
  EXPECT_FALSE(fs::exists(blob.path()));
  std::ofstream(blob.path()) << "from elsewhere";
  ASSERT_TRUE(store->commit(std::move(blob), BlobFolder::assets, "a.b_c-1"));
  EXPECT_EQ(content(store->path(BlobFolder::assets, "a.b_c-1")), "from elsewhere");
}

TEST_F(FileBlobs, FailToCommitWhatWasNeverWritten) {
  const auto committed = store->commit(store->stage_path(), BlobFolder::assets, "ghost");
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, ErrorCode::io_error);
  EXPECT_TRUE(store->list(BlobFolder::assets)->empty());
}

TEST_F(FileBlobs, VanishWhenTheyAreDropped) {
  {
    const StagedBlob dropped = staged(*store, "half an upload");
    StagedBlob replaced = staged(*store, "one");
    replaced = staged(*store, "other");
    EXPECT_EQ(files_in(staging), 2u);
  }
  EXPECT_EQ(files_in(staging), 0u);
}

TEST_F(FileBlobs, VanishWithWhatAKilledWriterLeft) {
  {
    const StagedBlob dropped = store->stage_path();
    std::ofstream(dropped.path().string() + ".part") << "half a picture";
  }
  EXPECT_EQ(files_in(staging), 0u);
}

TEST_F(FileBlobs, AReaderKeepsTheOldBytesWhileANewFileTakesTheName) {
  ASSERT_TRUE(store->commit(staged(*store, "old bytes"), BlobFolder::results, "x"));
  const auto reader = store->open(BlobFolder::results, "x");
  ASSERT_TRUE(reader);
  ASSERT_TRUE(store->commit(staged(*store, "new"), BlobFolder::results, "x"));
  std::vector<std::byte> seen(9);
  EXPECT_EQ(read_at(reader->get(), seen, 0, "x").value(), 9u);
  EXPECT_EQ(std::memcmp(seen.data(), "old bytes", 9), 0);
  EXPECT_EQ(content(store->path(BlobFolder::results, "x")), "new");
  ASSERT_TRUE(store->remove(BlobFolder::results, "x"));
  EXPECT_EQ(read_at(reader->get(), seen, 0, "x").value(), 9u);
}

TEST_F(FileBlobs, RemovingTwiceIsNoError) {
  ASSERT_TRUE(store->commit(staged(*store, "x"), BlobFolder::results, "x"));
  EXPECT_TRUE(store->remove(BlobFolder::results, "x"));
  EXPECT_TRUE(store->remove(BlobFolder::results, "x"));
  EXPECT_EQ(store->open(BlobFolder::results, "x").error().code, ErrorCode::io_error);
  EXPECT_EQ(store->size(BlobFolder::results, "x").error().code, ErrorCode::io_error);
}

TEST_F(FileBlobs, NamesCannotLeadOut) {
  for (const char* bad : {"", ".", "..", "../x", "a/b", ".hidden", "a b", "sha256:00", "a\nb"}) {
    EXPECT_FALSE(store->commit(staged(*store, "x"), BlobFolder::results, bad)) << bad;
    EXPECT_FALSE(store->remove(BlobFolder::results, bad)) << bad;
    EXPECT_FALSE(store->open(BlobFolder::results, bad)) << bad;
  }
  EXPECT_FALSE(store->commit(staged(*store, "x"), BlobFolder::results, std::string(300, 'a')));
  EXPECT_EQ(files_in(staging), 0u);
}

TEST_F(FileBlobs, LeftoversOfAnEarlierProcessAreSweptAtStart) {
  ASSERT_TRUE(store->commit(staged(*store, "kept"), BlobFolder::assets, "kept"));
  std::ofstream(staging / "staged-17") << "half";
  std::ofstream(staging / "staged-18.part") << "half";
  store.reset();
  const auto reopened = FileBlobStore::open(folder.path());
  ASSERT_TRUE(reopened);
  EXPECT_EQ(files_in(staging), 0u);
  EXPECT_EQ((*reopened)->list(BlobFolder::assets).value(), std::vector<std::string>{"kept"});
}

TEST_F(FileBlobs, FilesOfOthersAreNotSwept) {
  const std::vector<std::string> others{"17", "staged-", "staged-1.txt", "staged-x", "notes.part"};
  for (const std::string& name : others) std::ofstream(staging / name) << "mine";
  fs::create_directory(staging / "staged-folder");
  store.reset();
  ASSERT_TRUE(FileBlobStore::open(folder.path()));
  EXPECT_EQ(files_in(staging), others.size() + 1);
}

TEST_F(FileBlobs, OneFolderBelongsToOneStoreAtATime) {
  const StagedBlob under_way = staged(*store, "an upload of the first server");
  const auto second = FileBlobStore::open(folder.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::io_error);
  EXPECT_NE(second.error().message.find(folder.path().string()), std::string::npos) << second.error().message;
  EXPECT_TRUE(fs::exists(under_way.path()));
  store.reset();
  EXPECT_TRUE(FileBlobStore::open(folder.path()));
}

TEST_F(FileBlobs, AFullDiskIsStorageFull) {
  StagedBlob blob(FileDescriptor(::open("/dev/full", O_WRONLY | O_CLOEXEC)), {});
  const auto written = blob.write(bytes("x"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::storage_full);
  EXPECT_EQ(blob.bytes(), 0u);
}

TEST_F(FileBlobs, ThreadsStageWithoutMeeting) {
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 25; ++i) {
          const std::string name = std::to_string(t) + "-" + std::to_string(i);
          store->commit(staged(*store, name), BlobFolder::results, name).value();
        }
      });
    }
  }
  const auto names = store->list(BlobFolder::results).value();
  EXPECT_EQ(names.size(), 100u);
  for (const std::string& name : names) EXPECT_EQ(content(store->path(BlobFolder::results, name)), name);
}

TEST(FileBlobStore, RefusesAFolderWithoutAName) { EXPECT_FALSE(FileBlobStore::open("")); }

TEST(FileBlobStore, RefusesAFolderThatItCannotMake) {
  const TempFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  const auto opened = FileBlobStore::open(folder.path() / "file" / "data");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::io_error);
  EXPECT_NE(opened.error().message.find("file"), std::string::npos);
}

}  // namespace
}  // namespace kiln::store
