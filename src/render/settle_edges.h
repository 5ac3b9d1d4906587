#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "kiln/renderer.h"

namespace kiln::render {

/// As many samples as tell well enough how much of each surface a pixel shows.
inline constexpr std::uint32_t kEdgeSamples = 64;

/// What guides the denoiser at a pixel of these features.
Guide guide_of(const PixelFeatures& features);

/// Whether the samples of a pixel met different things: objects, materials, sides of a body, or nothing.
bool shows_an_edge(const PixelFeatures& features);

/// Where the pixel filter meets an edge, a few samples hit either side by luck; at the edge of a lamp that is most of
/// the noise that a picture has, and no neighbour can tell it. It costs next to nothing to know better: camera rays
/// alone, for the pixels `edges` (ascending), say how much of what they show is lamp, background and albedo, from
/// kEdgeSamples samples in place of the `picture`'s own, fewer ones. The light that those found on the surfaces is
/// kept, `picture` and `guides` are changed accordingly. Pixels whose alpha is below 1 stay: alpha is not settled.
///
/// `picture`: the mean of the frame that was begun, `guides`: from the same samples of the same pixels. Calls `at_work`
/// after each pass; an Error from it ends the work, as `stop` does. Chooses all pixels of the renderer in the end.
/// Errors: those of the renderer and of `at_work`, out_of_memory.
Result<void> settle_edges(Renderer& renderer, std::span<const std::uint32_t> edges, LinearImage& picture,
                          std::span<Guide> guides, const std::function<Result<void>()>& at_work,
                          const std::stop_token& stop);

}  // namespace kiln::render
