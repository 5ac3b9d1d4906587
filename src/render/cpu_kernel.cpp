// Compiled once for each instruction set, with KILN_CPU_LEVEL as the namespace of the entries. Nothing else in here may
// be emitted with external linkage: the linker would keep one copy of it, perhaps that with instructions which the
// processor lacks. So kernel functions are static here (KILN_PRIVATE_KERNELS) and everything else is small enough to be
// inlined, which a test checks.
#include "render/cpu_kernel.h"

#include "kernels/denoise.h"
#include "kernels/features.h"
#include "kernels/film.h"
#include "kernels/path.h"

#include "render/embree.h"

namespace kiln::render::KILN_CPU_LEVEL {

std::uint64_t render(const CpuWork& work);
std::uint64_t features(const CpuWork& work);
void denoise(const DenoiseView& view, std::uint32_t step, std::uint32_t first_pixel, std::uint32_t pixel_count);

std::uint64_t render(const CpuWork& work) {
  const EmbreeIntersector intersector(work.embree, work.geometries);
  for (std::uint32_t at = work.first_pixel; at < work.first_pixel + work.pixel_count; ++at) {
    const std::uint32_t pixel = work.pixels != nullptr ? work.pixels[at] : at;
    Vec4 sum = work.accumulator[pixel];
    for (std::uint32_t sample = work.first_sample; sample < work.first_sample + work.sample_count; ++sample) {
      accumulate(sum, trace_path(work.scene, work.frame, intersector, pixel, sample));
    }
    work.accumulator[pixel] = sum;
  }
  return intersector.rays();
}

std::uint64_t features(const CpuWork& work) {
  const EmbreeIntersector intersector(work.embree, work.geometries);
  for (std::uint32_t i = 0; i < work.pixel_count; ++i) {
    const std::uint32_t at = work.first_pixel + i, pixel = work.pixels != nullptr ? work.pixels[at] : at;
    work.features[i] = pixel_features(work.scene, work.frame, intersector, pixel, work.sample_count);
  }
  return intersector.rays();
}

void denoise(const DenoiseView& view, std::uint32_t step, std::uint32_t first_pixel, std::uint32_t pixel_count) {
  for (std::uint32_t i = 0; i < pixel_count; ++i) denoise_pixel(view, step, first_pixel + i);
}

}  // namespace kiln::render::KILN_CPU_LEVEL
