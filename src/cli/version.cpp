#include "cli/version.h"

#include "render/cuda_renderer.h"

namespace kiln::cli {

std::string version_number() { return "kiln " KILN_VERSION; }

std::string version_text() {
  const auto cuda = render::make_cuda_renderer();
  return version_number() + "\n  cpu   Embree and the shared kernels, on all cores" + "\n  cuda  " +
         (cuda ? (*cuda)->device() : cuda.error().message);
}

}  // namespace kiln::cli
