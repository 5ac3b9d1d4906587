#pragma once

#include <functional>
#include <stop_token>

#include "kiln/renderer.h"

namespace kiln::render {

/// Renders one picture of the scene that `renderer` has prepared, in passes of some tens of milliseconds, and divides
/// by the number of samples. Blocks. Between passes it calls `progress` with the share of finished samples, 0 to 1
/// ascending, and looks at `stop`. Errors: cancelled; those of the renderer.
Result<LinearImage> render_frame(Renderer& renderer, const FrameSettings& settings,
                                 const std::function<void(double)>& progress, std::stop_token stop);

}  // namespace kiln::render
