#include <cmath>
#include <gmock/gmock.h>

#include "kernels/surface.h"

#include "glb_builder.h"
#include "image/encode.h"
#include "render/scene_view.h"

namespace kiln::scene::test {
namespace {

constexpr float kNear = 1e-5f;

MATCHER_P3(IsVec3, x, y, z, "") {
  return std::abs(arg.x - x) < kNear && std::abs(arg.y - y) < kNear && std::abs(arg.z - z) < kNear;
}

/// One texel: straight alpha, linear colours, stored sRGB-encoded.
std::vector<std::byte> png_of(Vec4 color) {
  const LinearImage image{1, 1, {{color.x * color.w, color.y * color.w, color.z * color.w, color.w}}};
  EncodeSettings settings;
  settings.tone_mapping = ToneMapping::none;
  settings.transparent = true;
  return *encode(image, settings, {});
}

/// A triangle of this material; texture 0 is `texel`.
GlbBuilder glossy(Json specular_glossiness, Vec4 texel = {1, 1, 1, 1}) {
  GlbBuilder b;
  b.json["extensionsUsed"] = b.json["extensionsRequired"] = {"KHR_materials_pbrSpecularGlossiness"};
  b.add("images", {{"bufferView", b.view(png_of(texel))}, {"mimeType", "image/png"}});
  b.add("textures", {{"source", 0}});
  b.add("materials", {{"pbrMetallicRoughness", {{"baseColorFactor", {0, 0, 0, 0.1}}}},  // for others
                      {"extensions", {{"KHR_materials_pbrSpecularGlossiness", std::move(specular_glossiness)}}}});
  const int positions = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0}), uvs = b.floats({0, 0, 1, 0, 0, 1}, "VEC2", 2);
  b.node_with({{"attributes", {{"POSITION", positions}, {"TEXCOORD_0", uvs}}}, {"material", 0}});
  return b;
}

/// What the surface is made of in the middle of the triangle, seen from the front.
struct Seen {
  SurfaceMaterial material;
  SurfaceLayers layers;
};
Seen seen(const Scene& scene) {
  const SceneView view = render::make_scene_view(scene);
  const SurfacePoint p = surface_point(view, 0, 0, 0.3f, 0.3f);
  const Vec4 color = base_color_at(view, p);
  Frame frame = make_frame({0, 0, 1});
  return {surface_material(view, p, xyz(color)),
          surface_layers(view, p, surface_geometry(view, p), {0, 0, 1}, 1, 1, frame)};
}

TEST(SpecularGlossiness, TakesItsDefaultsFromTheExtension) {
  const auto scene = loaded(glossy(Json::object()));
  const Material& m = scene->materials[0];
  EXPECT_THAT(m.base_color, IsVec3(1, 1, 1));
  EXPECT_EQ(m.alpha, 1);
  EXPECT_EQ(m.metallic, 0);
  EXPECT_EQ(m.roughness, 0);
  EXPECT_THAT(seen(*scene).layers.specular_color, IsVec3(1, 1, 1));
}

TEST(SpecularGlossiness, MultipliesFactorsByTextures) {
  const Seen s = seen(*loaded(glossy({{"diffuseFactor", {0.5, 0.25, 1, 0.5}},
                                      {"diffuseTexture", {{"index", 0}}},
                                      {"specularFactor", {1, 0.5, 0.25}},
                                      {"glossinessFactor", 0.5},
                                      {"specularGlossinessTexture", {{"index", 0}}}},
                                     {1, 1, 0, 0.6f})));
  EXPECT_THAT(s.material.base_color, IsVec3(0.5f, 0.25f, 0));
  EXPECT_THAT(s.layers.specular_color, IsVec3(1, 0.5f, 0));
  EXPECT_NEAR(s.material.roughness, 1 - 0.5f * 0.6f, kNear);
  EXPECT_EQ(s.material.metallic, 0);
}

