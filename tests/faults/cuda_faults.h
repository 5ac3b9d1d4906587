#pragma once

#include <string_view>

namespace kiln::test {

/// Breaks CUDA in this process for real: "cuda_illegal_address" and "cuda_launch_failure" by a kernel that does so,
/// which the next call to the device reports; "cuda_memory" by taking all memory of the device. Nothing for another
/// name.
void break_cuda(std::string_view fault);

}  // namespace kiln::test
