// How much of the noise the denoiser takes away, and what it costs: the built-in samples with few samples per pixel
// against pictures of many.
//
// usage: build/release/kiln_bench_denoise [SIZE] [SAMPLES] [REFERENCE_SAMPLES] [SAMPLE]
//
// Two measures of the error: the mean absolute difference over the mean, and the root of the mean of
// |a - b|^2 / (|b|^2 + 0.01) over the pixels. Seconds are for a megapixel, those for denoising with what guides it.
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>

#include "base/clock.h"
#include "image/resolve.h"
#include "render/cpu_renderer.h"
#include "render/settle_edges.h"
#include "scene/environment.h"
#include "scene/resolve_camera.h"
#include "scene/samples.h"

namespace kiln {
namespace {

LinearImage trace(Renderer& renderer, const std::shared_ptr<const PreparedScene>& scene, const FrameSettings& frame,
                  std::uint32_t samples) {
  renderer.begin(scene, frame).value();
  renderer.render({0, frame.width * frame.height, 0, samples}, {}).value();
  return resolve_accumulator(renderer.read_accumulator().value(), samples);
}

/// As the engine does it, for the frame that was begun.
LinearImage denoise(Renderer& renderer, LinearImage picture, std::uint32_t samples) {
  std::vector<PixelFeatures> features(picture.pixels.size());
  renderer.render_features(0, std::min(samples, 128u), features, {}).value();
  std::vector<Guide> guides;
  std::vector<std::uint32_t> edges;
  for (const PixelFeatures& f : features) {
    if (render::shows_an_edge(f)) edges.push_back(static_cast<std::uint32_t>(guides.size()));
    guides.push_back(render::guide_of(f));
  }
  const auto go_on = [] { return Result<void>(); };
  if (samples < render::kEdgeSamples) render::settle_edges(renderer, edges, picture, guides, go_on, {}).value();
  return renderer.denoise(picture, guides, go_on, {}).value();
}

struct Errors {
  double absolute = 0, relative = 0;
};

Errors errors_of(const LinearImage& image, const LinearImage& reference) {
  double differences = 0, all = 0, squares = 0;
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    const Vec3 b = xyz(reference.pixels[i]), d = xyz(image.pixels[i]) - b;
    differences += std::fabs(d.x) + std::fabs(d.y) + std::fabs(d.z);
    all += b.x + b.y + b.z;
    squares += dot(d, d) / (dot(b, b) + 0.01);
  }
  return {differences / all, std::sqrt(squares / static_cast<double>(image.pixels.size()))};
}

void measure(Renderer& renderer, std::string_view name, std::uint32_t size, std::uint32_t samples,
             std::uint32_t reference_samples) {
  const auto scene = make_sample(name).value();
  const auto prepared = renderer.prepare(scene, {}).value();
  FrameSettings frame;
  frame.width = frame.height = size;
  frame.camera = scene::resolve_camera(*scene, {}, 1, {}).value();
  if (!scene->has_lights()) frame.environment = studio_environment();
  frame.seed = 2;
  const LinearImage reference = trace(renderer, prepared, frame, reference_samples);
  frame.seed = 1;
  const Stopwatch tracing;
  const LinearImage noisy = trace(renderer, prepared, frame, samples);
  const double traced_s = tracing.seconds();
  const Stopwatch watch;
  const LinearImage denoised = denoise(renderer, noisy, samples);
  const double seconds = watch.seconds();
  const Errors before = errors_of(noisy, reference), after = errors_of(denoised, reference);
  fmt::print("| {} | {:.4f} | {:.4f} | {:.2f} | {:.4f} | {:.4f} | {:.2f} | {:.1f} | {:.1f} |\n", name, before.absolute,
             after.absolute, after.absolute / before.absolute, before.relative, after.relative,
             after.relative / before.relative, traced_s / (size * size * 1e-6), seconds / (size * size * 1e-6));
  std::fflush(stdout);
}

}  // namespace
}  // namespace kiln

int main(int argc, char** argv) {
  const auto number = [&](int i, std::uint32_t otherwise) {
    return argc > i ? static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 10)) : otherwise;
  };
  const auto renderer = kiln::render::make_cpu_renderer(0);
  fmt::print("| sample | absolute | denoised | ratio | relative | denoised | ratio | traced in | denoised in |\n");
  fmt::print("|---|---|---|---|---|---|---|---|---|\n");
  for (const std::string_view name : kiln::sample_names()) {
    if (argc > 4 && name != argv[4]) continue;
    kiln::measure(*renderer, name, number(1, 256), number(2, 16), number(3, 2048));
  }
}
