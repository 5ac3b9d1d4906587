#include "render/cuda_error.h"

#include <gtest/gtest.h>

namespace kiln::render {
namespace {

TEST(CudaError, MapsWhatMayWorkWithLessMemory) {
  EXPECT_EQ(cuda_error(cudaErrorMemoryAllocation, "x").code, ErrorCode::out_of_device_memory);
}

TEST(CudaError, MapsWhatThisMachineOrBuildCannotDo) {
  for (const cudaError_t status : {cudaErrorNoDevice, cudaErrorInsufficientDriver, cudaErrorNoKernelImageForDevice,
                                   cudaErrorDevicesUnavailable, cudaErrorSystemDriverMismatch}) {
    EXPECT_EQ(cuda_error(status, "x").code, ErrorCode::backend_unavailable) << cudaGetErrorName(status);
  }
}

TEST(CudaError, MapsEverythingElseToADeviceFault) {
  for (const cudaError_t status : {cudaErrorIllegalAddress, cudaErrorLaunchFailure, cudaErrorLaunchTimeout,
                                   cudaErrorECCUncorrectable, cudaErrorInvalidValue}) {
    EXPECT_EQ(cuda_error(status, "x").code, ErrorCode::device_fault) << cudaGetErrorName(status);
  }
}

TEST(CudaError, NamesWhatWasBeingDoneAndWhatWentWrong) {
  EXPECT_EQ(cuda_error(cudaErrorIllegalAddress, "rendering").message,
            "rendering failed: an illegal memory access was encountered (cudaErrorIllegalAddress)");
}

TEST(CudaError, LetsSuccessPass) { EXPECT_TRUE(check_cuda(cudaSuccess, "x")); }

}  // namespace
}  // namespace kiln::render
