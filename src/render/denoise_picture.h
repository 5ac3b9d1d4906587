#pragma once

#include <functional>
#include <span>
#include <stop_token>

#include "kiln/renderer.h"

namespace kiln::render {

/// Filters the noise off a picture as Renderer::denoise() does: with Open Image Denoise where the build found it, else
/// with the renderer's own filter. Errors: those of Renderer::denoise(), internal.
Result<LinearImage> denoise_picture(Renderer& renderer, const LinearImage& picture, std::span<const Guide> guides,
                                    const std::function<Result<void>()>& at_work, const std::stop_token& stop);

}  // namespace kiln::render
