// MTL files, pictures and packages.
#include <cmath>
#include <gmock/gmock.h>

#include "image/encoders.h"
#include "import_files.h"

namespace kiln::scene::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A picture of one colour, or with each texel its own.
std::string png_of(std::uint32_t width, const std::vector<std::array<int, 4>>& texels) {
  DisplayImage image{width, static_cast<std::uint32_t>(texels.size()) / width, 4, 8, {}};
  for (const auto& texel : texels)
    for (const int c : texel) image.bytes.push_back(static_cast<std::uint8_t>(c));
  const auto bytes = image::encode_png(image, {}, true).value();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

const std::string kQuad =
    "mtllib m.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nusemtl m\nf 1/1 2/2 3/3 4/4\n";

GltfScene quad_of(const std::string& material, const Files& pictures = {}) {
  Files files{{"quad.obj", kQuad}, {"m.mtl", "newmtl m\n" + material}};
  files.insert(files.end(), pictures.begin(), pictures.end());
  return imported(zip_of(files));
}

Material material_of(const GltfScene& source) {
  return source.scene->materials[source.scene->instances.at(0).material];
}

MaterialLayers layers_of(const GltfScene& source) {
  const Material m = material_of(source);
  return m.layers == kNone ? MaterialLayers{} : source.scene->material_layers[m.layers];
}

std::vector<std::uint32_t> texels_of(const GltfScene& source, const TextureSlot& slot) {
  const Texture& t = source.scene->textures.at(slot.texture);
  const auto first = source.scene->texels.begin() + static_cast<std::ptrdiff_t>(t.first_texel);
  return {first, first + t.width * t.height};
}

TEST(ImportMtl, TurnsPhongIntoGgxOfTheSameWidth) {
  const auto source = quad_of("Kd 0.5 0.25 0.125\nKs 0.25 0.25 0.25\nNs 30\nKe 2 4 1\nd 0.75\nillum 2\n");
  const Material m = material_of(source);
  EXPECT_EQ(m.base_color, (Vec3{0.5f, 0.25f, 0.125f}));
  EXPECT_FLOAT_EQ(m.alpha, 0.75f);
  EXPECT_EQ(m.alpha_mode, AlphaMode::blend);
  EXPECT_FLOAT_EQ(m.roughness, 0.5f) << "(2 / 32)^(1/4)";
  EXPECT_EQ(m.metallic, 0);
  EXPECT_FLOAT_EQ(m.emission.y, 4);
  EXPECT_FLOAT_EQ(m.emission.x, 2);
  EXPECT_FLOAT_EQ(layers_of(source).specular, 0.5f);
  EXPECT_THAT(source.warnings, IsEmpty());
  EXPECT_THAT(source.scene->material_names, ElementsAre("m"));
}

TEST(ImportMtl, PrefersThePhysicalMembers) {
  const Material m = material_of(quad_of("Kd 0.5\nNs 30\nPr 0.25\nPm 1\nTr 0.5\n"));
  EXPECT_EQ(m.base_color, (Vec3{0.5f, 0.5f, 0.5f}));
  EXPECT_FLOAT_EQ(m.roughness, 0.25f);
  EXPECT_EQ(m.metallic, 1);
  EXPECT_FLOAT_EQ(m.alpha, 0.5f);
  EXPECT_FLOAT_EQ(layers_of(quad_of("illum 1\nKs 1 1 1\n")).specular, 0);
}

TEST(ImportMtl, ShowsPicturesTheRightWayUp) {
  const std::string png = png_of(1, {{{255, 0, 0, 255}}, {{0, 0, 255, 255}}});  // red above blue
  const auto source = quad_of("Kd 0 0 0\nmap_Kd tex/wood.png\n", {{"tex/wood.png", png}});
  EXPECT_EQ(material_of(source).base_color, (Vec3{1, 1, 1})) << "the picture is all of the colour";
  EXPECT_THAT(texels_of(source, material_of(source).base_color_texture), ElementsAre(0xff0000ffu, 0xffff0000u));
  // vt 0 0 is the lower left corner: the last row of the picture.
  const Mesh& mesh = source.scene->meshes[0];
  for (std::uint32_t i = 0; i < mesh.vertex_count; ++i)
    EXPECT_FLOAT_EQ(source.scene->uvs[mesh.first_uv + i].y, 1 - source.scene->positions[mesh.first_vertex + i].y);
}

TEST(ImportMtl, FindsPicturesByTheirLastNameInAnyCase) {
  const std::string png = png_of(1, {{{1, 2, 3, 255}}});
  for (const char* name : {"C:\\Users\\me\\Wood.PNG", "/home/me/wood.png", "..\\lost\\wood.png", "Tex\\wood.png"}) {
    const auto source = quad_of(std::string("map_Kd -clamp on ") + name + "\n", {{"tex/wood.png", png}});
    EXPECT_NE(material_of(source).base_color_texture.texture, kNone) << name;
    EXPECT_THAT(source.warnings, IsEmpty()) << name;
  }
}

TEST(ImportMtl, PacksPicturesThatGltfHasInOne) {
  const std::string red = png_of(1, {{{255, 0, 0, 255}}}),
                    grey = png_of(2, {{{64, 64, 64, 255}}, {{128, 128, 128, 255}}});
  const auto cut = quad_of("map_Kd r.png\nmap_d g.png\n", {{"r.png", red}, {"g.png", grey}});
  EXPECT_EQ(material_of(cut).alpha_mode, AlphaMode::blend);
  EXPECT_THAT(texels_of(cut, material_of(cut).base_color_texture), ElementsAre(0x400000ffu));
  const auto metal = quad_of("map_Pr g.png\nmap_Pm r.png\n", {{"r.png", red}, {"g.png", grey}});
  EXPECT_EQ(material_of(metal).metallic, 1);
  EXPECT_EQ(material_of(metal).roughness, 1);
  EXPECT_THAT(texels_of(metal, material_of(metal).metallic_roughness_texture), ElementsAre(0xffff40ffu, 0xffff80ffu));
}

TEST(ImportMtl, TellsNormalMapsFromHeights) {
  const std::string flat = png_of(1, {{{128, 128, 255, 255}}}), height = png_of(1, {{{128, 128, 128, 255}}});
  const auto normal = quad_of("map_Bump -bm 0.5 n.png\n", {{"n.png", flat}});
  EXPECT_NE(material_of(normal).normal_texture.texture, kNone);
  EXPECT_FLOAT_EQ(material_of(normal).normal_scale, 0.5f);
  const auto bumpy = quad_of("bump n.png\n", {{"n.png", height}});
  EXPECT_EQ(material_of(bumpy).normal_texture.texture, kNone);
  EXPECT_THAT(bumpy.warnings, ElementsAre(HasSubstr("heights of \"n.png\" are left out")));
}

TEST(ImportMtl, SaysWhatIsMissing) {
  const auto lost = quad_of("map_Kd lost.png\nmap_Ks shine.png\n");
  EXPECT_EQ(material_of(lost).base_color, (Vec3{0.8f, 0.8f, 0.8f}));
  EXPECT_THAT(lost.warnings,
              ElementsAre("the picture \"lost.png\" is not there", "material \"m\": map_ks is left out"));
  const auto foreign = quad_of("map_Kd a.tga\n", {{"a.tga", "no picture"}});
  EXPECT_THAT(foreign.warnings, ElementsAre("the picture \"a.tga\" is left out: it is no PNG, JPEG or WebP"));
}

TEST(ImportMtl, NamesFileAndLineOfAnError) {
  const auto refused = [](const std::string& material) {
    return refusal(zip_of({{"quad.obj", kQuad}, {"m.mtl", "newmtl m\n" + material}}));
  };
  EXPECT_EQ(refused("Kd 1 x 1\n"), "\"m.mtl\", line 2: \"x\" is no finite number");
  EXPECT_EQ(refused("\nNs nan\n"), "\"m.mtl\", line 3: \"nan\" is no finite number");
  EXPECT_EQ(refused("map_Kd -s\n"), "\"m.mtl\", line 2: the option \"-s\" has no number");
  EXPECT_EQ(refused("map_Kd\n"), "\"m.mtl\", line 2: there is no name of a picture");
  EXPECT_EQ(refused("newmtl \xff\n"), "\"m.mtl\", line 2: the name is not UTF-8");
}

TEST(ImportPly, ShowsThePictureThatMeshLabNames) {
  const std::string ply =
      "ply\nformat ascii 1.0\ncomment TextureFile red.png\nelement vertex 3\nproperty float x\nproperty float y\n"
      "property float z\nproperty float s\nproperty float t\nelement face 1\nproperty list uchar int vertex_index\n"
      "end_header\n0 0 0 0 0\n1 0 0 1 0\n0 1 0 0 1\n3 0 1 2\n";
  const auto source = imported(zip_of({{"a.ply", ply}, {"red.png", text_of(red_png())}}));
  EXPECT_THAT(texels_of(source, material_of(source).base_color_texture), ElementsAre(0xff0000ffu));
  EXPECT_THAT(imported(ply).warnings, ElementsAre("the picture \"red.png\" is not there: the file came alone"));
}

TEST(Package, HoldsGltfWithItsBuffersAndPictures) {
  GlbBuilder b;
  b.triangle();
  const std::string glb = b.glb();
  const std::size_t json_bytes = static_cast<unsigned char>(glb[12]) | static_cast<unsigned char>(glb[13]) << 8;
  Json json = Json::parse(glb.substr(20, json_bytes));
  const std::string binary = glb.substr(20 + json_bytes + 8);
  json["buffers"][0]["uri"] = "data%20of%20it/a.bin";
  const auto with = [&](const Files& files) {
    Files all = files;
    all.emplace_back("scene/model.gltf", json.dump());
    return load_import(zip_of(all, true));
  };
  const auto scene = with({{"scene/data of it/a.bin", binary}});
  ASSERT_TRUE(scene) << scene.error().message;
  EXPECT_EQ(corners_of(*scene->scene).size(), 3u);
  const auto lacking = with({{"scene/b.bin", binary}});
  ASSERT_FALSE(lacking);
  EXPECT_EQ(lacking.error().code, ErrorCode::external_uri);
  EXPECT_EQ(lacking.error().pointer, "/buffers/0/uri");
}

TEST(Package, ReachesNothingOutsideIt) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "m.mtl") << "newmtl m\nKd 1 0 0\n";
  std::ofstream(folder.path() / "quad.obj") << kQuad;
  std::ofstream(folder.path() / "quad.zip", std::ios::binary) << zip_of({{"quad.obj", kQuad}});
  const auto alone = load_gltf(folder.path() / "quad.obj", LoadOptions{});
  ASSERT_TRUE(alone);
  EXPECT_THAT(alone->warnings, ElementsAre(HasSubstr("the file came alone"), HasSubstr("\"m\" is not defined")));
  LoadOptions reads;
  reads.reads_folder = true;
  const auto beside = load_gltf(folder.path() / "quad.obj", reads);
  ASSERT_TRUE(beside);
  EXPECT_EQ(material_of(*beside).base_color, (Vec3{1, 0, 0}));
  EXPECT_THAT(beside->warnings, IsEmpty());
  const auto packed = load_gltf(folder.path() / "quad.zip", reads);
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->warnings.size(), 2u);
  std::filesystem::create_directory(folder.path() / "below");
  std::ofstream(folder.path() / "below" / "up.obj") << "mtllib ../m.mtl\n" << kQuad.substr(kQuad.find('\n') + 1);
  const auto above = load_gltf(folder.path() / "below" / "up.obj", reads);
  ASSERT_TRUE(above);
  EXPECT_EQ(above->warnings.size(), 2u);
}

TEST(Package, IsRefusedWithTheReason) {
  EXPECT_THAT(refusal(zip_of({{"readme.txt", "hello"}})), HasSubstr("holds no .gltf"));
  EXPECT_THAT(refusal(zip_of({{"a.obj", box_obj()}, {"b.stl", box_stl_text()}})), HasSubstr("several models"));
  EXPECT_EQ(refusal(zip_of({{"in/a.obj", "x"}, {"b.obj", box_obj()}, {"__MACOSX/c.obj", "x"}})), "loaded");
  const std::string good = zip_of({{"box.obj", box_obj()}});
  EXPECT_THAT(refusal(good.substr(0, good.size() / 2)), HasSubstr("ZIP: "));
  EXPECT_THAT(refusal(zip_of({{"in.obj", zip_of({{"box.obj", box_obj()}})}})), testing::Not("loaded"));
  Limits limits;
  limits.max_file_bytes = 100'000;
  const std::string bomb = zip_of({{"a.obj", std::string(10'000'000, '#')}}, true);
  ASSERT_LT(bomb.size(), 100'000u);
  EXPECT_EQ(refusal(bomb, limits), "limit_exceeded: ZIP: the archive unpacks to more than it may");
}

}  // namespace
}  // namespace kiln::scene::test
