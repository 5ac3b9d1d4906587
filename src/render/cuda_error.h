#pragma once

#include <cuda_runtime_api.h>
#include <string_view>

#include "kiln/error.h"

namespace kiln::render {

/// A failed CUDA call as an Error: out_of_device_memory where another attempt with less may work, backend_unavailable
/// where this machine or build cannot use the GPU, device_fault for all else (the context is lost).
Error cuda_error(cudaError_t status, std::string_view doing);

/// Success, or cuda_error(); clears the runtime's memory of an error that is not sticky. Every CUDA call goes through.
Result<void> check_cuda(cudaError_t status, std::string_view doing);

}  // namespace kiln::render
