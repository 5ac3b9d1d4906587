#include <gmock/gmock.h>

#include "glb_builder.h"

namespace kiln::scene::test {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

constexpr float kNear = 1e-5f;

MATCHER_P3(IsVec3, x, y, z, "") {
  return std::abs(arg.x - x) < kNear && std::abs(arg.y - y) < kNear && std::abs(arg.z - z) < kNear;
}

const std::vector<float> kSquare{0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0};
const std::vector<float> kUp{0, 0, 1, 0, 0, 1, 0, 0, 1};

TEST(GltfGeometry, ReadsATriangleListWithoutIndices) {
  GlbBuilder b;
  b.triangle();
  const auto scene = loaded(b);
  EXPECT_THAT(scene->positions, ElementsAre(IsVec3(0, 0, 0), IsVec3(1, 0, 0), IsVec3(0, 1, 0)));
  EXPECT_THAT(scene->indices, ElementsAre(0, 1, 2));
  EXPECT_FALSE(scene->meshes[0].has_normals);
  EXPECT_TRUE(scene->tangents.empty());
  EXPECT_THAT(scene->bounds.max, IsVec3(1, 1, 0));
}

TEST(GltfGeometry, TurnsAStripSoThatAllTrianglesFaceTheSameWay) {
  GlbBuilder b;
  b.node_with({{"attributes", {{"POSITION", b.positions(kSquare)}}}, {"mode", 5}});
  EXPECT_THAT(loaded(b)->indices, ElementsAre(0, 1, 2, 1, 3, 2));
}

TEST(GltfGeometry, UnfoldsAFan) {
  GlbBuilder b;
  b.node_with(
      {{"attributes", {{"POSITION", b.positions(kSquare)}}}, {"indices", b.indices({3, 0, 1, 2})}, {"mode", 6}});
  EXPECT_THAT(loaded(b)->indices, ElementsAre(0, 1, 3, 1, 2, 3));
}

TEST(GltfGeometry, LeavesOutPointsAndLines) {
  for (const int mode : {0, 1, 2, 3}) {
    GlbBuilder b;
    b.node_with({{"attributes", {{"POSITION", b.positions(kSquare)}}}, {"mode", mode}});
    EXPECT_TRUE(loaded(b)->instances.empty()) << mode;
  }
}

TEST(GltfGeometry, ReadsIndicesOfAllTypes) {
  for (const int type : {kUnsignedByte, kUnsignedShort, kUnsignedInt}) {
    GlbBuilder b;
    const int positions = b.positions(kSquare);
    const int indices = type == kUnsignedByte    ? b.accessor(std::vector<std::uint8_t>{3, 2, 1}, "SCALAR", type, 3)
                        : type == kUnsignedShort ? b.accessor(std::vector<std::uint16_t>{3, 2, 1}, "SCALAR", type, 3)
                                                 : b.accessor(std::vector<std::uint32_t>{3, 2, 1}, "SCALAR", type, 3);
    b.node_with({{"attributes", {{"POSITION", positions}}}, {"indices", indices}});
    EXPECT_THAT(loaded(b)->indices, ElementsAre(3, 2, 1)) << type;
  }
}

TEST(GltfGeometry, DecodesQuantizedAttributes) {
  GlbBuilder b;
  b.json["extensionsUsed"] = b.json["extensionsRequired"] = {"KHR_mesh_quantization"};
  const int positions =
      b.accessor(std::vector<std::int16_t>{0, 0, 0, 0, 100, 0, 0, 0, 0, -7, 0, 0}, "VEC3", kShort, 3, 8);
  b.bound(positions);
  const int normals =
      b.accessor(std::vector<std::int8_t>{0, 0, 127, 0, 0, -127, 0, 0, -128, 0, 0, 0}, "VEC3", kByte, 3, 4);
  b.json["accessors"][normals]["normalized"] = true;
  const int uvs = b.accessor(std::vector<std::uint16_t>{0, 65535, 13107, 0, 0, 0}, "VEC2", kUnsignedShort, 3, 4);
  b.json["accessors"][uvs]["normalized"] = true;
  b.node_with({{"attributes", {{"POSITION", positions}, {"NORMAL", normals}, {"TEXCOORD_0", uvs}}}});
  const auto scene = loaded(b);
  EXPECT_THAT(scene->positions[1], IsVec3(100, 0, 0));
  EXPECT_THAT(scene->positions[2], IsVec3(0, -7, 0));
  EXPECT_THAT(scene->normals, ElementsAre(IsVec3(0, 0, 1), IsVec3(0, -1, 0), IsVec3(-1, 0, 0)));
  EXPECT_FLOAT_EQ(scene->uvs[0].y, 1);
  EXPECT_FLOAT_EQ(scene->uvs[1].x, 0.2f);
}

TEST(GltfGeometry, ReadsInterleavedAttributes) {
  GlbBuilder b;
  const int view = b.view(std::vector<float>{0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0}, 24);
  const Json accessor = {{"bufferView", view}, {"type", "VEC3"}, {"componentType", kFloat}, {"count", 3}};
  const int positions = b.add("accessors", accessor), normals = b.add("accessors", accessor);
  b.bound(positions);
  b.json["accessors"][normals]["byteOffset"] = 12;
  b.node_with({{"attributes", {{"POSITION", positions}, {"NORMAL", normals}}}});
  const auto scene = loaded(b);
  EXPECT_THAT(scene->positions, ElementsAre(IsVec3(0, 0, 0), IsVec3(1, 0, 0), IsVec3(0, 1, 0)));
  EXPECT_THAT(scene->normals, ElementsAre(IsVec3(0, 0, 1), IsVec3(0, 1, 0), IsVec3(1, 0, 0)));
}

TEST(GltfGeometry, SubstitutesSparseElements) {
  GlbBuilder b;
  const int positions = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0});
  b.json["accessors"][positions]["sparse"] = {
      {"count", 1},
      {"indices", {{"bufferView", b.view(std::vector<std::uint16_t>{1})}, {"componentType", kUnsignedShort}}},
      {"values", {{"bufferView", b.view(std::vector<float>{5, 6, 7})}}}};
  b.node_with({{"attributes", {{"POSITION", positions}}}});
  EXPECT_THAT(loaded(b)->positions, ElementsAre(IsVec3(0, 0, 0), IsVec3(5, 6, 7), IsVec3(0, 1, 0)));
}

