#include "jobs/asset_service.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "tests/jobs/fakes.h"

namespace kiln::jobs::test {
namespace {

FakeEngine::Behaviour never() {
  return [](const EngineTask&, const ProgressSink&, std::stop_token) {
    return Result<RenderReport>(Error{ErrorCode::internal, "not here", ""});
  };
}

std::size_t asset_files(const World& world) { return world.blobs->list(store::BlobFolder::assets).value().size(); }

TEST(AssetService, KeepsAnUploadUnderItsHash) {
  World world(never());
  const auto added = world.add("a scene", "model/gltf-binary");
  ASSERT_TRUE(added);
  EXPECT_FALSE(added->known);
  EXPECT_EQ(added->asset->id.size(), std::string("sha256:").size() + 64);
  EXPECT_EQ(added->asset->bytes, 7u);
  EXPECT_EQ(added->asset->media_type, "model/gltf-binary");
  EXPECT_EQ(world.assets().find(added->asset->id), added->asset);
  EXPECT_EQ(std::filesystem::file_size(world.assets().file(added->asset->id)), 7u);
  EXPECT_EQ(world.staged_files(), 0u);
}

TEST(AssetService, KnowsWhatIsThereAlready) {
  World world(never());
  const auto first = world.add("a scene", "model/gltf-binary");
  const auto again = world.add("a scene", "model/gltf-binary");
  EXPECT_TRUE(again->known);
  EXPECT_EQ(again->asset->id, first->asset->id);
  EXPECT_EQ(world.inspector.inspected, 1);
  EXPECT_EQ(asset_files(world), 1u);
  EXPECT_EQ(world.staged_files(), 0u);
}

TEST(AssetService, InspectsTwinsThatArriveTogetherOnce) {
  World world(never(), {.threads = 2});
  std::vector<bool> known;
  for (int i = 0; i < 3; ++i) {
    world.assets().add(world.staged("twin", "model/gltf-binary"),
                       [&](Result<AddedAsset> added) { known.push_back(added.value().known); });
  }
  world.until([&] { return known.size() == 3; });
  EXPECT_EQ(known, (std::vector{false, true, true}));
  EXPECT_EQ(world.inspector.inspected, 1);
  EXPECT_EQ(world.staged_files(), 0u);
}

TEST(AssetService, KeepsNothingOfAFileThatIsRefused) {
  World world(never());
  EXPECT_EQ(world.add("junk", "bad/file").error().code, ErrorCode::invalid_scene);
  EXPECT_EQ(world.add("poison", "throw/it").error().code, ErrorCode::internal);
  EXPECT_TRUE(world.assets().list(10, "").assets.empty());
  EXPECT_EQ(asset_files(world), 0u);
  EXPECT_EQ(world.staged_files(), 0u);
  EXPECT_TRUE(world.add("junk", "model/gltf-binary")) << "a refusal must not stick to the hash";
}

TEST(AssetService, ListsByPagesInOrderOfIds) {
  World world(never());
  for (const char* content : {"c", "a", "d", "b", "e"}) ASSERT_TRUE(world.add(content, "model/gltf-binary"));
  std::vector<std::string> ids;
  std::string cursor;
  for (int page_number = 0; page_number < 3; ++page_number) {
    const AssetPage page = world.assets().list(2, cursor);
    for (const AssetPtr& asset : page.assets) ids.push_back(asset->id);
    EXPECT_EQ(page.next.has_value(), page_number < 2);
    cursor = page.next.value_or("");
  }
  EXPECT_EQ(ids.size(), 5u);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
}

TEST(AssetService, RemovesAnAssetAndItsFile) {
  World world(never());
  const std::string id = world.add("a scene", "model/gltf-binary")->asset->id;
  ASSERT_TRUE(world.remove_asset(id));
  EXPECT_FALSE(world.assets().find(id));
  EXPECT_EQ(asset_files(world), 0u);
  EXPECT_EQ(world.remove_asset(id).error().code, ErrorCode::unknown_asset);
}

TEST(AssetService, KeepsAssetsThatUnfinishedJobsNeed) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  const std::string id = world.add("a scene", "model/gltf-binary")->asset->id;
  RenderRequest request;
  request.scene = id;
  const JobId running = world.submit_and_wait(request).value()->id, queued = world.submit_and_wait(request).value()->id;
  EXPECT_EQ(world.remove_asset(id).error().code, ErrorCode::asset_in_use);
  gate.let_succeed();
  world.until_state(running, JobState::succeeded);
  EXPECT_EQ(world.remove_asset(id).error().code, ErrorCode::asset_in_use);
  ASSERT_TRUE(world.cancel(queued));
  world.until_state(queued, JobState::cancelled);
  EXPECT_TRUE(world.remove_asset(id));
}

TEST(AssetService, KeepsAssetsAcrossARestart) {
  World world(never());
  const std::string scene = world.add("a scene", "model/gltf-binary")->asset->id;
  world.put_file(store::BlobFolder::assets, "logo.png");
  world.start_assets();
  const AssetPtr again = world.assets().find(scene);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->media_type, "model/gltf-binary");
  EXPECT_EQ(world.assets().bytes(), 7u);
  EXPECT_TRUE(std::filesystem::exists(world.assets().file(scene)));
  EXPECT_EQ(asset_files(world), 2u) << "a file that is not ours stays";
  EXPECT_TRUE(world.add("a scene", "model/gltf-binary")->known);
  EXPECT_EQ(world.inspector.inspected, 1);
}

