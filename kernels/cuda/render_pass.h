#pragma once

#include <cuda_runtime_api.h>

#include "kernels/bvh_node.h"
#include "kernels/frame_view.h"
#include "kernels/guide.h"
#include "kernels/pixel_features.h"
#include "kernels/scene_view.h"

namespace kiln {

/// All that one pass reads and writes, in device memory; a kernel parameter.
struct RenderPass {
  SceneView scene;
  BvhView bvh;
  FrameView frame;
  Vec4* accumulator = nullptr;            ///< frame.width x frame.height sums
  unsigned long long* rays = nullptr;     ///< added to, by all threads
  const std::uint32_t* pixels = nullptr;  ///< those that first_pixel and pixel_count count; null: all
  std::uint32_t first_pixel = 0, pixel_count = 0;
  std::uint32_t first_sample = 0, sample_count = 0;
};

/// Gives the pass to the stream: one thread a pixel, which adds its samples in ascending order. Returns at once.
cudaError_t launch_render_pass(const RenderPass& pass, cudaStream_t stream);

/// What one pass over the features of some pixels reads and writes, in device memory; a kernel parameter.
struct FeaturePass {
  SceneView scene;
  BvhView bvh;
  FrameView frame;
  PixelFeatures* features = nullptr;      ///< of the first pixel and on
  const std::uint32_t* pixels = nullptr;  ///< as in RenderPass
  std::uint32_t first_pixel = 0, pixel_count = 0, sample_count = 0;
};

/// Gives the pass to the stream: one thread a pixel. Returns at once.
cudaError_t launch_feature_pass(const FeaturePass& pass, cudaStream_t stream);

/// One step of the denoiser for `pixel_count` pixels, one thread each. Returns at once.
cudaError_t launch_denoise_step(const DenoiseView& view, std::uint32_t step, std::uint32_t first_pixel,
                                std::uint32_t pixel_count, cudaStream_t stream);

/// Whether the current device can run the kernel at all: cudaErrorNoKernelImageForDevice where the build has no code
/// for it.
cudaError_t probe_render_pass();

}  // namespace kiln
