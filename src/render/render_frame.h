#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "kiln/renderer.h"

#include "render/pass_planner.h"

namespace kiln::render {

/// Called after each pass. An Error ends the render, which then gives it back.
using BetweenPasses = std::function<Result<void>(const PassPlanner&)>;

/// Renders the passes that `planner` has left of the frame that was begun, each of some tens of milliseconds. Blocks.
/// With `stop` requested it returns Error `cancelled`, also from the middle of a pass: the accumulator is then good for
/// nothing. Errors also: those of `between_passes` and of the renderer.
Result<void> render_passes(Renderer& renderer, PassPlanner& planner, const BetweenPasses& between_passes,
                           const std::stop_token& stop);

/// Renders one picture and divides by the number of samples. Blocks. Between passes it calls `progress` with the share
/// of finished samples, 0 to 1 ascending, and looks at `stop`. Errors: cancelled; those of the renderer.
Result<LinearImage> render_frame(Renderer& renderer, const std::shared_ptr<const PreparedScene>& scene,
                                 const FrameSettings& settings, const std::function<void(double)>& progress,
                                 const std::stop_token& stop);

}  // namespace kiln::render
