#include "engine/picture_features.h"

#include "base/clock.h"
#include "image/feature_layers.h"
#include "render/pass_planner.h"
#include "render/settle_edges.h"

namespace kiln::engine {

bool wants_features(const RenderRequest& request) {
  return request.denoise || request.aovs.size() > request.aovs.count(Aov::sample_count);
}

/// For the planner the features of a pixel are one sample.
Result<PictureFeatures> render_features(Renderer& renderer, const RenderRequest& request, const Scene& scene,
                                        std::uint32_t sample_count, const BetweenSteps& between_steps,
                                        const std::stop_token& stop) {
  const std::uint64_t pixels = pixels_of(request);
  if (auto chosen = renderer.choose_pixels({}); !chosen) return chosen.error();
  PictureFeatures features;
  FeatureLayers layers(request.aovs, scene, pixels);
  if (request.denoise) features.guides.reserve(pixels);
  std::vector<PixelFeatures> found;
  render::PassPlanner planner(pixels, 1);
  while (const auto pass = planner.next()) {
    const Stopwatch watch;
    found.assign(pass->pixel_count, PixelFeatures());
    if (auto done = renderer.render_features(pass->first_pixel, sample_count, found, stop); !done) return done.error();
    layers.add(found);
    if (request.denoise) {
      for (const PixelFeatures& f : found) {
        if (render::shows_an_edge(f)) features.edges.push_back(static_cast<std::uint32_t>(features.guides.size()));
        features.guides.push_back(render::guide_of(f));
      }
    }
    planner.finished(watch.seconds());
    if (auto go_on = between_steps(); !go_on) return go_on.error();
  }
  features.layers = layers.finish();
  return features;
}

}  // namespace kiln::engine
