#include <fstream>
#include <gtest/gtest.h>

#include "engine/local_engine.h"
#include "tests/store/temp_folder.h"

namespace kiln::engine {
namespace {

class LocalInspector : public testing::Test {
 protected:
  Result<AssetSummary> inspect(const std::string& content, const std::string& media_type) {
    const auto file = folder.path() / "upload";
    std::ofstream(file, std::ios::binary) << content;
    return make_local_inspector()->inspect(file, media_type);
  }

  kiln::test::TempFolder folder;
};

constexpr const char* kTriangle = R"({
  "asset": {"version": "2.0"},
  "buffers": [{"byteLength": 36, "uri": "data:application/octet-stream;base64,AAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAgD8AAAAA"}],
  "bufferViews": [{"buffer": 0, "byteLength": 36}],
  "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]}],
  "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
  "nodes": [{"mesh": 0}],
  "scenes": [{"nodes": [0]}],
  "scene": 0
})";

TEST_F(LocalInspector, SummarisesAScene) {
  const auto summary = inspect(kTriangle, "model/gltf+json");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->kind, AssetKind::scene);
  EXPECT_EQ(summary->triangles, 1u);
}

TEST_F(LocalInspector, RefusesWhatItDoesNotKnow) {
  EXPECT_FALSE(inspect("not a picture, not a scene", "application/octet-stream"));
  EXPECT_FALSE(inspect("", "model/gltf-binary"));
}

}  // namespace
}  // namespace kiln::engine
