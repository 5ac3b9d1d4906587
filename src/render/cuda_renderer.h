#pragma once

#include <memory>

#include "kiln/renderer.h"

namespace kiln::render {

/// The Renderer over CUDA, on GPU `device_index` of those that the driver shows. There in every build; one without CUDA
/// returns backend_unavailable, as does a machine without a usable GPU, with one sentence that says what is missing.
/// After device_fault nothing works any more in this process: every call returns that same error.
Result<std::unique_ptr<Renderer>> make_cuda_renderer(int device_index = 0);

}  // namespace kiln::render
