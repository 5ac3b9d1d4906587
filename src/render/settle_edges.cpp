#include "render/settle_edges.h"

#include "kernels/denoise.h"

#include "base/clock.h"
#include "render/pass_planner.h"

namespace kiln::render {
namespace {

Vec4 settled(Vec4 color, const Guide& from_few, const Guide& from_many) {
  const Vec3 light = detail::over(xyz(color) - from_few.direct, detail::divisor(from_few));
  const Vec3 better = light * detail::divisor(from_many) + from_many.direct;
  return {better.x, better.y, better.z, color.w};
}

}  // namespace

Guide guide_of(const PixelFeatures& f) {
  return {f.albedo, f.coverage, f.normal, f.coverage > 0 ? f.depth_m : 0.0f, f.direct};
}

bool shows_an_edge(const PixelFeatures& f) {
  constexpr float kBend = 0.96f;  // the square of how long the mean normal of a smooth surface is at the least
  return (f.coverage > 0 && f.coverage < 1) || f.objects[1].id != kNone || f.materials[1].id != kNone ||
         dot(f.normal, f.normal) < kBend * f.coverage * f.coverage;
}

/// For the planner the features of a pixel are one sample.
Result<void> settle_edges(Renderer& renderer, std::span<const std::uint32_t> edges, LinearImage& picture,
                          std::span<Guide> guides, const std::function<Result<void>()>& at_work,
                          const std::stop_token& stop) {
  if (edges.empty()) return {};
  if (auto chosen = renderer.choose_pixels({edges.begin(), edges.end()}); !chosen) return chosen;
  std::vector<PixelFeatures> found;
  PassPlanner planner(edges.size(), 1);
  while (const auto pass = planner.next()) {
    const Stopwatch watch;
    found.assign(pass->pixel_count, PixelFeatures());
    auto done = renderer.render_features(pass->first_pixel, kEdgeSamples, found, stop);
    if (!done) return done;
    for (std::uint32_t i = 0; i < pass->pixel_count; ++i) {
      const std::uint32_t pixel = edges[pass->first_pixel + i];
      if (picture.pixels[pixel].w < 1) continue;
      const Guide better = guide_of(found[i]);
      picture.pixels[pixel] = settled(picture.pixels[pixel], guides[pixel], better);
      guides[pixel] = better;
    }
    planner.finished(watch.seconds());
    if (auto go_on = at_work(); !go_on) return go_on;
  }
  return renderer.choose_pixels({});
}

}  // namespace kiln::render
