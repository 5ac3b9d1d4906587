#include "render/cpu_kernel.h"

// The entries of cpu_kernel.cpp.
#define KILN_DECLARE_LEVEL(level)                                                \
  namespace level {                                                              \
  std::uint64_t render(const CpuWork&);                                          \
  std::uint64_t features(const CpuWork&);                                        \
  void denoise(const DenoiseView&, std::uint32_t, std::uint32_t, std::uint32_t); \
  }

namespace kiln::render {

KILN_DECLARE_LEVEL(baseline)

#ifdef KILN_HAVE_X86_64_V3
KILN_DECLARE_LEVEL(x86_64_v3)

/// Every processor with these has the rest of the level too.
CpuKernels choose_cpu_kernels() {
  const bool has_v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                      __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  if (has_v3) return {x86_64_v3::render, x86_64_v3::features, x86_64_v3::denoise, "x86-64-v3"};
  return {baseline::render, baseline::features, baseline::denoise, "baseline"};
}
#else
CpuKernels choose_cpu_kernels() { return {baseline::render, baseline::features, baseline::denoise, "baseline"}; }
#endif

}  // namespace kiln::render
