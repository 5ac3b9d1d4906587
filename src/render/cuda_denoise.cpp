#include "render/cuda_denoise.h"

#include <algorithm>
#include <cuda_runtime_api.h>

#include "kernels/cuda/render_pass.h"

#include "render/cuda_error.h"

namespace kiln::render {
namespace {

constexpr std::uint32_t kAtOnce = 1u << 20;  ///< pixels

Result<void> run_steps(const DenoiseView& view, std::uint32_t pixels, const Stream& stream,
                       const std::function<Result<void>()>& at_work, const std::stop_token& stop) {
  for (std::uint32_t step = 0; step < kDenoiseSteps; ++step) {
    for (std::uint32_t done = 0; done < pixels; done += std::min(kAtOnce, pixels - done)) {
      const std::uint32_t count = std::min(kAtOnce, pixels - done);
      const auto launched = check_cuda(launch_denoise_step(view, step, done, count, stream.get()), "denoising");
      if (!launched) return launched;
      if (auto ended = stream.wait("denoising", stop); !ended) return ended;
      if (auto go_on = at_work(); !go_on) return go_on;
    }
  }
  return {};
}

}  // namespace

Result<LinearImage> denoise_on_device(const LinearImage& picture, std::span<const Guide> guides, const Stream& stream,
                                      const std::function<Result<void>()>& at_work, const std::stop_token& stop) {
  const std::size_t pixels = picture.pixels.size(), bytes = pixels * sizeof(Vec4);
  if (guides.size() != pixels) return Error{ErrorCode::internal, "each pixel needs a guide", ""};
  const auto color = upload_bytes(std::as_bytes(std::span(picture.pixels)), "the picture", stream, stop);
  if (!color) return color.error();
  const auto guide = upload_bytes(std::as_bytes(guides), "the picture's features", stream, stop);
  if (!guide) return guide.error();
  const auto work1 = DeviceBuffer::allocate(bytes, "the denoiser");
  if (!work1) return work1.error();
  const auto work2 = DeviceBuffer::allocate(bytes, "the denoiser");
  if (!work2) return work2.error();
  const auto out = DeviceBuffer::allocate(bytes, "the denoised picture");
  if (!out) return out.error();
  const DenoiseView view{static_cast<const Vec4*>(color->data()),
                         static_cast<const Guide*>(guide->data()),
                         static_cast<Vec4*>(work1->data()),
                         static_cast<Vec4*>(work2->data()),
                         static_cast<Vec4*>(out->data()),
                         picture.width,
                         picture.height};
  const auto ran = run_steps(view, static_cast<std::uint32_t>(pixels), stream, at_work, stop);
  if (!ran) return ran.error();
  LinearImage denoised{picture.width, picture.height, std::vector<Vec4>(pixels)};
  auto copied =
      check_cuda(cudaMemcpyAsync(denoised.pixels.data(), out->data(), bytes, cudaMemcpyDeviceToHost, stream.get()),
                 "copying the picture from the GPU");
  if (copied) copied = stream.wait("copying the picture from the GPU");
  if (!copied) return copied.error();
  return denoised;
}

}  // namespace kiln::render
