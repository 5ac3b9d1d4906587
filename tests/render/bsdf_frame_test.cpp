#include <gtest/gtest.h>

#include "kernels/frame.h"

#include "tests/render/sampling_test_tools.h"

namespace kiln::testing {
namespace {

void expect_orthonormal(const Frame& f) {
  EXPECT_NEAR(length(f.x), 1, 1e-5);
  EXPECT_NEAR(length(f.y), 1, 1e-5);
  EXPECT_NEAR(dot(f.x, f.y), 0, 1e-5);
  EXPECT_NEAR(dot(f.x, f.z), 0, 1e-5);
  EXPECT_NEAR(dot(cross(f.x, f.y), f.z), 1, 1e-5) << "right-handed";
}

TEST(Frame, IsRightHandedAndOrthonormalForAnyNormal) {
  Uniform u(2);
  for (int i = 0; i < 1000; ++i) {
    const Vec3 n = direction_at(M_PI * u(), 2 * M_PI * u());
    const Frame f = make_frame(n);
    EXPECT_EQ(f.z, n);
    expect_orthonormal(f);
  }
  for (const Vec3 n : {Vec3{0, 0, 1}, Vec3{0, 0, -1}, Vec3{1, 0, 0}, Vec3{0, -1, 0}, Vec3{1e-20f, 0, -1}})
    expect_orthonormal(make_frame(n));
}

TEST(Frame, TurnsThereAndBack) {
  const Frame f = make_frame(normalize(Vec3{1, -2, 0.5f}));
  const Vec3 v{0.3f, 0.4f, -0.7f}, back = to_world(f, to_local(f, v));
  EXPECT_NEAR(length(back - v), 0, 1e-6);
  EXPECT_NEAR(to_local(f, f.z).z, 1, 1e-6);
}

TEST(Frame, FollowsTheTangentWhereThereIsOne) {
  const Frame f = make_frame({0, 0, 1}, {3, 3, 8});
  EXPECT_NEAR(f.x.x, std::sqrt(0.5f), 1e-6);
  EXPECT_NEAR(f.x.y, std::sqrt(0.5f), 1e-6);
  expect_orthonormal(f);
  expect_orthonormal(make_frame({0, 1, 0}, {0, 2, 0}));
}

}  // namespace
}  // namespace kiln::testing
