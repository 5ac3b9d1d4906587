#include "scene/tangents.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "scene/samples/shapes.h"

namespace kiln {
namespace {

void expect_near(Vec4 a, Vec4 b, float tolerance = 1e-5f) {
  EXPECT_NEAR(a.x, b.x, tolerance);
  EXPECT_NEAR(a.y, b.y, tolerance);
  EXPECT_NEAR(a.z, b.z, tolerance);
  EXPECT_EQ(a.w, b.w);
}

TangentInput input(const scene::Shape& s) { return {s.positions, s.normals, s.uvs, s.indices}; }

/// A square in the plane z = 0, its picture upright: u to the right, glTF's v down.
scene::Shape upright_square() {
  scene::Shape s;
  scene::add_quad(s, {0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0});
  s.uvs = {{0, 1}, {1, 1}, {1, 0}, {0, 0}};
  return s;
}

TEST(Tangents, FollowUAndGltfsUpwardGreen) {
  // b = w cross(n, t) = (0, 1, 0): up in the picture.
  for (const Vec4 t : corner_tangents(input(upright_square()))) expect_near(t, {1, 0, 0, 1});
}

TEST(Tangents, OfAMirroredPictureHaveTheOtherSign) {
  auto s = upright_square();
  for (Vec2& uv : s.uvs) uv.x = 1 - uv.x;
  for (const Vec4 t : corner_tangents(input(s))) expect_near(t, {-1, 0, 0, -1});
}

TEST(Tangents, TurnWithThePicture) {
  auto s = upright_square();
  for (Vec2& uv : s.uvs) uv = {uv.y, 1 - uv.x};  // u runs down
  for (const Vec4 t : corner_tangents(input(s))) expect_near(t, {0, -1, 0, 1});
}

TEST(Tangents, OfASphereRunAlongItsParallels) {
  const auto s = scene::sphere(32);
  const auto tangents = corner_tangents(input(s));
  for (std::size_t c = 0; c < tangents.size(); ++c) {
    const Vec3 n = s.normals[s.indices[c]];
    ASSERT_NEAR(length(xyz(tangents[c])), 1, 1e-5f);
    ASSERT_NEAR(dot(xyz(tangents[c]), n), 0, 1e-5f);
    ASSERT_EQ(tangents[c].w, 1);
    if (std::fabs(n.y) > 0.95f) continue;
    ASSERT_GT(dot(xyz(tangents[c]), normalize(Vec3{n.z, 0, -n.x})), 0.99f) << c;  // d/du: from +Z towards +X
  }
}

/// Two squares that share the edge x = 0; the left one has the mirrored picture of the right one.
scene::Shape mirrored_pair() {
  scene::Shape s;
  s.positions = {{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}, {-1, 0, 0}, {-1, 1, 0}};
  s.normals.assign(6, Vec3{0, 0, 1});
  s.uvs = {{0, 1}, {1, 1}, {1, 0}, {0, 0}, {1, 1}, {1, 0}};
  s.indices = {0, 1, 2, 0, 2, 3, 4, 0, 3, 4, 3, 5};
  return s;
}

TEST(Tangents, AreNotMixedAcrossAMirrorSeam) {
  const auto tangents = corner_tangents(input(mirrored_pair()));
  for (std::size_t c = 0; c < 6; ++c) expect_near(tangents[c], {1, 0, 0, 1});
  for (std::size_t c = 6; c < 12; ++c) expect_near(tangents[c], {-1, 0, 0, -1});
}

TEST(Tangents, SplitOnlyTheVerticesThatDisagree) {
  const auto s = mirrored_pair();
  const auto split = split_by_tangents(input(s));
  ASSERT_EQ(split.tangents.size(), 8u);  // vertices 0 and 3 twice
  ASSERT_EQ(split.source.size(), 8u);
  ASSERT_EQ(split.indices.size(), s.indices.size());
  const auto corners = corner_tangents(input(s));
  for (std::uint32_t i = 0; i < 6; ++i) EXPECT_EQ(split.source[i], i);
  for (std::size_t c = 0; c < s.indices.size(); ++c) {
    EXPECT_EQ(split.source[split.indices[c]], s.indices[c]);
    expect_near(split.tangents[split.indices[c]], corners[c], 0);
  }
}

TEST(Tangents, WeighTriangleTangentsByTheirAngle) {
  scene::Shape s;
  s.positions = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {-1, 1, 0}};
  s.normals.assign(4, Vec3{0, 0, 1});
  s.uvs = {{0, 0}, {1, 0}, {0, -1}, {-2, -3}};
  s.indices = {0, 1, 2, 0, 2, 3};  // 90 and 45 degrees around the origin
  // With v upwards: (1, 0) is where u alone goes in the first triangle. In the second (-1, 1) has (u, v) = (-2, 3) and
  // (0, 1) has (0, 1), so u alone goes ((-1, 1) - 3 (0, 1)) / -2 = (1/2, 1).
  const Vec3 first{1, 0, 0}, second = normalize(Vec3{0.5f, 1, 0});
  const Vec3 expected = normalize(first * 2 + second * 1);
  expect_near(corner_tangents(input(s))[0], {expected.x, expected.y, 0, 1});
}

TEST(Tangents, JoinVerticesThatAreEqual) {
  // The same pair of triangles, indexed and not, gives the same tangents.
  const auto s = scene::sphere(8);
  scene::Shape flat;
  for (const std::uint32_t i : s.indices) {
    flat.indices.push_back(static_cast<std::uint32_t>(flat.positions.size()));
    flat.positions.push_back(s.positions[i]);
    flat.normals.push_back(s.normals[i]);
    flat.uvs.push_back(s.uvs[i]);
  }
  const auto a = corner_tangents(input(s)), b = corner_tangents(input(flat));
  for (std::size_t c = 0; c < a.size(); ++c) expect_near(a[c], b[c], 0);
}

TEST(Tangents, OfTrianglesWithoutAreaAreTakenFromTheirNeighbours) {
  auto s = upright_square();
  s.indices.insert(s.indices.end(), {0, 0, 1});  // no area in space
  s.positions.push_back({0.5f, -1, 0});
  s.normals.push_back({0, 0, 1});
  s.uvs.push_back({0.5f, 1});
  s.indices.insert(s.indices.end(), {0, 4, 1});  // none in the picture: all at v = 1
  const auto tangents = corner_tangents(input(s));
  for (const std::size_t c : {6u, 7u, 8u, 9u, 11u}) expect_near(tangents[c], {1, 0, 0, 1});
  EXPECT_NEAR(length(xyz(tangents[10])), 1, 1e-5f);
  EXPECT_NEAR(tangents[10].z, 0, 1e-5f);
}

TEST(Tangents, AreUsableWithoutAnyPicture) {
  auto s = scene::sphere(6);
  for (Vec2& uv : s.uvs) uv = {0.5f, 0.5f};
  const auto tangents = corner_tangents(input(s));
  for (std::size_t c = 0; c < tangents.size(); ++c) {
    ASSERT_NEAR(length(xyz(tangents[c])), 1, 1e-5f);
    ASSERT_NEAR(dot(xyz(tangents[c]), s.normals[s.indices[c]]), 0, 1e-5f);
  }
}

TEST(Tangents, OfALongFanAndOfManyTrianglesAtOneEdgeTakeNoStackAndNoTime) {
  constexpr std::uint32_t kCount = 200'000;
  scene::Shape fan, book;
  fan.positions.push_back({0, 0, 0});
  fan.uvs.push_back({0, 0});
  book.positions = {{0, 0, 0}, {0, 1, 0}};
  book.uvs = {{0, 0}, {0, -1}};
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const float angle = 6.28f * static_cast<float>(i) / kCount;
    fan.positions.push_back({std::cos(angle), std::sin(angle), 0});
    fan.uvs.push_back({std::cos(angle), -std::sin(angle)});
    book.positions.push_back({std::cos(angle), 0.5f, std::sin(angle)});
    book.uvs.push_back({1, -0.5f});
    if (i > 0) fan.indices.insert(fan.indices.end(), {0, i, i + 1});
    book.indices.insert(book.indices.end(), {0, 2 + i, 1});
  }
  for (scene::Shape* s : {&fan, &book}) s->normals.assign(s->positions.size(), Vec3{0, 0, 1});
  EXPECT_GT(corner_tangents(input(fan))[0].x, 0.99f);
  EXPECT_EQ(corner_tangents(input(book)).size(), std::size_t{3} * kCount);
}

TEST(Tangents, SplitAVertexWhereManyTrianglesDisagreeInNoTime) {
  constexpr std::uint32_t kCount = 150'000;
  scene::Shape star;  // triangles that share nothing but their first corner
  star.positions.push_back({0, 0, 0});
  star.uvs.push_back({0, 0});
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const float angle = 6.28f * static_cast<float>(i) / kCount;
    star.positions.insert(star.positions.end(), {{std::cos(angle), std::sin(angle), 0}, {-std::sin(angle), 1, 0}});
    star.uvs.insert(star.uvs.end(), {{1, 0}, {0, -1}});
    star.indices.insert(star.indices.end(), {0, 2 * i + 1, 2 * i + 2});
  }
  star.normals.assign(star.positions.size(), Vec3{0, 0, 1});
  const auto split = split_by_tangents(input(star));
  EXPECT_GT(split.source.size(), star.positions.size() + kCount / 2);
  const auto corners = corner_tangents(input(star));
  for (std::size_t c = 0; c < corners.size(); ++c) {
    ASSERT_EQ(split.source[split.indices[c]], star.indices[c]);
    expect_near(split.tangents[split.indices[c]], corners[c], 0);
  }
}

}  // namespace
}  // namespace kiln
