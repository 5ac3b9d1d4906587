// How the noise of a picture is spread over its pixels.
#include <gtest/gtest.h>

#include "render_scenes.h"
#include "scene/environment.h"

namespace kiln::render {
namespace {

/// A ball and its soft shadow in a room of one lamp and a sky.
std::shared_ptr<const Scene> ball() {
  SceneBuilder builder;
  Material gloss = matte({0.7f, 0.6f, 0.5f});
  gloss.roughness = 0.4f, gloss.ior = 1.5f;
  const auto floor = builder.material(matte({0.6f, 0.6f, 0.6f})), shiny = builder.material(gloss);
  const auto lamp = builder.material(glowing({6, 6, 6}));
  return builder.square(floor, translation({0, -1, 0}) * scaling(6))
      .sphere(shiny)
      .square(lamp, translation({3, 4, 1}) * scaling(0.7f))
      .build();
}

LinearImage noisy_ball(std::uint32_t samples, std::uint64_t seed) {
  FrameSettings s = looking({0, 1, 5}, {0, -0.25f, -1}, 0.4f, 128, samples);
  s.environment = studio_environment();
  s.max_depth = 4;
  s.seed = seed;
  return picture(ball(), s);
}

/// The power of the error in the sums over squares of 4 by 4 pixels, over that in the pixels: 1 where they are
/// independent. The
/// error is that between two pictures that differ in nothing but the seed. Each pixel weighs by its own brightness.
double coarse_share(std::uint32_t samples) {
  constexpr std::uint32_t kSide = 4;
  const LinearImage a = noisy_ball(samples, 1), b = noisy_ball(samples, 2);
  double all = 0, coarse = 0;
  for (std::uint32_t y = 0; y < a.height; y += kSide) {
    for (std::uint32_t x = 0; x < a.width; x += kSide) {
      double sum = 0;
      for (std::uint32_t i = 0; i < kSide * kSide; ++i) {
        const std::size_t at = (y + i / kSide) * a.width + x + i % kSide;
        const double error = (a.pixels[at].y - b.pixels[at].y) / (a.pixels[at].y + b.pixels[at].y + 1e-3);
        all += error * error;
        sum += error;
      }
      coarse += sum * sum;
    }
  }
  return coarse / all;
}

TEST(Noise, IsFineGrainInPicturesWithFewSamples) {
  EXPECT_LT(coarse_share(1), 0.85);
  EXPECT_LT(coarse_share(4), 0.95);
}

}  // namespace
}  // namespace kiln::render
