#pragma once

#include "kiln/renderer.h"

/// Pictures from the kernels over the device BVH, compiled for the CPU: what the GPU should draw, and Embree too.
namespace kiln::render {

/// The scene through its first camera; in the studio when it has no light of its own.
FrameSettings frame_of(const Scene& scene, std::uint32_t width, std::uint32_t height, std::uint32_t samples);

/// The accumulator after all samples of the frame.
LinearImage reference_sums(const Scene& scene, const FrameSettings& frame);

/// The share of pixels whose colours differ by more than rounding; 1 when the sizes differ.
double share_of_differing_pixels(const LinearImage& a, const LinearImage& b);

/// The mean over all pixels.
Vec4 mean_of(const LinearImage& image);

}  // namespace kiln::render
