#include "render/cpu_kernel.h"

namespace kiln::render {

std::uint64_t render_baseline(const CpuWork& work);

#ifdef KILN_HAVE_X86_64_V3
std::uint64_t render_x86_64_v3(const CpuWork& work);

CpuKernel choose_cpu_kernel() { return __builtin_cpu_supports("x86-64-v3") ? render_x86_64_v3 : render_baseline; }
#else
CpuKernel choose_cpu_kernel() { return render_baseline; }
#endif

}  // namespace kiln::render
