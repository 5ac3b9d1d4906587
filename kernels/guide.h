#pragma once

#include <cstdint>

#include "kernels/vec.h"

namespace kiln {

/// What guides the denoiser at one pixel: a part of its PixelFeatures.
struct Guide {
  Vec3 albedo{0, 0, 0};
  float coverage = 0;
  Vec3 normal{0, 0, 0};
  float depth_m = 0;  ///< 0 where nothing is
  Vec3 direct{0, 0, 0};
};

inline constexpr std::uint32_t kDenoiseSteps = 5;

/// All that a step of the denoiser (kernels/denoise.h) reads and writes: arrays of width x height.
struct DenoiseView {
  const Vec4* color = nullptr;  ///< the noisy picture
  const Guide* guides = nullptr;
  Vec4* work1 = nullptr;
  Vec4* work2 = nullptr;
  Vec4* out = nullptr;
  std::uint32_t width = 0, height = 0;
};

}  // namespace kiln
