#include <algorithm>
#include <cmath>
#include <functional>
#include <gmock/gmock.h>
#include <meshoptimizer.h>

#include "glb_builder.h"

namespace kiln::scene::test {
namespace {

constexpr const char* kExtension = "EXT_meshopt_compression";

using Bytes = std::vector<std::uint8_t>;

template <class T>
Bytes vertices_encoded(const std::vector<T>& values, std::size_t count) {
  const std::size_t stride = values.size() * sizeof(T) / count;
  Bytes out(meshopt_encodeVertexBufferBound(count, stride));
  out.resize(meshopt_encodeVertexBuffer(out.data(), out.size(), values.data(), count, stride));
  return out;
}

Bytes triangles_encoded(const std::vector<unsigned>& indices) {
  Bytes out(meshopt_encodeIndexBufferBound(indices.size(), indices.size()));
  out.resize(meshopt_encodeIndexBuffer(out.data(), out.size(), indices.data(), indices.size()));
  return out;
}

Bytes sequence_encoded(const std::vector<unsigned>& indices) {
  Bytes out(meshopt_encodeIndexSequenceBound(indices.size(), indices.size()));
  out.resize(meshopt_encodeIndexSequence(out.data(), out.size(), indices.data(), indices.size()));
  return out;
}

/// How a view is compressed.
struct Packing {
  const char* mode = "ATTRIBUTES";
  int stride = 12, count = 0;
  const char* filter = nullptr;
};

/// A file whose compressed views lie in buffer 0, the GLB's own, and claim room in buffer 1, which has no bytes.
class PackedGlb : public GlbBuilder {
 public:
  PackedGlb() { json["extensionsUsed"] = json["extensionsRequired"] = {kExtension}; }

  int packed_view(const Bytes& encoded, const Packing& packing) {
    const int index = view(encoded);
    Json& v = json["bufferViews"][index];
    Json extension = v;
    extension["mode"] = packing.mode;
    extension["byteStride"] = packing.stride;
    extension["count"] = packing.count;
    if (packing.filter != nullptr) extension["filter"] = packing.filter;
    v = {{"buffer", 1},
         {"byteOffset", placeholder_bytes_},
         {"byteLength", packing.stride * packing.count},
         {"extensions", {{kExtension, extension}}}};
    placeholder_bytes_ += (packing.stride * packing.count + 3) / 4 * 4;
    binary_bytes_ = extension["byteOffset"].get<std::size_t>() + encoded.size();
    return index;
  }

  int packed_accessor(const Bytes& encoded, const Packing& packing, const char* type, int component_type) {
    return add("accessors", {{"bufferView", packed_view(encoded, packing)},
                             {"type", type},
                             {"componentType", component_type},
                             {"count", packing.count}});
  }

  GlbBuilder finished() const {
    GlbBuilder b = *this;
    b.json["buffers"] = {{{"byteLength", binary_bytes_}},
                         {{"byteLength", placeholder_bytes_}, {"extensions", {{kExtension, {{"fallback", true}}}}}}};
    return b;
  }

