#include "render/cpu_kernel.h"

namespace kiln::render {

std::uint64_t render_baseline(const CpuWork& work);

#ifdef KILN_HAVE_X86_64_V3
std::uint64_t render_x86_64_v3(const CpuWork& work);

/// Every processor with these has the rest of the level too.
CpuKernel choose_cpu_kernel() {
  const bool has_v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                      __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  return has_v3 ? render_x86_64_v3 : render_baseline;
}
#else
CpuKernel choose_cpu_kernel() { return render_baseline; }
#endif

}  // namespace kiln::render
