#include "render/cpu_kernel.h"

namespace kiln::render {

std::uint64_t render_baseline(const CpuWork& work);

#ifdef KILN_HAVE_X86_64_V3
std::uint64_t render_x86_64_v3(const CpuWork& work);

/// Every processor with these has the rest of the level too.
ChosenCpuKernel choose_cpu_kernel() {
  const bool has_v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                      __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  if (has_v3) return {render_x86_64_v3, "x86-64-v3"};
  return {render_baseline, "baseline"};
}
#else
ChosenCpuKernel choose_cpu_kernel() { return {render_baseline, "baseline"}; }
#endif

}  // namespace kiln::render
