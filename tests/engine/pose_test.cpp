// Moments of an animation and variants of one file, through the engine.
#include <fstream>
#include <gtest/gtest.h>

#include "base/files.h"
#include "image/decode.h"
#include "render/renderer_choice.h"
#include "tests/engine/engine_fixture.h"

namespace kiln::engine::test {
namespace {

constexpr const char* kRedPng =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
constexpr const char* kBrokenPng =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nP//////////////////AAAAAElFTkSuQmCC";

/// A red triangle around the origin, from a picture, that moves by 4 along X within a second; "blue" as a variant.
std::string moving_triangle(const std::string& png) {
  return R"({"asset": {"version": "2.0"}, "extensionsUsed": ["KHR_materials_unlit", "KHR_materials_variants"],
 "extensions": {"KHR_materials_variants": {"variants": [{"name": "blue"}]}},
 "buffers": [{"byteLength": 92, "uri": "data:application/octet-stream;base64,)"
         "AACAvwAAgL8AAAAAAACAPwAAgL8AAAAAAAAAAAAAgD8AAAAAAAAAAAAAgD8AAAAAAAAAAAAAAAAAAIBAAAAAAAAAAAAAAAAAAAAAAAAAgD8AA"
         "AAAAAAA"
         "AAAAgD8="
         R"("}],
 "bufferViews": [{"buffer": 0, "byteLength": 36}, {"buffer": 0, "byteOffset": 36, "byteLength": 8},
                 {"buffer": 0, "byteOffset": 44, "byteLength": 24}, {"buffer": 0, "byteOffset": 68, "byteLength": 24}],
 "accessors": [
  {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [-1, -1, 0], "max": [1, 1, 0]},
  {"bufferView": 1, "componentType": 5126, "count": 2, "type": "SCALAR", "min": [0], "max": [1]},
  {"bufferView": 2, "componentType": 5126, "count": 2, "type": "VEC3"},
  {"bufferView": 3, "componentType": 5126, "count": 3, "type": "VEC2"}],
 "images": [{"uri": "data:image/png;base64,)" +
         png + R"("}], "textures": [{"source": 0}],
 "materials": [
  {"extensions": {"KHR_materials_unlit": {}}, "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}},
  {"extensions": {"KHR_materials_unlit": {}}, "pbrMetallicRoughness": {"baseColorFactor": [0, 0, 1, 1]}}],
 "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 3}, "material": 0, "extensions":
  {"KHR_materials_variants": {"mappings": [{"material": 1, "variants": [0]}]}}}]}],
 "nodes": [{"mesh": 0}],
 "animations": [{"samplers": [{"input": 1, "output": 2}],
                 "channels": [{"sampler": 0, "target": {"node": 0, "path": "translation"}}]}]})";
}

class Poses : public LocalEngineFixture {
 protected:
  EngineTask task_at(std::optional<float> time_s, std::optional<std::string> variant = {}) {
    EngineTask t = task("sha256:moving");
    t.scene_file = folder.path() / "moving.gltf";
    if (!std::filesystem::exists(t.scene_file)) write(kRedPng);
    t.request.time_s = time_s;
    t.request.variant = std::move(variant);
    t.request.camera.placement = LookAtCamera{{0, 0, 1}, {0, 0, 0}, {0, 1, 0}};  // the centre sees no edge
    t.request.background = {BackgroundKind::color, {0, 0, 0}};
    t.request.tone_mapping = ToneMapping::none;
    return t;
  }
  void write(const std::string& png) { std::ofstream(folder.path() / "moving.gltf") << moving_triangle(png); }

  std::vector<std::uint32_t> picture_of(const EngineTask& t) {
    const auto report = render(t);
    if (!report) throw std::runtime_error(report.error().message);
    return decode_image(*read_file(t.result_file, 1 << 20), 1 << 20)->texels;
  }
};

TEST_F(Poses, AreScenesOfTheirOwnThatAreKept) {
  ASSERT_TRUE(render(task_at({})));
  EXPECT_EQ(script.scene->instances.at(0).world_from_object.t.x, 0);
  ASSERT_TRUE(render(task_at(0.5f)));
  EXPECT_EQ(script.scene->instances.at(0).world_from_object.t.x, 2);
  ASSERT_TRUE(render(task_at(0.25f)));
  EXPECT_EQ(script.scene->instances.at(0).world_from_object.t.x, 1);
  ASSERT_TRUE(render(task_at({}, "blue")));
  EXPECT_EQ(script.scene->instances.at(0).material, 1u);
  EXPECT_EQ(script.prepared, 4);
  for (const auto& again : {task_at({}), task_at(0.25f), task_at({}, "blue")}) ASSERT_TRUE(render(again));
  EXPECT_EQ(script.prepared, 4);
}

