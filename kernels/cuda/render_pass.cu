#include "kernels/bvh.h"
#include "kernels/cuda/render_pass.h"
#include "kernels/denoise.h"
#include "kernels/features.h"
#include "kernels/film.h"
#include "kernels/path.h"

namespace kiln {
namespace {

constexpr unsigned kBlockSize = 128;

/// The Intersector of the GPU: the device BVH, and a count of the rays.
struct CountingIntersector {
  BvhIntersector bvh;
  unsigned* rays;

  __device__ Hit intersect_closest(const Ray& ray) const {
    ++*rays;
    return bvh.intersect_closest(ray);
  }
  __device__ bool occluded(const Ray& ray) const {
    ++*rays;
    return bvh.occluded(ray);
  }
};

__global__ void __launch_bounds__(kBlockSize) render_pass(const __grid_constant__ RenderPass pass) {
  const unsigned thread = blockIdx.x * kBlockSize + threadIdx.x;
  unsigned rays = 0;
  if (thread < pass.pixel_count) {
    const std::uint32_t at = pass.first_pixel + thread;
    const std::uint32_t pixel = pass.pixels != nullptr ? pass.pixels[at] : at;
    const CountingIntersector intersector{{pass.bvh}, &rays};
    Vec4 sum = pass.accumulator[pixel];
    for (std::uint32_t s = 0; s < pass.sample_count; ++s) {
      accumulate(sum, trace_path(pass.scene, pass.frame, intersector, pixel, pass.first_sample + s));
    }
    pass.accumulator[pixel] = sum;
  }
  const unsigned warp_rays = __reduce_add_sync(0xffffffffu, rays);
  if (threadIdx.x % 32 == 0) atomicAdd(pass.rays, static_cast<unsigned long long>(warp_rays));
}

__global__ void __launch_bounds__(kBlockSize) feature_pass(const __grid_constant__ FeaturePass pass) {
  const unsigned thread = blockIdx.x * kBlockSize + threadIdx.x;
  if (thread >= pass.pixel_count) return;
  const BvhIntersector intersector{pass.bvh};
  const std::uint32_t at = pass.first_pixel + thread, pixel = pass.pixels != nullptr ? pass.pixels[at] : at;
  pass.features[thread] = pixel_features(pass.scene, pass.frame, intersector, pixel, pass.sample_count);
}

__global__ void __launch_bounds__(kBlockSize) denoise_step(const __grid_constant__ DenoiseView view, std::uint32_t step,
                                                           std::uint32_t first_pixel, std::uint32_t pixel_count) {
  const unsigned thread = blockIdx.x * kBlockSize + threadIdx.x;
  if (thread < pixel_count) denoise_pixel(view, step, first_pixel + thread);
}

unsigned blocks_for(std::uint32_t pixel_count) { return (pixel_count - 1) / kBlockSize + 1; }

}  // namespace

cudaError_t launch_feature_pass(const FeaturePass& pass, cudaStream_t stream) {
  if (pass.pixel_count == 0) return cudaSuccess;
  feature_pass<<<blocks_for(pass.pixel_count), kBlockSize, 0, stream>>>(pass);
  return cudaGetLastError();
}

cudaError_t launch_denoise_step(const DenoiseView& view, std::uint32_t step, std::uint32_t first_pixel,
                                std::uint32_t pixel_count, cudaStream_t stream) {
  if (pixel_count == 0) return cudaSuccess;
  denoise_step<<<blocks_for(pixel_count), kBlockSize, 0, stream>>>(view, step, first_pixel, pixel_count);
  return cudaGetLastError();
}

cudaError_t launch_render_pass(const RenderPass& pass, cudaStream_t stream) {
  if (pass.pixel_count == 0) return cudaSuccess;
  render_pass<<<blocks_for(pass.pixel_count), kBlockSize, 0, stream>>>(pass);
  return cudaGetLastError();
}

cudaError_t probe_render_pass() {
  cudaFuncAttributes attributes{};
  return cudaFuncGetAttributes(&attributes, render_pass);
}

}  // namespace kiln
