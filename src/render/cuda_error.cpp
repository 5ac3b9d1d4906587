#include "render/cuda_error.h"

#include <string>

namespace kiln::render {
namespace {

ErrorCode code_of(cudaError_t status) {
  switch (status) {
    case cudaErrorMemoryAllocation:
      return ErrorCode::out_of_device_memory;
    case cudaErrorNoDevice:
    case cudaErrorInvalidDevice:
    case cudaErrorDevicesUnavailable:
    case cudaErrorInsufficientDriver:
    case cudaErrorStubLibrary:
    case cudaErrorSystemDriverMismatch:
    case cudaErrorSystemNotReady:
    case cudaErrorCompatNotSupportedOnDevice:
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorUnsupportedPtxVersion:
    case cudaErrorInitializationError:
      return ErrorCode::backend_unavailable;
    default:
      return ErrorCode::device_fault;
  }
}

}  // namespace

Error cuda_error(cudaError_t status, std::string_view doing) {
  return {code_of(status),
          std::string(doing) + " failed: " + cudaGetErrorString(status) + " (" + cudaGetErrorName(status) + ")", ""};
}

Result<void> check_cuda(cudaError_t status, std::string_view doing) {
  if (status == cudaSuccess) return {};
  cudaGetLastError();
  return cuda_error(status, doing);
}

}  // namespace kiln::render