TEST(GltfGeometry, ReadsASparseAccessorWithoutABufferViewAsZeros) {
  GlbBuilder b;
  const int positions = b.add("accessors", {{"type", "VEC3"}, {"componentType", kFloat}, {"count", 3}});
  b.bound(positions);
  b.json["accessors"][positions]["sparse"] = {
      {"count", 2},
      {"indices", {{"bufferView", b.view(std::vector<std::uint8_t>{1, 2})}, {"componentType", kUnsignedByte}}},
      {"values", {{"bufferView", b.view(std::vector<float>{1, 0, 0, 0, 1, 0})}}}};
  b.node_with({{"attributes", {{"POSITION", positions}}}});
  EXPECT_THAT(loaded(b)->positions, ElementsAre(IsVec3(0, 0, 0), IsVec3(1, 0, 0), IsVec3(0, 1, 0)));
}

TEST(GltfGeometry, GivesColorsWithoutAlphaFullAlpha) {
  GlbBuilder b;
  const int positions = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0});
  const int colors =
      b.accessor(std::vector<std::uint8_t>{255, 0, 51, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "VEC3", kUnsignedByte, 3, 4);
  b.json["accessors"][colors]["normalized"] = true;
  b.node_with({{"attributes", {{"POSITION", positions}, {"COLOR_0", colors}}}});
  const auto scene = loaded(b);
  ASSERT_EQ(scene->meshes[0].first_color, 0u);
  EXPECT_FLOAT_EQ(scene->colors[0].x, 1);
  EXPECT_FLOAT_EQ(scene->colors[0].z, 0.2f);
  EXPECT_FLOAT_EQ(scene->colors[0].w, 1);
}