TEST(AssetService, RepairsWhatACrashLeftBetweenFileAndRow) {
  World world(never());
  const std::string only_row = world.add("row", "model/gltf-binary")->asset->id;
  const std::string only_file = world.add("file", "model/gltf-binary")->asset->id;
  std::filesystem::remove(world.assets().file(only_row));
  world.asset_store.rows.erase(only_file);
  world.start_assets();
  world.assets().sweep();
  world.settle();
  EXPECT_FALSE(world.assets().find(only_row));
  EXPECT_FALSE(world.assets().find(only_file));
  EXPECT_EQ(asset_files(world), 0u);
  EXPECT_TRUE(world.asset_store.rows.empty());
  EXPECT_EQ(world.assets().bytes(), 0u);
}

TEST(AssetService, RefusesToStartOnAStoreThatCannotBeRead) {
  World world(never());
  world.asset_store.load_error = Error{ErrorCode::io_error, "torn page", ""};
  EXPECT_THROW(world.start_assets(), std::runtime_error);
}

TEST(AssetService, LeavesNothingOfAnUploadThatCannotBeStored) {
  World world(never());
  world.asset_store.error = Error{ErrorCode::storage_full, "no space left", ""};
  EXPECT_EQ(world.add("a scene", "model/gltf-binary").error().code, ErrorCode::storage_full);
  EXPECT_EQ(asset_files(world), 0u);
  EXPECT_EQ(world.staged_files(), 0u);
  EXPECT_EQ(world.assets().bytes(), 0u);
  world.asset_store.error.reset();
  EXPECT_TRUE(world.add("a scene", "model/gltf-binary")) << "it recovers by itself";
}

TEST(AssetService, KeepsAnAssetWhoseRowCannotBeRemoved) {
  World world(never());
  const std::string id = world.add("a scene", "model/gltf-binary")->asset->id;
  world.asset_store.error = Error{ErrorCode::io_error, "no", ""};
  EXPECT_EQ(world.remove_asset(id).error().code, ErrorCode::io_error);
  EXPECT_TRUE(world.assets().find(id));
  EXPECT_EQ(asset_files(world), 1u);
  EXPECT_EQ(world.assets().bytes(), 7u);
}

TEST(AssetService, TakesTheSameBytesAgainThatAreJustBeingRemoved) {
  World world(never());
  const std::string id = world.add("a scene", "model/gltf-binary")->asset->id;
  std::optional<Result<AddedAsset>> again;
  world.assets().remove(id, [](const Result<void>& done) { EXPECT_TRUE(done); });
  EXPECT_FALSE(world.assets().find(id));
  world.assets().add(world.staged("a scene", "model/gltf-binary"), [&](Result<AddedAsset> a) { again = std::move(a); });
  world.until([&] { return again.has_value(); });
  ASSERT_TRUE(*again);
  EXPECT_FALSE((*again)->known);
  EXPECT_TRUE(std::filesystem::exists(world.assets().file(id)));
}

}  // namespace
}  // namespace kiln::jobs::test
