#include <algorithm>
#include <array>
#include <cmath>
#include <draco/compression/encode.h>
#include <draco/mesh/triangle_soup_mesh_builder.h>
#include <functional>
#include <gmock/gmock.h>
#include <set>

#include "glb_builder.h"

namespace kiln::scene::test {
namespace {

constexpr const char* kExtension = "KHR_draco_mesh_compression";
constexpr int kSide = 4, kFaces = 2 * kSide * kSide, kPoints = (kSide + 1) * (kSide + 1);

struct Corner {
  int x = 0, y = 0;
};

/// The triangles of a grid of squares in the plane.
std::array<Corner, 3> triangle(int face) {
  const int x = face / 2 % kSide, y = face / 2 / kSide;
  if (face % 2 == 0) return {Corner{x, y}, {x + 1, y}, {x, y + 1}};
  return {Corner{x, y + 1}, {x + 1, y}, {x + 1, y + 1}};
}

struct Encoded {
  std::vector<char> bytes;
  int position = 0, uv = 0, color = 0;  ///< unique ids
};

/// The grid with a UV of (x, y) / 8 and a colour of 10 x at each vertex.
Encoded grid_encoded(int method) {
  draco::TriangleSoupMeshBuilder builder;
  builder.Start(kFaces);
  const int position = builder.AddAttribute(draco::GeometryAttribute::POSITION, 3, draco::DT_FLOAT32);
  const int uv = builder.AddAttribute(draco::GeometryAttribute::TEX_COORD, 2, draco::DT_FLOAT32);
  const int color = builder.AddAttribute(draco::GeometryAttribute::COLOR, 4, draco::DT_UINT8, true);
  for (int f = 0; f < kFaces; ++f) {
    std::array<std::array<float, 3>, 3> positions{};
    std::array<std::array<float, 2>, 3> uvs{};
    std::array<std::array<std::uint8_t, 4>, 3> colors{};
    for (std::size_t c = 0; c < 3; ++c) {
      const Corner corner = triangle(f)[c];
      positions[c] = {static_cast<float>(corner.x), static_cast<float>(corner.y), 0};
      uvs[c] = {static_cast<float>(corner.x) / 8, static_cast<float>(corner.y) / 8};
      colors[c] = {static_cast<std::uint8_t>(10 * corner.x), 0, 0, 255};
    }
    const draco::FaceIndex face(static_cast<std::uint32_t>(f));
    builder.SetAttributeValuesForFace(position, face, &positions[0], &positions[1], &positions[2]);
    builder.SetAttributeValuesForFace(uv, face, &uvs[0], &uvs[1], &uvs[2]);
    builder.SetAttributeValuesForFace(color, face, &colors[0], &colors[1], &colors[2]);
  }
  const auto mesh = builder.Finalize();
  draco::Encoder encoder;
  encoder.SetEncodingMethod(method);
  draco::EncoderBuffer buffer;
  if (!encoder.EncodeMeshToBuffer(*mesh, &buffer).ok()) throw std::runtime_error("Draco cannot encode the grid");
  const auto id = [&](int attribute) { return static_cast<int>(mesh->attribute(attribute)->unique_id()); };
  return {{buffer.data(), buffer.data() + buffer.size()}, id(position), id(uv), id(color)};
}

/// A file that holds the grid in compressed form alone.
GlbBuilder grid(int method = draco::MESH_EDGEBREAKER_ENCODING) {
  const Encoded encoded = grid_encoded(method);
  GlbBuilder b;
  b.json["extensionsUsed"] = b.json["extensionsRequired"] = {kExtension};
  const auto empty = [&](const char* type, int component_type, int count) {
    return b.add("accessors", {{"type", type}, {"componentType", component_type}, {"count", count}});
  };
  const int positions = empty("VEC3", kFloat, kPoints), uvs = empty("VEC2", kFloat, kPoints),
            colors = empty("VEC4", kUnsignedByte, kPoints), indices = empty("SCALAR", kUnsignedShort, 3 * kFaces);
  b.bound(positions);
  b.json["accessors"][colors]["normalized"] = true;
  b.node_with({{"attributes", {{"POSITION", positions}, {"TEXCOORD_0", uvs}, {"COLOR_0", colors}}},
               {"indices", indices},
               {"extensions",
                {{kExtension,
                  {{"bufferView", b.view(encoded.bytes)},
                   {"attributes",
                    {{"POSITION", encoded.position}, {"TEXCOORD_0", encoded.uv}, {"COLOR_0", encoded.color}}}}}}}});
  return b;
}

Json& extension_of(GlbBuilder& b) { return b.json["meshes"][0]["primitives"][0]["extensions"][kExtension]; }

/// Corner positions as x + 10 y, turned until the least comes first: a set of triangles whatever their order.
std::multiset<std::array<int, 3>> triangles_of(const Scene& scene) {
  std::multiset<std::array<int, 3>> all;
  for (std::size_t i = 0; i + 2 < scene.indices.size(); i += 3) {
    std::array<int, 3> t{};
    for (std::size_t c = 0; c < 3; ++c) {
      const Vec3 p = scene.positions[scene.indices[i + c]];
      t[c] = static_cast<int>(std::lround(p.x) + 10 * std::lround(p.y));
    }
    std::rotate(t.begin(), std::min_element(t.begin(), t.end()), t.end());
    all.insert(t);
  }
  return all;
}

std::multiset<std::array<int, 3>> grid_triangles() {
  std::multiset<std::array<int, 3>> all;
  for (int f = 0; f < kFaces; ++f) {
    std::array<int, 3> t{};
    for (std::size_t c = 0; c < 3; ++c) t[c] = triangle(f)[c].x + 10 * triangle(f)[c].y;
    std::rotate(t.begin(), std::min_element(t.begin(), t.end()), t.end());
    all.insert(t);
  }
  return all;
}

TEST(Draco, HoldsTrianglesAndAttributesByBothMethods) {
  for (const int method : {draco::MESH_EDGEBREAKER_ENCODING, draco::MESH_SEQUENTIAL_ENCODING}) {
    const auto scene = loaded(grid(method));
    EXPECT_EQ(triangles_of(*scene), grid_triangles()) << method;
    ASSERT_EQ(scene->positions.size(), static_cast<std::size_t>(kPoints));
    for (std::size_t i = 0; i < scene->positions.size(); ++i) {
      const Vec3 p = scene->positions[i];
      EXPECT_NEAR(scene->uvs[i].x, p.x / 8, 1e-6f);
      EXPECT_NEAR(scene->uvs[i].y, p.y / 8, 1e-6f);
      EXPECT_NEAR(scene->colors[i].x, 10 * p.x / 255, 1e-6f);
      EXPECT_EQ(scene->colors[i].w, 1);
    }
  }
}

TEST(Draco, MapsAttributesByTheirIdsNotTheirOrder) {
  GlbBuilder b = grid();
  Json& ids = extension_of(b)["attributes"];
  ids["TEXCOORD_0"] = 99;
  const auto scene = load(b);
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().pointer,
            "/meshes/0/primitives/0/extensions/KHR_draco_mesh_compression/attributes/TEXCOORD_0");
}

TEST(Draco, LeavesAttributesThatItDoesNotNameAlone) {
  GlbBuilder b = grid();
  extension_of(b)["attributes"].erase("TEXCOORD_0");
  b.json["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] =
      b.floats(std::vector<float>(2 * kPoints, 0.75f), "VEC2", 2);
  const auto scene = loaded(b);
  ASSERT_EQ(scene->uvs.size(), static_cast<std::size_t>(kPoints));
  for (const Vec2 uv : scene->uvs) EXPECT_EQ(uv.x, 0.75f);
}

TEST(Draco, IsDecodedOnceForPrimitivesThatShareIt) {
  GlbBuilder b = grid();
  b.json["meshes"][0]["primitives"].push_back(b.json["meshes"][0]["primitives"][0]);
  const auto scene = loaded(b);
  EXPECT_EQ(scene->instances.size(), 2u);
  EXPECT_EQ(scene->positions.size(), static_cast<std::size_t>(kPoints));
}

TEST(Draco, MayStandForAStrip) {
  GlbBuilder b = grid();
  b.json["meshes"][0]["primitives"][0]["mode"] = 5;
  EXPECT_EQ(triangles_of(*loaded(b)), grid_triangles());
}

TEST(Draco, IsNotNeededWhereTheFileHasTheMeshUncompressed) {
  GlbBuilder b;
  b.json["extensionsUsed"] = {kExtension};
  b.triangle();
  Json& primitive = b.json["meshes"][0]["primitives"][0];
  primitive["indices"] = b.indices({0, 1, 2});
  primitive["extensions"][kExtension] = {{"bufferView", b.view(std::vector<char>(8, 'x'))},
                                         {"attributes", {{"POSITION", 0}}}};
  EXPECT_EQ(loaded(b)->positions.size(), 3u);
  b.json["extensionsRequired"] = {kExtension};
  const auto scene = load(b);
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().pointer, "/meshes/0/primitives/0/extensions/KHR_draco_mesh_compression");
}

TEST(Draco, IsRefusedByItsPlaceWhereItIsWrong) {
  const std::string primitive = "/meshes/0/primitives/0";
  const std::string place = primitive + "/extensions/KHR_draco_mesh_compression";
  const auto refused = [](const std::function<void(GlbBuilder&)>& break_it) {
    GlbBuilder b = grid();
    break_it(b);
    const auto scene = load(b);
    return scene ? "loaded" : scene.error().pointer;
  };
  const auto accessor = [](GlbBuilder& b, int i) -> Json& { return b.json["accessors"][i]; };
  EXPECT_EQ(refused([](GlbBuilder&) {}), "loaded");
  EXPECT_EQ(refused([](GlbBuilder& b) { extension_of(b).erase("bufferView"); }), place + "/bufferView");
  EXPECT_EQ(refused([](GlbBuilder& b) { extension_of(b).erase("attributes"); }), place + "/attributes");
  EXPECT_EQ(refused([](GlbBuilder& b) { extension_of(b)["attributes"]["NORMAL"] = 0; }), place + "/attributes/NORMAL");
  EXPECT_EQ(refused([](GlbBuilder& b) { b.json["meshes"][0]["primitives"][0]["mode"] = 1; }), primitive + "/mode");
  EXPECT_EQ(refused([](GlbBuilder& b) { b.json["meshes"][0]["primitives"][0].erase("indices"); }),
            primitive + "/indices");
  EXPECT_EQ(refused([&](GlbBuilder& b) { accessor(b, 3)["count"] = 3; }), place);
  EXPECT_EQ(refused([&](GlbBuilder& b) { accessor(b, 3)["count"] = 3 * kFaces + 3; }), primitive + "/indices");
  EXPECT_EQ(refused([&](GlbBuilder& b) {
              for (int i = 0; i < 3; ++i) accessor(b, i)["count"] = kPoints + 1;
            }),
            place + "/attributes/COLOR_0");
  EXPECT_EQ(refused([&](GlbBuilder& b) { accessor(b, 1)["type"] = "VEC3"; }), place + "/attributes/TEXCOORD_0");
  EXPECT_EQ(refused([&](GlbBuilder& b) {
              Json other = b.json["meshes"][0]["primitives"][0];
              other["extensions"][kExtension]["bufferView"] = b.view(grid_encoded(0).bytes);
              b.json["meshes"][0]["primitives"].push_back(other);
            }),
            "/meshes/0/primitives/1/extensions/KHR_draco_mesh_compression");
}

TEST(Draco, ThatIsToUnpackToTooMuchIsRefusedBeforeAnythingIsMade) {
  GlbBuilder b = grid();
  for (int i = 0; i < 3; ++i) b.json["accessors"][i]["count"] = 100'000'000;
  const auto scene = load(b);
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().code, ErrorCode::limit_exceeded);
}

/// One byte of the compressed mesh after another changed: it loads as something else, or is refused.
TEST(Draco, ThatIsCorruptNeverLeavesTheRails) {
  for (const int method : {draco::MESH_EDGEBREAKER_ENCODING, draco::MESH_SEQUENTIAL_ENCODING}) {
    const GlbBuilder b = grid(method);
    const std::string sound = b.glb();
    const std::size_t length = grid_encoded(method).bytes.size(), first = sound.find("DRACO");
    int refused = 0;
    for (std::size_t i = first; i < first + length; ++i)
      for (const char bits : {'\x01', '\x80', '\xff'}) {
        std::string broken = sound;
        broken[i] = static_cast<char>(broken[i] ^ bits);
        refused += load_bytes(broken) ? 0 : 1;
      }
    EXPECT_GT(refused, 0);
  }
}

}  // namespace
}  // namespace kiln::scene::test
