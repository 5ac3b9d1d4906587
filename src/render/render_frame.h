#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "kiln/renderer.h"

#include "image/resolve.h"
#include "render/adaptive_sampling.h"
#include "render/pass_planner.h"

namespace kiln::render {

/// What is left to do of a frame.
struct FrameWork {
  explicit FrameWork(const FrameSettings& settings);

  /// How many samples the pixels have so far.
  SampleCounts counts() const { return adaptive.counts(planner.cursor()); }

  PassPlanner planner;
  AdaptiveSampling adaptive;
};

/// Called after each pass. An Error ends the render, which then gives it back.
using BetweenPasses = std::function<Result<void>(const FrameWork&)>;

/// Renders what is left of the frame that was begun, in passes of some tens of milliseconds. Blocks. With `stop`
/// requested it returns Error `cancelled`, also from the middle of a pass: the accumulator is then good for nothing.
/// Errors also: those of `between_passes` and of the renderer.
Result<void> render_passes(Renderer& renderer, FrameWork& work, const BetweenPasses& between_passes,
                           const std::stop_token& stop);

/// Takes up a frame that another renderer, or this one, has left at `cursor`; after begin(), before render_passes().
/// All must fit the frame. Errors: those of the renderer.
Result<void> resume_frame(Renderer& renderer, FrameWork& work, const FrameCursor& cursor, const LinearImage& sums,
                          AdaptiveState adaptive);

/// Renders one picture and divides by the number of samples. Blocks. Between passes it calls `progress` with the share
/// of finished samples, 0 to 1 ascending, and looks at `stop`. Errors: cancelled; those of the renderer.
Result<LinearImage> render_frame(Renderer& renderer, const std::shared_ptr<const PreparedScene>& scene,
                                 const FrameSettings& settings, const std::function<void(double)>& progress,
                                 const std::stop_token& stop);

}  // namespace kiln::render