TEST(GltfGeometry, ClampsColorsToTheUnitRange) {
  GlbBuilder b;
  const int positions = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0});
  const int colors = b.floats({-1, 0.5f, 7, 1, 0, 0, 0, 1, 0, 0, 0, 1}, "VEC4", 4);
  b.node_with({{"attributes", {{"POSITION", positions}, {"COLOR_0", colors}}}});
  const Vec4 color = loaded(b)->colors[0];
  EXPECT_EQ(color.x, 0);
  EXPECT_EQ(color.y, 0.5f);
  EXPECT_EQ(color.z, 1);
}

TEST(GltfGeometry, StoresUvSetsOneAfterTheOther) {
  GlbBuilder b;
  const int positions = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0});
  const int first = b.floats({0, 1, 2, 3, 4, 5}, "VEC2", 2), second = b.floats({6, 7, 8, 9, 10, 11}, "VEC2", 2);
  b.node_with({{"attributes", {{"POSITION", positions}, {"TEXCOORD_0", first}, {"TEXCOORD_1", second}}}});
  const auto scene = loaded(b);
  ASSERT_EQ(scene->meshes[0].uv_sets, 2u);
  EXPECT_FLOAT_EQ(scene->uvs[scene->meshes[0].first_uv + 3 + 2].y, 11);
}

TEST(GltfGeometry, AddsMorphTargetsByTheWeightsOfMeshOrNode) {
  GlbBuilder b;
  const int base = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0}), moved = b.positions({0, 0, 2, 0, 0, 2, 0, 0, 2});
  const int mesh = b.add("meshes", {{"primitives", Json::array({{{"attributes", {{"POSITION", base}}},
                                                                 {"targets", Json::array({{{"POSITION", moved}}})}}})},
                                    {"weights", {0.5}}});
  b.add("nodes", {{"mesh", mesh}});
  b.add("nodes", {{"mesh", mesh}, {"weights", {0.25}}});
  b.add("nodes", {{"mesh", mesh}, {"weights", {0.25}}});
  const auto scene = loaded(b);
  ASSERT_EQ(scene->meshes.size(), 2u);  // two poses, the second used twice
  EXPECT_FLOAT_EQ(scene->positions[0].z, 1);
  EXPECT_FLOAT_EQ(scene->positions[3].z, 0.5f);
  EXPECT_EQ(scene->instances[1].mesh, scene->instances[2].mesh);
}

TEST(GltfGeometry, BendsSkinsIntoTheRestPose) {
  GlbBuilder b;
  const int positions = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0}), normals = b.floats(kUp, "VEC3", 3);
  const int joints =
      b.accessor(std::vector<std::uint8_t>{0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0}, "VEC4", kUnsignedByte, 3);
  const int weights = b.floats({1, 0, 0, 0, 1, 0, 0, 0, 0.5f, 0.5f, 0, 0}, "VEC4", 4);
  const int node = b.node_with(
      {{"attributes", {{"POSITION", positions}, {"NORMAL", normals}, {"JOINTS_0", joints}, {"WEIGHTS_0", weights}}}});
  b.json["nodes"][node]["skin"] = 0;
  b.json["nodes"][node]["translation"] = {100, 0, 0};  // ignored: joints alone place a skinned mesh
  const int root = b.add("nodes", {{"translation", {0, 0, 10}}});
  const int tip = b.add("nodes", {{"rotation", {0, 0.70710678, 0, 0.70710678}}});  // +Z to +X, +X to -Z
  b.json["nodes"][root]["children"] = {tip};
  const int bind = b.floats({1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1,  //
                             1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1},
                            "MAT4", 16);
  b.add("skins", {{"joints", {root, tip}}, {"inverseBindMatrices", bind}});
  const auto scene = loaded(b);
  EXPECT_THAT(scene->positions[0], IsVec3(0, 0, 11));     // root, with its inverse bind matrix
  EXPECT_THAT(scene->positions[1], IsVec3(0, 0, 9));      // tip: (1,0,0) turned to (0,0,-1), moved by 10
  EXPECT_THAT(scene->positions[2], IsVec3(0, 1, 10.5f));  // half of each
  EXPECT_THAT(scene->normals[1], IsVec3(1, 0, 0));
  EXPECT_THAT(scene->instances[0].world_from_object.t, IsVec3(0, 0, 0));
}

