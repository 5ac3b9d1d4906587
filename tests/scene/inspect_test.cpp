#include "scene/inspect.h"

#include <gmock/gmock.h>

#include "glb_builder.h"

namespace kiln::scene::test {
namespace {

using testing::ElementsAre;

Result<AssetSummary> inspected(const std::string& bytes, const std::string& media_type) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "asset";
  std::ofstream(file, std::ios::binary) << bytes;
  return inspect_file(file, media_type);
}

TEST(Inspect, CountsWhatIsInAScene) {
  GlbBuilder b;
  b.triangle();
  b.add("nodes", {{"mesh", 0}, {"translation", {4, 0, 0}}});
  b.add("cameras", {{"type", "perspective"}, {"perspective", {{"yfov", 1}, {"znear", 1}}}});
  b.add("nodes", {{"camera", 0}});
  b.add("nodes", {{"camera", 0}, {"name", "top"}});
  b.json["extensionsUsed"] = {"KHR_texture_basisu", "KHR_materials_variants"};
  b.json["extensions"]["KHR_materials_variants"]["variants"] = {{{"name", "red"}}, {{"name", "blue"}}};
  const auto summary = inspected(b.glb(), "model/gltf-binary");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->kind, AssetKind::scene);
  EXPECT_EQ(summary->triangles, 2u);
  EXPECT_EQ(summary->unique_triangles, 1u);
  EXPECT_EQ(summary->meshes, 1u);
  EXPECT_EQ(summary->instances, 2u);
  EXPECT_THAT(summary->cameras, ElementsAre("camera 0", "top"));
  EXPECT_THAT(summary->variants, ElementsAre("red", "blue"));
  EXPECT_THAT(summary->extensions_unsupported, ElementsAre("KHR_texture_basisu"));
  EXPECT_FLOAT_EQ(summary->bounds.max.x, 5);
  EXPECT_GT(summary->device_bytes, 100u);
}

TEST(Inspect, TellsHowLongAnimationsAre) {
  GlbBuilder b;
  const int node = b.triangle();
  const int values = b.floats({1, 1, 1, 2, 2, 2}, "VEC3", 3);
  const auto key_times = [&](const std::vector<float>& times) {
    const int index = b.floats(times, "SCALAR", 1);
    b.json["accessors"][index]["min"] = {0};
    b.json["accessors"][index]["max"] = {99};  // what is declared is not what counts
    return index;
  };
  const Json late = {{"input", key_times({0.5f, 3.25f})}, {"output", values}};
  const Json early = {{"input", key_times({0, 0.1f})}, {"output", values}};
  const auto channel = [&](int sampler, const char* path) {
    return Json{{"sampler", sampler}, {"target", {{"node", node}, {"path", path}}}};
  };
  b.add("animations", {{"samplers", {late, early}}, {"channels", {channel(0, "scale"), channel(1, "translation")}}});
  b.add("animations", {{"name", "Walk"}, {"samplers", {early}}, {"channels", {channel(0, "scale")}}});
  const auto summary = inspected(b.glb(), "model/gltf-binary");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_THAT(summary->animations, ElementsAre("animation 0", "Walk"));
  EXPECT_THAT(summary->animation_durations_s, ElementsAre(3.25f, 0.1f));
}

TEST(Inspect, TellsScenesByTheirBytesWhereNoTypeIsGiven) {
  GlbBuilder b;
  b.triangle();
  EXPECT_TRUE(inspected(b.glb(), "application/octet-stream"));
}

/// A draft over KTX2 cube maps that was never ratified.
TEST(Inspect, ListsKhrLightsImageBasedAndRefusesItByNameWhereItIsRequired) {
  GlbBuilder b;
  b.triangle();
  b.json["extensionsUsed"] = {"KHR_lights_image_based"};
  b.json["extensions"]["KHR_lights_image_based"]["imageBasedLights"] = {{{"specularEnvironmentTexture", 0}}};
  b.add("scenes", {{"nodes", {0}}, {"extensions", {{"KHR_lights_image_based", {{"imageBasedLight", 0}}}}}});
  const auto summary = inspected(b.glb(), "model/gltf-binary");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_THAT(summary->extensions_unsupported, ElementsAre("KHR_lights_image_based"));
  EXPECT_EQ(summary->triangles, 1u);
  b.json["extensionsRequired"] = {"KHR_lights_image_based"};
  const auto refused = inspected(b.glb(), "model/gltf-binary");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported_extension);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("KHR_lights_image_based"));
}

TEST(Inspect, MeasuresEnvironments) {
  const std::string header = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 2\n";
  const auto summary = inspected(header + std::string("\x80\x80\x80\x81\x40\x40\x40\x81", 8), "");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->kind, AssetKind::environment);
  EXPECT_EQ(summary->width, 2u);
  EXPECT_EQ(summary->height, 1u);
}

TEST(Inspect, RefusesASceneThatIsDeclaredAsAPicture) {
  GlbBuilder b;
  b.triangle();
  const auto summary = inspected(b.glb(), "image/x-exr");
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, ErrorCode::invalid_image);
}

}  // namespace
}  // namespace kiln::scene::test
