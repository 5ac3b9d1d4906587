// Compiled once for each instruction set, with KILN_CPU_KERNEL as the name of the entry. Nothing else in here may be
// emitted with external linkage: the linker would keep one copy of it, perhaps that with instructions which the
// processor lacks. So kernel functions are static here (KILN_PRIVATE_KERNELS) and everything else is small enough to be
// inlined, which a test checks.
#include "render/cpu_kernel.h"

#include "kernels/film.h"
#include "kernels/path.h"

#include "render/embree.h"

namespace kiln::render {

std::uint64_t KILN_CPU_KERNEL(const CpuWork& work);

std::uint64_t KILN_CPU_KERNEL(const CpuWork& work) {
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

}  // namespace kiln::render
