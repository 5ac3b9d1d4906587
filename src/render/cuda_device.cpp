#include "render/cuda_device.h"

#include <cuda_runtime_api.h>

#include "kernels/cuda/render_pass.h"

#include "render/cuda_error.h"

namespace kiln::render {
namespace {

Error unavailable(std::string message) { return {ErrorCode::backend_unavailable, std::move(message), ""}; }

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

/// Whatever goes wrong while the device is opened means that there is none to use.
Result<void> check_opening(cudaError_t status, std::string_view doing) {
  if (status == cudaSuccess) return {};
  cudaGetLastError();
  return unavailable(cuda_error(status, doing).message);
}

Result<void> check_driver() {
  int driver = 0, runtime = 0;
  if (const auto asked = check_opening(cudaDriverGetVersion(&driver), "asking for the NVIDIA driver"); !asked) {
    return asked;
  }
  if (const auto asked = check_opening(cudaRuntimeGetVersion(&runtime), "asking for the CUDA runtime"); !asked) {
    return asked;
  }
  if (driver == 0) return unavailable("no NVIDIA driver found");
  if (driver / 1000 < runtime / 1000) {
    return unavailable("the NVIDIA driver is too old: it supports CUDA " + version_text(driver) +
                       ", this build needs CUDA " + version_text(runtime / 1000 * 1000) + " or newer");
  }
  return {};
}

Result<void> check_index(int index) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaErrorNoDevice || (status == cudaSuccess && count == 0)) {
    cudaGetLastError();
    return unavailable("the NVIDIA driver finds no GPU");
  }
  if (const auto counted = check_opening(status, "looking for GPUs"); !counted) return counted;
  if (index < 0 || index >= count) {
    return unavailable("there is no GPU " + std::to_string(index) + "; this machine has " + std::to_string(count));
  }
  return {};
}

}  // namespace

Result<CudaDevice> open_cuda_device(int index) {
  if (const auto driver = check_driver(); !driver) return driver.error();
  if (const auto there = check_index(index); !there) return there.error();
  cudaDeviceProp properties{};
  if (const auto asked = check_opening(cudaGetDeviceProperties(&properties, index), "asking what GPU this is");
      !asked) {
    return asked.error();
  }
  if (const auto chosen = check_opening(cudaSetDevice(index), "choosing the GPU"); !chosen) return chosen.error();
  const std::string capability = std::to_string(properties.major) + "." + std::to_string(properties.minor);
  const cudaError_t probe = probe_render_pass();
  if (probe == cudaErrorNoKernelImageForDevice) {
    cudaGetLastError();
    return unavailable("this build has no code for " + std::string(properties.name) + " (compute capability " +
                       capability + ")");
  }
  if (const auto probed = check_opening(probe, "loading the kernels"); !probed) return probed.error();
  return CudaDevice{index, properties.name, capability};
}

}  // namespace kiln::render
