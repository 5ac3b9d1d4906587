#pragma once

#include <functional>
#include <span>
#include <stop_token>

#include "kernels/guide.h"
#include "kiln/error.h"
#include "kiln/image.h"

#include "render/cuda_resources.h"

namespace kiln::render {

/// Renderer::denoise() on the current device, in bands of pixels between which `stop` and `at_work` are looked at.
Result<LinearImage> denoise_on_device(const LinearImage& picture, std::span<const Guide> guides, const Stream& stream,
                                      const std::function<Result<void>()>& at_work, const std::stop_token& stop);

}  // namespace kiln::render
