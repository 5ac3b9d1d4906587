#pragma once

#include "kernels/frame_view.h"
#include "kernels/guide.h"
#include "kernels/pixel_features.h"
#include "kernels/scene_view.h"

struct RTCSceneTy;

namespace kiln::render {

struct EmbreeGeometry;

/// What one thread renders in one go: the pass of these pixels and samples (Pass, kiln/renderer.h; that header is not
/// for the files that are compiled for several instruction sets).
struct CpuWork {
  SceneView scene;
  FrameView frame;
  RTCSceneTy* embree = nullptr;
  const EmbreeGeometry* geometries = nullptr;
  Vec4* accumulator = nullptr;            ///< of the whole frame
  const std::uint32_t* pixels = nullptr;  ///< those that first_pixel and pixel_count count; null: all
  std::uint32_t first_pixel = 0, pixel_count = 0;
  std::uint32_t first_sample = 0, sample_count = 0;
  PixelFeatures* features = nullptr;  ///< of the pixels of this work, for CpuKernels::features
};

/// The kernels of one instruction set. All are reentrant.
struct CpuKernels {
  std::uint64_t (*render)(const CpuWork&) = nullptr;    ///< adds the pass; returns the number of rays traced
  std::uint64_t (*features)(const CpuWork&) = nullptr;  ///< from the samples [0, sample_count); returns that number
  void (*denoise)(const DenoiseView&, std::uint32_t step, std::uint32_t first_pixel,
                  std::uint32_t pixel_count) = nullptr;  ///< one step (kernels/denoise.h) of these pixels
  const char* name = "";                                 ///< "x86-64-v3" or "baseline"
};

/// The path tracer compiled for this processor: for x86-64-v3 (AVX2, FMA) where it can, else for the build's baseline.
CpuKernels choose_cpu_kernels();

}  // namespace kiln::render
