#include "render/render_frame.h"

#include <utility>

#include "base/clock.h"

namespace kiln::render {
namespace {

OpenPixels open_pixels(const AdaptiveSampling& adaptive, std::uint64_t count) {
  return {count, adaptive.ended_samples()};
}

/// Where a look is due: some pixels may have been ended by it.
Result<void> look(Renderer& renderer, FrameWork& work, std::uint32_t samples) {
  const auto sums = renderer.read_accumulator();
  if (!sums) return sums.error();
  work.adaptive.look(*sums, samples);
  auto open = work.adaptive.open_pixels();
  work.planner.go_on_with(open_pixels(work.adaptive, open.size()));
  return open.empty() ? Result<void>() : renderer.choose_pixels(std::move(open));
}

std::optional<std::uint32_t> due_look(const FrameWork& work) {
  if (!work.adaptive.is_on()) return std::nullopt;
  const auto samples = work.planner.round_ended_at();
  return samples && AdaptiveSampling::is_look(*samples) ? samples : std::nullopt;
}

}  // namespace

FrameWork::FrameWork(const FrameSettings& settings)
    : planner(std::uint64_t{settings.width} * settings.height, settings.samples_per_pixel,
              settings.noise_threshold > 0 ? AdaptiveSampling::next_look : nullptr),
      adaptive(settings) {}

Result<void> render_passes(Renderer& renderer, FrameWork& work, const BetweenPasses& between_passes,
                           const std::stop_token& stop) {
  while (const auto pass = work.planner.next()) {
    if (stop.stop_requested()) return Error{ErrorCode::cancelled, "The render was cancelled.", {}};
    const Stopwatch watch;
    if (auto rendered = renderer.render(*pass, stop); !rendered) return rendered;
    work.planner.finished(watch.seconds());
    if (const auto samples = due_look(work)) {
      if (auto looked = look(renderer, work, *samples); !looked) return looked;
    }
    if (auto go_on = between_passes(work); !go_on) return go_on;
  }
  return {};
}

Result<void> resume_frame(Renderer& renderer, FrameWork& work, const FrameCursor& cursor, const LinearImage& sums,
                          AdaptiveState adaptive) {
  if (auto restored = renderer.restore(sums); !restored) return restored;
  if (!work.adaptive.is_on()) {
    work.planner.resume(cursor);
    return {};
  }
  work.adaptive.restore(std::move(adaptive));
  auto open = work.adaptive.open_pixels();
  work.planner.resume(cursor, open_pixels(work.adaptive, open.size()));
  return renderer.choose_pixels(std::move(open));
}

Result<LinearImage> render_frame(Renderer& renderer, const std::shared_ptr<const PreparedScene>& scene,
                                 const FrameSettings& settings, const std::function<void(double)>& progress,
                                 const std::stop_token& stop) {
  if (auto begun = renderer.begin(scene, settings); !begun) return begun.error();
  FrameWork work(settings);
  const auto tell = [&progress](const FrameWork& so_far) -> Result<void> {
    if (progress) progress(so_far.planner.progress());
    return {};
  };
  if (auto rendered = render_passes(renderer, work, tell, stop); !rendered) return rendered.error();
  const auto sums = renderer.read_accumulator();
  if (!sums) return sums.error();
  return resolve_accumulator(*sums, work.counts());
}

}  // namespace kiln::render
