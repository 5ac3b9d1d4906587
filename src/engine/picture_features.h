#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

#include "kiln/renderer.h"

#include "image/layers.h"

namespace kiln::engine {

/// Features come from the first samples of the picture, not more than so many.
inline constexpr std::uint32_t kMostFeatureSamples = 128;

/// What a request wants beside the radiance of its picture.
struct PictureFeatures {
  ImageLayers layers;
  std::vector<Guide> guides;         ///< for Renderer::denoise()
  std::vector<std::uint32_t> edges;  ///< for render::settle_edges(), which goes with it
};

/// Called between two steps; an Error ends the work.
using BetweenSteps = std::function<Result<void>()>;

/// Whether render_features() has anything to do for it.
bool wants_features(const RenderRequest& request);

/// Traces them for the frame that was begun, from the samples [0, sample_count) of every pixel, in passes of some tens
/// of milliseconds. Blocks. Errors: out_of_memory, those of `between_steps` and of the renderer.
Result<PictureFeatures> render_features(Renderer& renderer, const RenderRequest& request, const Scene& scene,
                                        std::uint32_t sample_count, const BetweenSteps& between_steps,
                                        const std::stop_token& stop);

}  // namespace kiln::engine