TEST(SpecularGlossiness, TakesAlphaFromTheDiffuseColour) {
  GlbBuilder b = glossy({{"diffuseFactor", {1, 1, 1, 0.25}}, {"diffuseTexture", {{"index", 0}}}}, {1, 1, 1, 0.4f});
  b.json["materials"][0]["alphaMode"] = "BLEND";
  const auto scene = loaded(b);
  EXPECT_FLOAT_EQ(scene->materials[0].alpha, 0.25f);
  EXPECT_NE(scene->materials[0].base_color_texture.texture, kNone);
}

/// Both models describe the same dielectric, and the same metal.
TEST(SpecularGlossiness, EqualsMetallicRoughnessWhereBothSayTheSame) {
  struct Case {
    Json specular_glossiness;
    SurfaceMaterial metallic_roughness;
  };
  const Case cases[] = {
      {{{"diffuseFactor", {0.8, 0.4, 0.2, 1}}, {"specularFactor", {0.04, 0.04, 0.04}}, {"glossinessFactor", 0.6}},
       {{0.8f, 0.4f, 0.2f}, 0, 0.4f, 1.5f}},
      {{{"diffuseFactor", {0, 0, 0, 1}}, {"specularFactor", {0.9, 0.6, 0.3}}, {"glossinessFactor", 0.7}},
       {{0.9f, 0.6f, 0.3f}, 1, 0.3f, 1.5f}}};
  for (const Case& c : cases) {
    const Seen s = seen(*loaded(glossy(c.specular_glossiness)));
    for (const Vec3 wo : {Vec3{0, 0, 1}, normalize(Vec3{0.5f, 0, 1}), normalize(Vec3{2, 1, 0.3f})})
      for (const Vec3 wi : {Vec3{0, 0, 1}, normalize(Vec3{-0.6f, 0.1f, 1}), normalize(Vec3{-2, -1, 0.5f})}) {
        const Vec3 a = bsdf_eval(make_bsdf(s.material, s.layers, wo), wi);
        const Vec3 b = bsdf_eval(make_bsdf(c.metallic_roughness, wo), wi);
        EXPECT_NEAR(a.x, b.x, 1e-3f * b.x);
        EXPECT_NEAR(a.y, b.y, 1e-3f * b.y);
        EXPECT_NEAR(a.z, b.z, 1e-3f * b.z);
      }
  }
}

TEST(SpecularGlossiness, OverrulesWhatItExcludes) {
  GlbBuilder b = glossy({{"specularFactor", {0.5, 0.5, 0.5}}});
  b.json["extensionsUsed"] = {"KHR_materials_pbrSpecularGlossiness", "KHR_materials_specular", "KHR_materials_ior",
                              "KHR_materials_transmission", "KHR_materials_clearcoat"};
  Json& extensions = b.json["materials"][0]["extensions"];
  extensions["KHR_materials_specular"] = {{"specularFactor", 0}};
  extensions["KHR_materials_ior"] = {{"ior", 1.1}};
  extensions["KHR_materials_transmission"] = {{"transmissionFactor", 1}};
  extensions["KHR_materials_clearcoat"] = {{"clearcoatFactor", 0.5}};
  const Seen s = seen(*loaded(b));
  EXPECT_EQ(s.layers.specular, 1);
  EXPECT_THAT(s.layers.specular_color, IsVec3(0.5f, 0.5f, 0.5f));
  EXPECT_GT(s.material.ior, 1000);
  EXPECT_EQ(s.layers.transmission, 0);
  EXPECT_EQ(s.layers.coat, 0.5f);  // a coat lies over whatever base
}

TEST(SpecularGlossiness, LeavesUnlitMaterialsAlone) {
  GlbBuilder b = glossy({{"diffuseFactor", {0.5, 0.5, 0.5, 1}}});
  b.json["extensionsUsed"].push_back("KHR_materials_unlit");
  b.json["materials"][0]["extensions"]["KHR_materials_unlit"] = Json::object();
  EXPECT_THAT(loaded(b)->materials[0].base_color, IsVec3(0, 0, 0));
}

}  // namespace
}  // namespace kiln::scene::test
