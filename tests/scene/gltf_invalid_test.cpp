#include <functional>
#include <gtest/gtest.h>

#include "glb_builder.h"

namespace kiln::scene::test {
namespace {

/// One way to break a file that loads, and how it is to be refused.
struct Fault {
  const char* name;
  std::function<void(GlbBuilder&)> break_it;
  const char* pointer;
  ErrorCode code = ErrorCode::invalid_scene;
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

/// Two triangles, one under the other, a material, a skin, a camera, a light, an animation: all of it sound.
GlbBuilder sound() {
  GlbBuilder b;
  b.json["extensionsUsed"] = {"KHR_lights_punctual"};
  b.json["extensions"]["KHR_lights_punctual"]["lights"] = {{{"type", "spot"}, {"spot", Json::object()}}};
  b.add("materials", {{"name", "grey"}});
  const int node = b.triangle();  // node 0, accessor 0
  b.json["meshes"][0]["primitives"][0]["material"] = 0;
  b.json["meshes"][0]["primitives"][0]["indices"] = b.indices({0, 1, 2});  // accessor 1
  b.add("nodes", {{"children", {node}}});
  b.add("cameras", {{"type", "perspective"}, {"perspective", {{"yfov", 1}, {"znear", 0.1}, {"zfar", 5}}}});
  b.add("nodes", {{"camera", 0}, {"extensions", {{"KHR_lights_punctual", {{"light", 0}}}}}});
  b.add("scenes", {{"nodes", {1, 2}}});
  const int times = b.floats({0, 1}, "SCALAR", 1), moves = b.floats({0, 0, 0, 1, 1, 1}, "VEC3", 3);  // accessors 2, 3
  b.json["accessors"][times]["min"] = {0};
  b.json["accessors"][times]["max"] = {1};
  b.add("animations",
        {{"samplers", Json::array({{{"input", times}, {"output", moves}}})},
         {"channels", Json::array({{{"sampler", 0}, {"target", {{"node", 0}, {"path", "translation"}}}}})}});
  return b;
}

class GltfFault : public testing::TestWithParam<Fault> {};

TEST_P(GltfFault, IsRefusedByItsPlace) {
  GlbBuilder b = sound();
  ASSERT_TRUE(load(b));
  GetParam().break_it(b);
  const auto scene = load(b);
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().code, GetParam().code) << scene.error().message;
  EXPECT_EQ(scene.error().pointer, GetParam().pointer) << scene.error().message;
  EXPECT_NE(scene.error().message.find(GetParam().pointer), std::string::npos) << scene.error().message;
}

std::vector<Fault> document_faults() {
  return {{"NoAsset", [](GlbBuilder& b) { b.json.erase("asset"); }, "/asset"},
          {"OtherVersion", [](GlbBuilder& b) { b.json["asset"]["version"] = "1.0"; }, "/asset/version"},
          {"LaterMinVersion", [](GlbBuilder& b) { b.json["asset"]["minVersion"] = "2.1"; }, "/asset/minVersion"},
          {"EmptyArray", [](GlbBuilder& b) { b.json["skins"] = Json::array(); }, "/skins"},
          {"NotAnArray", [](GlbBuilder& b) { b.json["nodes"] = 3; }, "/nodes"},
          {"NameIsNoString", [](GlbBuilder& b) { b.json["materials"][0]["name"] = 1; }, "/materials/0/name"},
          {"UndeclaredExtension", [](GlbBuilder& b) { b.json["nodes"][0]["extensions"]["X_y"] = Json::object(); },
           "/nodes/0/extensions/X_y"},
          {"ExtensionInTheWrongPlace",
           [](GlbBuilder& b) { b.json["materials"][0]["extensions"]["KHR_lights_punctual"] = Json::object(); },
           "/materials/0/extensions/KHR_lights_punctual"},
          {"PointerIsEscaped", [](GlbBuilder& b) { b.json["nodes"][0]["extensions"]["a/b~c"] = Json::object(); },
           "/nodes/0/extensions/a~1b~0c"},
          Fault{"RequiredExtension",
                [](GlbBuilder& b) {
                  b.json["extensionsRequired"] = {"X_unknown"};
                  b.json["extensionsUsed"].push_back("X_unknown");
                },
                "/extensionsRequired/0", ErrorCode::unsupported_extension}};
}

INSTANTIATE_TEST_SUITE_P(Document, GltfFault, testing::ValuesIn(document_faults()), testing::PrintToStringParamName());

std::vector<Fault> data_faults() {
  return {
      Fault{"ExternalBuffer",
            [](GlbBuilder& b) {
              b.json["buffers"] = {{{"byteLength", 4}, {"uri", "../../etc/passwd"}}};
              b.json.erase("bufferViews");
              b.json.erase("accessors");
              b.json.erase("meshes");
              b.json.erase("animations");
              b.json["nodes"][0].erase("mesh");
            },
            "/buffers/0/uri", ErrorCode::external_uri},
      {"ExternalImage",
       [](GlbBuilder& b) {
         b.json["images"] = {{{"uri", "http://localhost/a.png"}}};
       },
       "/images/0/uri", ErrorCode::external_uri},
      {"BadDataUri",
       [](GlbBuilder& b) {
         b.json["images"] = {{{"uri", "data:image/png;base64,***"}}};
       },
       "/images/0/uri"},
      {"ViewBeyondBuffer", [](GlbBuilder& b) { b.json["bufferViews"][0]["byteLength"] = 1 << 20; },
       "/bufferViews/0/byteLength"},
      {"ViewOfNoBuffer", [](GlbBuilder& b) { b.json["bufferViews"][0]["buffer"] = 1; }, "/bufferViews/0/buffer"},
      {"StrideOf5", [](GlbBuilder& b) { b.json["bufferViews"][0]["byteStride"] = 5; }, "/bufferViews/0/byteStride"},
      {"AccessorBeyondView", [](GlbBuilder& b) { b.json["accessors"][0]["count"] = 4; }, "/accessors/0"},
      {"NegativeCount", [](GlbBuilder& b) { b.json["accessors"][0]["count"] = -1; }, "/accessors/0/count"},
      {"HugeCount", [](GlbBuilder& b) { b.json["accessors"][0]["count"] = std::uint64_t{1} << 40; },
       "/accessors/0/count", ErrorCode::limit_exceeded},
      {"CountIsNoInteger", [](GlbBuilder& b) { b.json["accessors"][0]["count"] = 2.5; }, "/accessors/0/count"},
      {"AccessorOfNoView", [](GlbBuilder& b) { b.json["accessors"][0]["bufferView"] = 99; }, "/accessors/0/bufferView"},
      {"Misaligned", [](GlbBuilder& b) { b.json["accessors"][0]["byteOffset"] = 2; }, "/accessors/0/byteOffset"},
      {"UnknownComponentType", [](GlbBuilder& b) { b.json["accessors"][0]["componentType"] = 5130; },
       "/accessors/0/componentType"},
      {"NormalizedFloat", [](GlbBuilder& b) { b.json["accessors"][0]["normalized"] = true; },
       "/accessors/0/normalized"},
      {"SparseCountTooLarge",
       [](GlbBuilder& b) {
         b.json["accessors"][0]["sparse"] = {
             {"count", 4}, {"indices", {{"bufferView", 0}, {"componentType", 5121}}}, {"values", {{"bufferView", 0}}}};
       },
       "/accessors/0/sparse/count"},
      Fault{"SparseIndexTooLarge",
            [](GlbBuilder& b) {
              const int view = b.view(std::vector<std::uint8_t>{3});
              const int values = b.view(std::vector<float>{1, 2, 3});
              b.json["accessors"][0]["sparse"] = {{"count", 1},
                                                  {"indices", {{"bufferView", view}, {"componentType", 5121}}},
                                                  {"values", {{"bufferView", values}}}};
            },
            "/accessors/0/sparse/indices"},
      Fault{"PositionIsNaN",
            [](GlbBuilder& b) {
              const float nan = std::numeric_limits<float>::quiet_NaN();
              b.json["accessors"][0]["bufferView"] = b.view(std::vector<float>{0, 0, 0, nan, 0, 0, 0, 0, 0});
            },
            "/accessors/0"},
      {"IndexBeyondVertices",
       [](GlbBuilder& b) {
         b.json["accessors"][1]["bufferView"] = b.view(std::vector<std::uint16_t>{0, 1, 3});
       },
       "/meshes/0/primitives/0/indices"},
      {"TimesDecrease",
       [](GlbBuilder& b) {
         b.json["accessors"][2]["bufferView"] = b.view(std::vector<float>{1, 0});
       },
       "/animations/0/samplers/0/input"}};
}

INSTANTIATE_TEST_SUITE_P(Data, GltfFault, testing::ValuesIn(data_faults()), testing::PrintToStringParamName());

std::vector<Fault> mesh_faults() {
  return {
      {"NoAttributes", [](GlbBuilder& b) { b.json["meshes"][0]["primitives"][0].erase("attributes"); },
       "/meshes/0/primitives/0/attributes"},
      {"UnknownAttribute", [](GlbBuilder& b) { b.json["meshes"][0]["primitives"][0]["attributes"]["UV"] = 0; },
       "/meshes/0/primitives/0/attributes/UV"},
      {"PositionOfScalars", [](GlbBuilder& b) { b.json["meshes"][0]["primitives"][0]["attributes"]["POSITION"] = 2; },
       "/meshes/0/primitives/0/attributes/POSITION"},
      {"NormalsNotOfUnitLength",
       [](GlbBuilder& b) {
         b.json["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] =
             b.floats({1, 1, 1, 0, 0, 1, 0, 0, 1}, "VEC3", 3);
       },
       "/meshes/0/primitives/0/attributes/NORMAL"},
      Fault{"AttributesOfDifferentCounts",
            [](GlbBuilder& b) {
              b.json["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = b.floats({0, 0}, "VEC2", 2);
            },
            "/meshes/0/primitives/0/attributes/TEXCOORD_0"},
      Fault{"TextureWithoutUvs",
            [](GlbBuilder& b) {
              b.json["textures"] = {Json::object()};
              b.json["materials"][0]["emissiveTexture"] = {{"index", 0}};
            },
            "/meshes/0/primitives/0/material"},
      {"NoSuchMaterial", [](GlbBuilder& b) { b.json["meshes"][0]["primitives"][0]["material"] = 1; },
       "/meshes/0/primitives/0/material"},
      {"FactorOver1", [](GlbBuilder& b) { b.json["materials"][0]["pbrMetallicRoughness"]["metallicFactor"] = 1.5; },
       "/materials/0/pbrMetallicRoughness/metallicFactor"},
      {"ColorOfTwo",
       [](GlbBuilder& b) {
         b.json["materials"][0]["emissiveFactor"] = {1, 1};
       },
       "/materials/0/emissiveFactor"},
      {"NoSuchTexture",
       [](GlbBuilder& b) {
         b.json["materials"][0]["normalTexture"] = {{"index", 0}};
       },
       "/materials/0/normalTexture/index"}};
}

INSTANTIATE_TEST_SUITE_P(Meshes, GltfFault, testing::ValuesIn(mesh_faults()), testing::PrintToStringParamName());

std::vector<Fault> scene_faults() {
  return {
      {"TwoParents", [](GlbBuilder& b) { b.json["nodes"][2]["children"] = {0}; }, "/nodes/2/children/0"},
      Fault{"Loop",
            [](GlbBuilder& b) {
              b.json.erase("scenes");
              b.json["nodes"][0]["children"] = {1};
            },
            "/nodes/0"},
      {"SceneOfAChild", [](GlbBuilder& b) { b.json["scenes"][0]["nodes"] = {0}; }, "/scenes/0/nodes/0"},
      {"NoSuchScene", [](GlbBuilder& b) { b.json["scene"] = 1; }, "/scene"},
      Fault{"MatrixBesideScale",
            [](GlbBuilder& b) {
              b.json["nodes"][0]["scale"] = {1, 1, 1};
              b.json["nodes"][0]["matrix"] = Json(std::vector<int>(16, 1));
            },
            "/nodes/0/matrix"},
      {"RotationNotOfUnitLength",
       [](GlbBuilder& b) {
         b.json["nodes"][1]["rotation"] = {1, 1, 0, 0};
       },
       "/nodes/1/rotation"},
      {"NumberBeyondFloat",
       [](GlbBuilder& b) {
         b.json["nodes"][1]["translation"] = {1e300, 0, 0};
       },
       "/nodes/1/translation/0"},
      {"TransformBeyondFloat",
       [](GlbBuilder& b) {
         b.json["nodes"][1]["scale"] = {1e30, 1, 1};
         b.json["nodes"][0]["scale"] = {1e30, 1, 1};
       },
       "/nodes/0"},
      {"SkinWithoutJoints",
       [](GlbBuilder& b) {
         b.json["skins"] = {{{"joints", {0}}}};
         b.json["nodes"][0]["skin"] = 0;
       },
       "/nodes/0/skin"},
      {"CameraWithoutLens", [](GlbBuilder& b) { b.json["cameras"][0].erase("perspective"); }, "/cameras/0/perspective"},
      {"FarBeforeNear", [](GlbBuilder& b) { b.json["cameras"][0]["perspective"]["zfar"] = 0.05; },
       "/cameras/0/perspective/zfar"},
      {"NoSuchLight", [](GlbBuilder& b) { b.json["nodes"][2]["extensions"]["KHR_lights_punctual"]["light"] = 1; },
       "/nodes/2/extensions/KHR_lights_punctual/light"},
      {"SpotInsideOut",
       [](GlbBuilder& b) {
         b.json["extensions"]["KHR_lights_punctual"]["lights"][0]["spot"] = {{"innerConeAngle", 1}};
       },
       "/extensions/KHR_lights_punctual/lights/0/spot/outerConeAngle"},
      {"ChannelOfNoSampler", [](GlbBuilder& b) { b.json["animations"][0]["channels"][0]["sampler"] = 1; },
       "/animations/0/channels/0/sampler"}};
}

INSTANTIATE_TEST_SUITE_P(Scene, GltfFault, testing::ValuesIn(scene_faults()), testing::PrintToStringParamName());

std::string refused(const std::string& bytes, const Limits& limits = {}) {
  const auto scene = load_bytes(bytes, limits);
  return scene ? "loaded" : std::string(code_name(scene.error().code)) + ": " + scene.error().message;
}

TEST(GlbContainer, ThatIsBrokenIsRefused) {
  const std::string good = sound().glb();
  EXPECT_EQ(refused(good), "loaded");
  for (std::size_t size = 0; size < good.size(); size += 7)
    EXPECT_NE(refused(good.substr(0, size)), "loaded") << "cut at " << size;
  std::string other = good;
  other[4] = 1;
  EXPECT_EQ(refused(other), "invalid_scene: GLB: version 1 is not 2");
  other = good;
  other[16] = 'j';
  EXPECT_EQ(refused(other), "invalid_scene: GLB: the first chunk is not JSON");
  other = good;
  other[15] = 0x7f;  // a JSON chunk of 2 GB
  EXPECT_EQ(refused(other), "invalid_scene: GLB: the chunk at byte 12 does not fit the file");
}

TEST(GltfText, ThatIsNoJsonIsRefused) {
  EXPECT_EQ(refused("{\"asset\":{"), "invalid_scene: the JSON text has a syntax error at byte 11");
  EXPECT_EQ(refused("\xef\xbb\xbf{}"), "invalid_scene: the JSON text begins with a byte order mark");
  EXPECT_EQ(refused("[]"), "invalid_scene: the JSON text is not an object");
  EXPECT_NE(refused("{\"asset\":{\"version\":\"2.0\"},\"scene\":1e999}"), "loaded");
}

TEST(GltfText, MayHoldItsBuffersAsDataUris) {
  const std::string uri = "data:application/octet-stream;base64,AAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAgD8AAAAA";
  const std::string text = R"({"asset":{"version":"2.0"},"buffers":[{"byteLength":36,"uri":")" + uri +
                           R"("}],"bufferViews":[{"buffer":0,"byteLength":36}],"accessors":[{"bufferView":0,)"
                           R"("type":"VEC3","componentType":5126,"count":3,"min":[0,0,0],"max":[1,1,0]}],)"
                           R"("meshes":[{"primitives":[{"attributes":{"POSITION":0}}]}],"nodes":[{"mesh":0}]})";
  const auto scene = load_bytes(text);
  ASSERT_TRUE(scene) << scene.error().message;
  EXPECT_EQ((*scene)->positions[2].y, 1);
}

TEST(GltfLimits, StopDeepNesting) {
  std::string text = R"({"asset":{"version":"2.0","extras":)";
  for (int i = 0; i < 1'000'000; ++i) text += '[';
  EXPECT_EQ(refused(text), "limit_exceeded: the JSON text is nested deeper than 64");
}

TEST(GltfLimits, StopManyValues) {
  Limits limits;
  limits.max_json_values = 1000;
  std::string text = R"({"asset":{"version":"2.0","extras":[0)";
  for (int i = 0; i < 1000; ++i) text += ",0";
  EXPECT_EQ(refused(text + "]}}", limits), "limit_exceeded: the JSON text has more than 1000 values");
}

TEST(GltfLimits, StopZerosThatStandInNoFile) {
  GlbBuilder b;
  b.bound(b.add("accessors", {{"type", "VEC3"}, {"componentType", kFloat}, {"count", 200'000'000}}));
  b.node_with({{"attributes", {{"POSITION", 0}}}});
  const auto scene = load(b);
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(scene.error().pointer, "/accessors/0");
}

TEST(GltfLimits, StopTheSameBytesReadAsManyMeshes) {
  GlbBuilder b;
  const int view = b.view(std::vector<float>(3 * 100'000));
  Json primitives = Json::array();
  for (int i = 0; i < 60; ++i) {
    const int accessor =
        b.add("accessors", {{"bufferView", view}, {"type", "VEC3"}, {"componentType", kFloat}, {"count", 100'000}});
    b.bound(accessor);
    b.json["bufferViews"][view]["byteStride"] = 12;
    primitives.push_back({{"attributes", {{"POSITION", accessor}}}});
  }
  b.add("meshes", {{"primitives", primitives}});
  b.add("nodes", {{"mesh", 0}});
  const auto scene = load(b);
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().code, ErrorCode::limit_exceeded) << scene.error().message;
}

TEST(GltfLimits, HoldForEmissiveTrianglesOfAllInstances) {
  GlbBuilder b = sound();
  b.json["materials"][0]["emissiveFactor"] = {1, 1, 1};
  b.json["nodes"][2]["mesh"] = 0;
  Limits limits;
  limits.max_triangle_lights = 2;
  EXPECT_EQ(refused(b.glb(), limits), "loaded");
  limits.max_triangle_lights = 1;
  EXPECT_EQ(refused(b.glb(), limits),
            "limit_exceeded: the scene has more than 1 emissive triangles, instances counted each");
}

TEST(GltfLimits, HoldForMorphWeightsOfAllInstances) {
  GlbBuilder b;
  const int position = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0});
  const Json targets = Json::array({{{"POSITION", position}}, {{"POSITION", position}}});
  b.node_with({{"attributes", {{"POSITION", position}}}, {"targets", targets}});
  b.json["meshes"][0]["weights"] = {0, 1};
  b.add("nodes", {{"mesh", 0}});
  Limits limits;
  limits.max_pose_weights = 4;
  EXPECT_EQ(refused(b.glb(), limits), "loaded");
  limits.max_pose_weights = 3;
  EXPECT_EQ(refused(b.glb(), limits), "limit_exceeded: the scene has more than 3 morph weights");
}

/// Nodes times primitives would be far too many to look at.
TEST(GltfLimits, AreNotNeededForManyNodesThatShareAMeshOfManyParts) {
  constexpr int kCount = 50'000;
  GlbBuilder b;
  const int position = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0});
  const int joints = b.accessor(std::vector<std::uint8_t>(12), "VEC4", kUnsignedByte, 3);
  const int weights = b.floats({1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}, "VEC4", 4);
  const Json points = {{"attributes", {{"POSITION", position}}}, {"mode", 0}};
  Json primitives(kCount, points);
  primitives.back()["attributes"]["JOINTS_0"] = joints;
  primitives.back()["attributes"]["WEIGHTS_0"] = weights;
  b.add("meshes", {{"primitives", primitives}});
  b.add("skins", {{"joints", {0}}});
  b.json["nodes"] = Json(kCount, Json{{"mesh", 0}, {"skin", 0}});
  EXPECT_EQ(refused(b.glb()), "loaded");
}

TEST(GltfLimits, HoldForInstancesTrianglesVerticesNodesTexelsAndBytes) {
  const auto code = [](void (*set)(Limits&)) {
    GlbBuilder b = sound();
    b.add("images", {{"bufferView", b.view(red_png())}, {"mimeType", "image/png"}});
    b.add("textures", {{"source", 0}});
    b.json["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = b.floats({0, 0, 1, 0, 0, 1}, "VEC2", 2);
    b.json["materials"][0]["emissiveTexture"] = {{"index", 0}};
    Limits limits;
    set(limits);
    const auto scene = load(b, limits);
    return scene ? "loaded" : std::string(code_name(scene.error().code));
  };
  EXPECT_EQ(code([](Limits&) {}), "loaded");
  EXPECT_EQ(code([](Limits& l) { l.max_instances = 0; }), "limit_exceeded");
  EXPECT_EQ(code([](Limits& l) { l.max_triangles = 0; }), "limit_exceeded");
  EXPECT_EQ(code([](Limits& l) { l.max_vertices = 2; }), "limit_exceeded");
  EXPECT_EQ(code([](Limits& l) { l.max_nodes = 2; }), "limit_exceeded");
  EXPECT_EQ(code([](Limits& l) { l.max_texels = 0; }), "limit_exceeded");
  EXPECT_EQ(code([](Limits& l) { l.max_image_texels = 0; }), "limit_exceeded");
  EXPECT_EQ(code([](Limits& l) { l.max_scene_bytes = 10; }), "limit_exceeded");
  EXPECT_EQ(code([](Limits& l) { l.max_file_bytes = 10; }), "limit_exceeded");
  EXPECT_EQ(code([](Limits& l) { l.max_json_bytes = 10; }), "limit_exceeded");
}

TEST(GltfFile, ThatIsNotThereIsAnIoError) {
  const auto scene = load_gltf("/nonexistent/scene.glb");
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().code, ErrorCode::io_error);
}

}  // namespace
}  // namespace kiln::scene::test
