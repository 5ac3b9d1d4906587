// OBJ, PLY and STL: that the shape arrives.
#include <gmock/gmock.h>

#include "import_files.h"
#include "scene/inspect.h"

namespace kiln::scene::test {
namespace {

/// The same box as a glTF file says it.
std::vector<Vec3> box_corners_of_gltf() {
  GlbBuilder b;
  std::vector<float> positions;
  for (const auto& p : kBoxCorners) positions.insert(positions.end(), p.begin(), p.end());
  std::vector<std::uint16_t> indices;
  each_box_triangle([&](const std::array<int, 3>& t) { indices.insert(indices.end(), t.begin(), t.end()); });
  b.node_with({{"attributes", {{"POSITION", b.positions(positions)}}}, {"indices", b.indices(indices)}});
  return corners_of(*loaded(b));
}

class BoxInFormat : public testing::TestWithParam<std::pair<const char*, std::string>> {};

TEST_P(BoxInFormat, HasTheTrianglesAndBoundsOfTheBoxInGltf) {
  const GltfScene source = imported(GetParam().second);
  const Scene& scene = *source.scene;
  EXPECT_EQ(corners_of(scene), box_corners_of_gltf());
  EXPECT_EQ(scene.indices.size(), 36u);
  EXPECT_EQ(scene.bounds.min, (Vec3{0, 0, 0}));
  EXPECT_EQ(scene.bounds.max, (Vec3{2, 1, 3}));
  EXPECT_THAT(source.warnings, testing::IsEmpty());
  ASSERT_EQ(scene.instances.size(), 1u);
  EXPECT_FALSE(scene.meshes[0].has_normals) << "it is flat";
  const Material& material = scene.materials[scene.instances[0].material];
  EXPECT_EQ(material.base_color, (Vec3{0.8f, 0.8f, 0.8f}));
  EXPECT_EQ(material.metallic, 0);
  EXPECT_TRUE(material.double_sided);
}

INSTANTIATE_TEST_SUITE_P(Imports, BoxInFormat,
                         testing::Values(std::pair("Obj", box_obj()), std::pair("StlText", box_stl_text()),
                                         std::pair("StlBinary", box_stl_binary()),
                                         std::pair("StlBinarySolid", box_stl_binary("solid but binary")),
                                         std::pair("PlyText", box_ply(PlyFormat::text)),
                                         std::pair("PlyLittle", box_ply(PlyFormat::little)),
                                         std::pair("PlyBig", box_ply(PlyFormat::big)),
                                         std::pair("ObjInZip", zip_of({{"box.obj", box_obj()}})),
                                         std::pair("StlInZip", zip_of({{"a/box.stl", box_stl_binary()}}, true))),
                         [](const auto& box) { return box.param.first; });

TEST(ImportObj, ReadsIndicesFromTheEndAndLinesThatGoOn) {
  const std::string text =
      "\xef\xbb\xbf# a comment\r\nv 0 0 0\r\nv 1 0 0\r\nv 1 1 0\r\nf -3 \\\r\n -2 -1\r\nv 0 1 0\rf 1 3 -1 # and this\r";
  EXPECT_EQ(corners_of(*imported(text).scene),
            (std::vector<Vec3>{{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 0, 0}, {1, 1, 0}, {0, 1, 0}}));
}

/// Twice the area of all triangles, and whether they all face +Z.
std::pair<float, bool> area_of(const Scene& scene) {
  float area = 0;
  bool up = true;
  const auto corners = corners_of(scene);
  for (std::size_t i = 0; i < corners.size(); i += 3) {
    const Vec3 normal = cross(corners[i + 1] - corners[i], corners[i + 2] - corners[i]);
    area += length(normal);
    up &= normal.z >= 0;
  }
  return {area, up};
}

TEST(ImportObj, CutsPolygonsThatAreNotConvexWithinTheirOutline) {
  // An L, and an arrow head whose fan from its first corner would lie outside.
  const auto l = imported("v 0 0 0\nv 2 0 0\nv 2 1 0\nv 1 1 0\nv 1 2 0\nv 0 2 0\nf 4 5 6 1 2 3\n");
  EXPECT_EQ(area_of(*l.scene), (std::pair(6.0f, true)));
  EXPECT_EQ(l.scene->indices.size(), 12u);
  const auto arrow = imported("v 0 0 0\nv 2 -1 0\nv 0.5 0 0\nv 2 1 0\nf 2 3 4 1\n");
  EXPECT_FLOAT_EQ(area_of(*arrow.scene).first, 1.0f);
  EXPECT_TRUE(area_of(*arrow.scene).second);
}

TEST(ImportObj, CutsACombOfManyTeeth) {
  constexpr int kTeeth = 500;
  std::string points, face = "f";
  for (int i = 0; i <= kTeeth; ++i) {  // along the tips and the gaps, then back along the spine
    points += "v " + std::to_string(2 * i) + " 10 0\nv " + std::to_string(2 * i + 1) + " 1 0\n";
    face += " -" + std::to_string(2 * (kTeeth + 1) + 2 - 2 * i) + " -" + std::to_string(2 * (kTeeth + 1) + 1 - 2 * i);
  }
  points += "v " + std::to_string(2 * kTeeth + 1) + " 0 0\nv 0 0 0\n";
  const auto comb = imported(points + face + " -2 -1\n");
  // Each pair of a tip and a gap adds 11 to twice the area; the last gap's way down has none.
  EXPECT_EQ(comb.scene->indices.size() / 3, 2u * kTeeth + 2);
  EXPECT_NEAR(area_of(*comb.scene).first, 11.0 * (2 * kTeeth + 1), 1.0);
}

TEST(ImportObj, SmoothsWithinGroupsAndKeepsNormalsOfTheFile) {
  // Two walls at a right angle that share an edge.
  const std::string walls = "v 0 0 0\nv 0 1 0\nv 1 1 0\nv 1 0 0\nv 0 1 1\nv 0 0 1\n";
  const auto smooth = imported(walls + "s 1\nf 1 2 3 4\nf 1 6 5 2\n");
  const Scene& s = *smooth.scene;
  ASSERT_TRUE(s.meshes[0].has_normals);
  EXPECT_EQ(s.meshes[0].vertex_count, 6u);
  int mixed = 0;
  for (const Vec3 n : s.normals) mixed += std::abs(n.x) > 0.7f && std::abs(n.z) > 0.7f ? 1 : 0;
  EXPECT_EQ(mixed, 2) << "along the edge";
  EXPECT_FALSE(imported(walls + "s 1\ns off\nf 1 2 3 4\nf 1 6 5 2\n").scene->meshes[0].has_normals);
  const auto apart = imported(walls + "s 1\nf 1 2 3 4\ns 2\nf 1 6 5 2\n");
  for (const Vec3 n : apart.scene->normals) EXPECT_FLOAT_EQ(std::max(std::abs(n.x), std::abs(n.z)), 1);
  const auto own = imported(walls + "vn 0 3 0\ns 1\nf 1//1 2//1 3//1 4//1\n");
  for (const Vec3 n : own.scene->normals) EXPECT_EQ(n, (Vec3{0, 1, 0}));
}

TEST(ImportObj, MakesAnObjectOfEachNameAndAPrimitiveOfEachMaterial) {
  const std::string text =
      "v 0 0 0\nv 1 0 0\nv 1 1 0\no left\nusemtl a\nf 1 2 3\no right\nf 1 2 3\nusemtl b\nf 1 2 3\no left\nf 3 2 1\n";
  const auto source = imported(text);
  const Scene& scene = *source.scene;
  EXPECT_THAT(scene.object_names, testing::ElementsAre("left", "right"));
  EXPECT_EQ(scene.instances.size(), 4u);
  EXPECT_THAT(source.warnings, testing::ElementsAre(testing::HasSubstr("\"a\" is not defined"),
                                                    testing::HasSubstr("\"b\" is not defined")));
  EXPECT_THAT(imported("v 0 0 0\nv 1 0 0\nv 1 1 0\ng one\nf 1 2 3\ng two\nf 3 2 1\n").scene->object_names,
              testing::ElementsAre("one", "two"));
}

TEST(ImportObj, SaysWhichStatementsItLeavesOut) {
  const auto source = imported("v 0 0 0\nv 1 0 0\nv 1 1 0\ncstype bezier\ncurv 0 1 1 2 3\nfoo 1\nl 1 2\nf 1 2 3\n");
  EXPECT_THAT(source.warnings, testing::ElementsAre("line 4: curves and surfaces are not drawn",
                                                    "line 6: the statement \"foo\" is unknown"));
}

TEST(ImportPly, BringsColorsAsPicturesHaveThem) {
  for (const PlyFormat format : {PlyFormat::text, PlyFormat::little, PlyFormat::big}) {
    const auto source = imported(box_ply(format, {0, 128, 255, 0, 0, 0, 0, 0}));
    const Mesh& mesh = source.scene->meshes[0];
    ASSERT_NE(mesh.first_color, kNone);
    const Material& material = source.scene->materials[source.scene->instances[0].material];
    EXPECT_EQ(material.base_color, (Vec3{1, 1, 1})) << "the colours are all";
    bool has_half = false, has_full = false;
    for (const Vec4 c : source.scene->colors) {
      has_half |= std::abs(c.x - 0.215861f) < 1e-4f;
      has_full |= c.x == 1;
      EXPECT_EQ(c.y, 0);
      EXPECT_EQ(c.z, 1);
      EXPECT_EQ(c.w, 1);
    }
    EXPECT_TRUE(has_half && has_full);
  }
}

TEST(ImportPly, ReadsNormalsStripsAndWhatElseThereIs) {
  const std::string text =
      "ply\nformat ascii 1.0\nobj_info x\nelement camera 1\nproperty list uchar float values\nproperty int id\n"
      "element vertex 4\nproperty double x\nproperty double y\nproperty double z\nproperty float nx\n"
      "property float ny\nproperty float nz\nproperty float confidence\n"
      "element tristrips 1\nproperty list int int vertex_indices\nend_header\n"
      "2 1.5 2.5 7\n0 0 0 0 0 2 9\n1 0 0 0 0 2 9\n0 1 0 0 0 2 9\n1 1 0 0 0 2 9\n8 0 1 2 3 -1 2 1 0\n";
  const auto source = imported(text);
  EXPECT_EQ(corners_of(*source.scene),
            (std::vector<Vec3>{
                {0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 1, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}, {1, 0, 0}, {0, 0, 0}}));
  ASSERT_TRUE(source.scene->meshes[0].has_normals);
  for (const Vec3 n : source.scene->normals) EXPECT_EQ(n, (Vec3{0, 0, 1}));
}

TEST(ImportStl, MakesAnObjectOfEachSolid) {
  std::string other = box_stl_text();
  other.replace(other.find("the box"), 7, "another");
  const auto source = imported(box_stl_text() + other);
  EXPECT_THAT(source.scene->object_names, testing::ElementsAre("the box", "another"));
  EXPECT_EQ(corners_of(*source.scene).size(), 72u);
}

TEST(Import, IsInspectedLikeAnyOtherScene) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "box";
  std::ofstream(file, std::ios::binary) << "mtllib lost.mtl\n" << box_obj("usemtl wood\n");
  const auto summary = inspect_file(file, "application/octet-stream");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->triangles, 12u);
  EXPECT_EQ(summary->bounds.max, (Vec3{2, 1, 3}));
  EXPECT_THAT(summary->warnings,
              testing::ElementsAre("the material library \"lost.mtl\" is not there: the file came alone",
                                   "the material \"wood\" is not defined: its faces are grey"));
}

}  // namespace
}  // namespace kiln::scene::test
