#include "render/cuda_renderer.h"

// Takes the place of cuda_renderer.cpp in a build without CUDA.
namespace kiln::render {

Result<std::unique_ptr<Renderer>> make_cuda_renderer(int) {
  return Error{ErrorCode::backend_unavailable, "this build of kiln has no CUDA renderer", ""};
}

}  // namespace kiln::render
