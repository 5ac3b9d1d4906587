// Builds without Open Image Denoise.
#include "render/denoise_picture.h"

namespace kiln::render {

Result<LinearImage> denoise_picture(Renderer& renderer, const LinearImage& picture, std::span<const Guide> guides,
                                    const std::function<Result<void>()>& at_work, const std::stop_token& stop) {
  return renderer.denoise(picture, guides, at_work, stop);
}

}  // namespace kiln::render
