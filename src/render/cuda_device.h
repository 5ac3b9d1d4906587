#pragma once

#include <string>

#include "kiln/error.h"

namespace kiln::render {

struct CudaDevice {
  int index = 0;
  std::string name;                ///< e.g. "NVIDIA H200"
  std::string compute_capability;  ///< e.g. "9.0"
};

/// Looks for a GPU that can run this build's kernels and makes it the thread's current device. Error:
/// backend_unavailable with one sentence that says what is missing: the driver, a newer driver, a GPU, that GPU, code
/// for it.
Result<CudaDevice> open_cuda_device(int index);

}  // namespace kiln::render