 private:
  int placeholder_bytes_ = 0;
  std::size_t binary_bytes_ = 0;
};

const std::vector<float> kSquare{0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0.5f};
const std::vector<unsigned> kIndices{0, 1, 2, 2, 1, 3};

/// Two triangles; every member of the extension that is about positions and indices.
PackedGlb square() {
  PackedGlb b;
  const int positions = b.packed_accessor(vertices_encoded(kSquare, 4), {"ATTRIBUTES", 12, 4}, "VEC3", kFloat);
  b.bound(positions);
  const int indices = b.packed_accessor(triangles_encoded(kIndices), {"TRIANGLES", 2, 6}, "SCALAR", kUnsignedShort);
  b.node_with({{"attributes", {{"POSITION", positions}}}, {"indices", indices}});
  return b;
}

TEST(Meshopt, HoldsVerticesAndTriangles) {
  const auto scene = loaded(square().finished());
  ASSERT_EQ(scene->positions.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(scene->positions[i].x, kSquare[3 * i]);
    EXPECT_EQ(scene->positions[i].y, kSquare[3 * i + 1]);
    EXPECT_EQ(scene->positions[i].z, kSquare[3 * i + 2]);
  }
  ASSERT_EQ(scene->indices.size(), 6u);
  // The codec may turn a triangle round, never over.
  for (std::size_t t = 0; t < 6; t += 3) {
    const auto at = scene->indices.begin() + static_cast<std::ptrdiff_t>(t);
    std::vector<std::uint32_t> triangle(at, at + 3);
    std::rotate(triangle.begin(), std::min_element(triangle.begin(), triangle.end()), triangle.end());
    EXPECT_THAT(triangle, t == 0 ? testing::ElementsAre(0u, 1u, 2u) : testing::ElementsAre(1u, 3u, 2u));
  }
}

TEST(Meshopt, HoldsIndexSequencesOfBothWidths) {
  for (const bool is_wide : {false, true}) {
    PackedGlb b = square();
    const int strip = b.packed_accessor(sequence_encoded({0, 1, 2, 3}), {"INDICES", is_wide ? 4 : 2, 4}, "SCALAR",
                                        is_wide ? kUnsignedInt : kUnsignedShort);
    b.json["meshes"][0]["primitives"][0]["indices"] = strip;
    b.json["meshes"][0]["primitives"][0]["mode"] = 5;
    EXPECT_THAT(loaded(b.finished())->indices, testing::ElementsAre(0, 1, 2, 1, 3, 2));
  }
}

TEST(Meshopt, FiltersUnitVectors) {
  const std::vector<float> normals{0.6f, 0.8f, 0, 0, 0, 0, 1, 0, -0.6f, 0, -0.8f, 0, 0, -1, 0, 0};
  for (const int stride : {4, 8}) {
    Bytes stored(static_cast<std::size_t>(stride) * 4);
    meshopt_encodeFilterOct(stored.data(), 4, static_cast<std::size_t>(stride), stride == 4 ? 8 : 16, normals.data());
    PackedGlb b = square();
    b.json["extensionsUsed"].push_back("KHR_mesh_quantization");
    b.json["extensionsRequired"].push_back("KHR_mesh_quantization");
    const int accessor = b.packed_accessor(vertices_encoded(stored, 4), {"ATTRIBUTES", stride, 4, "OCTAHEDRAL"}, "VEC3",
                                           stride == 4 ? kByte : kShort);
    b.json["accessors"][accessor]["normalized"] = true;
    b.json["bufferViews"][b.json["accessors"][accessor]["bufferView"].get<int>()]["byteStride"] = stride;
    b.json["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] = accessor;
    const auto scene = loaded(b.finished());
    for (std::size_t i = 0; i < 4; ++i) {
      const Vec3 expected{normals[4 * i], normals[4 * i + 1], normals[4 * i + 2]};
      EXPECT_LT(length(scene->normals[i] - expected), stride == 4 ? 0.02f : 1e-4f);
    }
  }
}

TEST(Meshopt, FiltersRotationsAndFloatsOfInstances) {
  PackedGlb b = square();
  b.json["extensionsUsed"].push_back("EXT_mesh_gpu_instancing");
  const std::vector<float> turn{0, 0, 0.70710678f, 0.70710678f}, move{100.25f, -7, 0.125f};
  Bytes turns(8), moves(12);
  meshopt_encodeFilterQuat(turns.data(), 1, 8, 16, turn.data());
  meshopt_encodeFilterExp(moves.data(), 1, 12, 24, move.data());
  const int rotation =
      b.packed_accessor(vertices_encoded(turns, 1), {"ATTRIBUTES", 8, 1, "QUATERNION"}, "VEC4", kShort);
  b.json["accessors"][rotation]["normalized"] = true;
  const int translation =
      b.packed_accessor(vertices_encoded(moves, 1), {"ATTRIBUTES", 12, 1, "EXPONENTIAL"}, "VEC3", kFloat);
  b.json["nodes"][0]["extensions"]["EXT_mesh_gpu_instancing"]["attributes"] = {{"ROTATION", rotation},
                                                                               {"TRANSLATION", translation}};
  const auto scene = loaded(b.finished());
  const Vec3 p = transform_point(scene->instances[0].world_from_object, {1, 0, 0});
  EXPECT_NEAR(p.x, 100.25f, 1e-3f);
  EXPECT_NEAR(p.y, -6, 1e-3f);
  EXPECT_NEAR(p.z, 0.125f, 1e-3f);
}

TEST(Meshopt, IsReadInsteadOfItsFallback) {
  GlbBuilder b = square().finished();
  b.json["extensionsRequired"] = {};
  b.json.erase("extensionsRequired");
  b.json["buffers"][1]["uri"] = "fallback.bin";  // never opened, not even refused
  EXPECT_EQ(loaded(b)->positions.size(), 4u);
}

/// Faults, each with the place that is named.
TEST(Meshopt, IsRefusedByItsPlaceWhereItIsWrong) {
  const std::string place = "/bufferViews/0/extensions/EXT_meshopt_compression";
  const auto refused = [](const std::function<void(Json & document, Json & extension)>& break_it) {
    GlbBuilder b = square().finished();
    break_it(b.json, b.json["bufferViews"][0]["extensions"][kExtension]);
    const auto scene = load(b);
    return scene ? "loaded" : scene.error().pointer;
  };
  EXPECT_EQ(refused([](Json&, Json&) {}), "loaded");
  EXPECT_EQ(refused([](Json&, Json& e) { e.erase("mode"); }), place + "/mode");
  EXPECT_EQ(refused([](Json&, Json& e) { e["mode"] = "POINTS"; }), place + "/mode");
  EXPECT_EQ(refused([](Json&, Json& e) { e["buffer"] = 1; }), place + "/buffer");
  EXPECT_EQ(refused([](Json&, Json& e) { e["buffer"] = 2; }), place + "/buffer");
  EXPECT_EQ(refused([](Json&, Json& e) { e["byteLength"] = 1 << 20; }), place + "/byteLength");
  EXPECT_EQ(refused([](Json&, Json& e) { e["byteOffset"] = 9007199254740991; }), place + "/byteLength");
  EXPECT_EQ(refused([](Json&, Json& e) { e["byteStride"] = 6; }), place + "/byteStride");
  EXPECT_EQ(refused([](Json&, Json& e) { e["filter"] = "COLOR"; }), place + "/filter");
  EXPECT_EQ(refused([](Json&, Json& e) { e["filter"] = "QUATERNION"; }), place + "/byteStride");
  EXPECT_EQ(refused([](Json&, Json& e) { e["count"] = 3; }), "/bufferViews/0/byteLength");
  EXPECT_EQ(refused([](Json& d, Json&) { d["bufferViews"][1].erase("extensions"); }), "/bufferViews/1/buffer");
  EXPECT_EQ(refused([](Json& d, Json&) { d["bufferViews"][1]["extensions"][kExtension]["count"] = 5; }),
            "/bufferViews/1/extensions/EXT_meshopt_compression/count");
}

TEST(Meshopt, WithMoreThanItsBytesCanHoldIsRefusedBeforeAnythingIsMade) {
  GlbBuilder b = square().finished();
  const int count = 100'000'000;
  b.json["bufferViews"][0]["byteLength"] = 12 * static_cast<std::int64_t>(count);
  b.json["bufferViews"][0]["extensions"][kExtension]["count"] = count;
  b.json["buffers"][1]["byteLength"] = 2'000'000'000;
  const auto scene = load(b);
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().pointer, "/bufferViews/0/extensions/EXT_meshopt_compression/count");
}

/// One byte of the compressed data after another changed: it loads as something else, or is refused.
TEST(Meshopt, ThatIsCorruptNeverLeavesTheRails) {
  const std::string sound = square().finished().glb();
  const std::size_t binary = sound.find(std::string("BIN\0", 4)) + 4;
  int refused = 0;
  for (std::size_t i = binary; i < sound.size(); ++i)
    for (const char bits : {'\x01', '\x80', '\xff'}) {
      std::string broken = sound;
      broken[i] = static_cast<char>(broken[i] ^ bits);
      const auto scene = load_bytes(broken);
      refused += scene ? 0 : 1;
      for (const std::uint32_t index : scene ? (*scene)->indices : std::vector<std::uint32_t>{}) EXPECT_LT(index, 4u);
    }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace kiln::scene::test