TEST_F(Poses, ThatMoveAreScenesOfTheirOwn) {
  ASSERT_TRUE(render(task_at(0.5f)));
  EXPECT_EQ(script.scene->motion_keys, 0u);
  EngineTask moving = task_at(0.5f);
  moving.request.shutter_s = 0.25f;
  ASSERT_TRUE(render(moving));
  ASSERT_EQ(script.scene->motion_keys, 2u);
  EXPECT_EQ(script.scene->motion_transforms.at(0).t.x, 2);
  EXPECT_EQ(script.scene->motion_transforms.at(1).t.x, 3);
  EXPECT_EQ(script.prepared, 2);
  ASSERT_TRUE(render(moving));
  EXPECT_EQ(script.prepared, 2);
}

TEST_F(Poses, AreTheSameSceneWhereTheRequestsShowTheSame) {
  ASSERT_TRUE(render(task_at({})));
  EngineTask other = task_at({});
  other.request.animation = 3;  // no moment of it is asked for
  other.request.camera.turn_deg = 30;
  ASSERT_TRUE(render(other));
  EXPECT_EQ(script.prepared, 1);
}

TEST_F(Poses, DecodeTheirPicturesOnce) {
  ASSERT_TRUE(render(task_at(0.0f)));
  ASSERT_EQ(script.scene->texels.size(), 1u);
  write(kBrokenPng);
  ASSERT_TRUE(render(task_at(0.5f)));
  EXPECT_EQ(script.scene->texels.at(0), 0xff0000ffu);
  engine = make();
  EXPECT_EQ(render(task_at(0.5f)).error().code, ErrorCode::invalid_image) << "a decoder would have found it out";
}

TEST_F(Poses, ArePrefetched) {
  engine->open();
  Gate gate;
  script.on_prepare = gate.hook();
  engine->prefetch(task_at(0.5f));
  gate.wait_until_reached();
  script.on_prepare = do_nothing;
  ASSERT_TRUE(render(task_at(0.25f))) << "another pose does not wait for it";
  gate.open();
  ASSERT_TRUE(render(task_at(0.5f)));
  EXPECT_EQ(script.prepared, 2);
}

TEST_F(Poses, ThatTheFileLacksAreRefused) {
  EngineTask animation = task_at(0.0f);
  animation.request.animation = 1;
  EXPECT_EQ(render(animation).error().code, ErrorCode::unknown_animation);
  EXPECT_EQ(render(task_at({}, "green")).error().code, ErrorCode::unknown_variant);
  EngineTask sample = task();
  sample.request.time_s = 0.0f;
  EXPECT_EQ(render(sample).error().code, ErrorCode::unknown_animation);
  sample.request.time_s.reset();
  sample.request.variant = "red";
  EXPECT_EQ(render(sample).error().pointer, "/variant");
}

TEST_F(Poses, GiveDifferentPicturesAndEachTheSameEveryTime) {
  const auto cpu_renderer = []() -> Result<MadeRenderer> {
    auto chosen = render::make_renderer(render::BackendChoice::cpu, 2);
    if (!chosen) return chosen.error();
    return MadeRenderer{std::move(chosen->renderer), std::move(chosen->reason)};
  };
  engine = make_local_engine(cpu_renderer);
  const auto rest = picture_of(task_at({})), start = picture_of(task_at(0.0f)), later = picture_of(task_at(0.5f));
  EXPECT_EQ(rest, start) << "the first key is the pose at rest";
  EXPECT_NE(start, later);
  const auto blue = picture_of(task_at(0.0f, "blue"));
  constexpr std::size_t kCentre = 3 * 8 + 4;
  EXPECT_EQ(start.at(kCentre) & 0xff, 255u);
  EXPECT_EQ(later.at(kCentre), 0xff000000u) << "it has moved away";
  EXPECT_EQ(blue.at(kCentre) & 0xff, 0u);
  EXPECT_GT(blue.at(kCentre) >> 16 & 0xff, 200u);
  engine = make_local_engine(cpu_renderer);
  EXPECT_EQ(picture_of(task_at(0.5f)), later);
}

TEST_F(Poses, OfATurnedCameraAgreeAfterAWholeTurn) {
  engine = make_local_engine([]() -> Result<MadeRenderer> {
    auto chosen = render::make_renderer(render::BackendChoice::cpu, 2);
    if (!chosen) return chosen.error();
    return MadeRenderer{std::move(chosen->renderer), std::move(chosen->reason)};
  });
  EngineTask turned = task_at({});
  const auto front = picture_of(turned);
  turned.request.camera.turn_deg = 360;
  EXPECT_EQ(picture_of(turned), front);
  turned.request.camera.turn_deg = 180;  // from behind, where a single-sided triangle is not seen
  EXPECT_NE(picture_of(turned), front);
}

}  // namespace
}  // namespace kiln::engine::test
