#include "render/render_frame.h"

#include "base/clock.h"
#include "image/resolve.h"
#include "render/pass_planner.h"

namespace kiln::render {

Result<LinearImage> render_frame(Renderer& renderer, const FrameSettings& settings,
                                 const std::function<void(double)>& progress, std::stop_token stop) {
  if (auto begun = renderer.begin(settings); !begun) return begun.error();
  PassPlanner planner(std::uint64_t{settings.width} * settings.height, settings.samples_per_pixel);
  while (const auto pass = planner.next()) {
    if (stop.stop_requested()) return Error{ErrorCode::cancelled, "The render was cancelled.", {}};
    const Stopwatch watch;
    if (auto rendered = renderer.render(*pass, stop); !rendered) return rendered.error();
    planner.finished(watch.seconds());
    if (progress) progress(planner.progress());
  }
  const auto sums = renderer.read_accumulator();
  if (!sums) return sums.error();
  return resolve_accumulator(*sums, settings.samples_per_pixel);
}

}  // namespace kiln::render
