#include <cstddef>
#include <cstdint>
#include <cuda_runtime_api.h>

#include "tests/faults/cuda_faults.h"

namespace kiln::test {
namespace {

__global__ void write_where_nothing_is(std::uintptr_t address) { *reinterpret_cast<volatile int*>(address) = 1; }

__global__ void trap() { __trap(); }

/// For as long as the process lives.
void take_all_memory() {
  for (std::size_t bytes = std::size_t{1} << 40; bytes >= 4096;) {
    void* taken = nullptr;
    if (cudaMalloc(&taken, bytes) != cudaSuccess) bytes /= 2;
  }
  cudaGetLastError();  // the failure was wanted
}

}  // namespace

void break_cuda(std::string_view fault) {
  if (fault == "cuda_illegal_address") write_where_nothing_is<<<1, 1>>>(64);
  if (fault == "cuda_launch_failure") trap<<<1, 1>>>();
  if (fault == "cuda_memory") take_all_memory();
}

}  // namespace kiln::test