TEST(GltfGeometry, KeepsNormalsAcrossTheSurfaceThatASkinStretches) {
  GlbBuilder b;
  const int positions = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0});
  const int normals = b.floats({0.6f, 0, 0.8f, 0.6f, 0, 0.8f, 0.6f, 0, 0.8f}, "VEC3", 3);
  const int joints = b.accessor(std::vector<std::uint8_t>(12), "VEC4", kUnsignedByte, 3);
  const int weights = b.floats({1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}, "VEC4", 4);
  const int node = b.node_with(
      {{"attributes", {{"POSITION", positions}, {"NORMAL", normals}, {"JOINTS_0", joints}, {"WEIGHTS_0", weights}}}});
  b.json["nodes"][node]["skin"] = 0;
  b.add("skins", {{"joints", {b.add("nodes", {{"scale", {2, 1, 1}}})}}});
  const Vec3 expected = normalize(Vec3{0.3f, 0, 0.8f});  // by the inverse transpose
  EXPECT_THAT(loaded(b)->normals[0], IsVec3(expected.x, expected.y, expected.z));
}

TEST(GltfGeometry, StoresAMeshOnceHoweverManyNodesPlaceIt) {
  GlbBuilder b;
  b.triangle();
  for (int i = 0; i < 10; ++i) b.add("nodes", {{"mesh", 0}, {"translation", {i, 0, 0}}});
  const auto scene = loaded(b);
  EXPECT_EQ(scene->meshes.size(), 1u);
  EXPECT_EQ(scene->positions.size(), 3u);
  EXPECT_EQ(scene->instances.size(), 11u);
  EXPECT_FLOAT_EQ(scene->bounds.max.x, 10);
}

TEST(GltfGeometry, StoresVerticesOnceWhenPrimitivesShareThem) {
  GlbBuilder b;
  const Json attributes = {{"POSITION", b.positions(kSquare)}};
  const Json first = {{"attributes", attributes}, {"indices", b.indices({0, 1, 2})}};
  const Json second = {{"attributes", attributes}, {"indices", b.indices({1, 3, 2})}};
  b.add("meshes", {{"primitives", {first, second}}});
  b.add("nodes", {{"mesh", 0}});
  const auto scene = loaded(b);
  EXPECT_EQ(scene->positions.size(), 4u);
  ASSERT_EQ(scene->meshes.size(), 2u);
  EXPECT_EQ(scene->meshes[1].first_vertex, 0u);
  EXPECT_THAT(scene->indices, ElementsAre(0, 1, 2, 1, 3, 2));
}

TEST(GltfGeometry, ReplacesNormalsWithoutDirectionByThoseOfTheTriangle) {
  GlbBuilder b;
  const int positions = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0});
  const int normals = b.floats({0, 0, 0, 1, 0, 0, 0, 1, 0}, "VEC3", 3);
  b.node_with({{"attributes", {{"POSITION", positions}, {"NORMAL", normals}}}});
  EXPECT_THAT(loaded(b)->normals[0], IsVec3(0, 0, 1));
}

}  // namespace
}  // namespace kiln::scene::test
