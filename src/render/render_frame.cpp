#include "render/render_frame.h"

#include "base/clock.h"
#include "image/resolve.h"

namespace kiln::render {

Result<void> render_passes(Renderer& renderer, PassPlanner& planner, const BetweenPasses& between_passes,
                           const std::stop_token& stop) {
  while (const auto pass = planner.next()) {
    if (stop.stop_requested()) return Error{ErrorCode::cancelled, "The render was cancelled.", {}};
    const Stopwatch watch;
    if (auto rendered = renderer.render(*pass, stop); !rendered) return rendered;
    planner.finished(watch.seconds());
    if (auto go_on = between_passes(planner); !go_on) return go_on;
  }
  return {};
}

Result<LinearImage> render_frame(Renderer& renderer, const std::shared_ptr<const PreparedScene>& scene,
                                 const FrameSettings& settings, const std::function<void(double)>& progress,
                                 const std::stop_token& stop) {
  if (auto begun = renderer.begin(scene, settings); !begun) return begun.error();
  PassPlanner planner(std::uint64_t{settings.width} * settings.height, settings.samples_per_pixel);
  const auto tell = [&progress](const PassPlanner& so_far) -> Result<void> {
    if (progress) progress(so_far.progress());
    return {};
  };
  if (auto rendered = render_passes(renderer, planner, tell, stop); !rendered) return rendered.error();
  const auto sums = renderer.read_accumulator();
  if (!sums) return sums.error();
  return resolve_accumulator(*sums, settings.samples_per_pixel);
}

}  // namespace kiln::render
