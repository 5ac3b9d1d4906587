// The error of a textured ground that runs to the horizon, by samples per pixel, with the coarser levels of its texture
// and without them.
//
// usage: kiln_bench_texture_filtering [SIZE [REFERENCE_SAMPLES]]     SIZE: of a side, pixels, by default 128
//
// The ground shows a checkerboard whose squares have 4 x 4 texels, under no other light than its own, so that all noise
// is the texture's. The reference is a picture without levels with REFERENCE_SAMPLES (by default 16384) and a seed of
// its own. Errors are root mean squares over the rows below the horizon, white being 1; "blur" is that of the mean of
// 64 pictures with seeds of their own, which has but an eighth of the noise.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <stdexcept>
#include <vector>

#include "render/cpu_renderer.h"
#include "render/render_frame.h"
#include "scene/lights.h"
#include "scene/texture_levels.h"

namespace {

using kiln::LinearImage;
using kiln::Scene;

template <class T>
T must(kiln::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

void must(const kiln::Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message);
}

/// A square of 2 km in the plane y = 0 whose texture repeats every 8 m.
Scene ground() {
  constexpr std::uint32_t kSide = 256, kSquare = 4;
  constexpr float kHalf = 1000, kRepeats = 2 * kHalf / 8;
  Scene scene;
  for (std::uint32_t y = 0; y < kSide; ++y)
    for (std::uint32_t x = 0; x < kSide; ++x)
      scene.texels.push_back((x / kSquare + y / kSquare) % 2 == 0 ? 0xff000000u : 0xffffffffu);
  scene.positions = {{-kHalf, 0, -kHalf}, {kHalf, 0, -kHalf}, {-kHalf, 0, kHalf}, {kHalf, 0, kHalf}};
  scene.normals.resize(4);
  scene.uvs = {{0, 0}, {kRepeats, 0}, {0, kRepeats}, {kRepeats, kRepeats}};
  scene.indices = {0, 2, 1, 1, 2, 3};
  kiln::Mesh mesh;
  mesh.vertex_count = 4, mesh.triangle_count = 2, mesh.first_uv = 0, mesh.uv_sets = 1;
  scene.meshes = {mesh};
  kiln::Texture texture;
  texture.width = texture.height = kSide, texture.srgb = true;
  scene.textures = {texture};
  kiln::Material material;
  material.unlit = true;
  material.base_color_texture.texture = 0;
  scene.materials = {material};
  scene.instances.resize(1);
  must(kiln::scene::add_texture_levels(scene, scene.texels.size() * 2));
  must(kiln::build_lights(scene));
  return scene;
}

Scene without_levels(Scene scene) {
  for (kiln::Texture& t : scene.textures) t.level_count = 1;
  return scene;
}

class Bench {
 public:
  explicit Bench(std::uint32_t size) : size_(size) {}

  LinearImage picture(const Scene& scene, std::uint32_t samples, std::uint64_t seed) {
    kiln::FrameSettings frame;
    frame.width = frame.height = size_;
    frame.samples_per_pixel = samples;
    frame.seed = seed;
    frame.camera.eye = {0.3f, 1.6f, 0};
    frame.camera.half_width = frame.camera.half_height = 0.5f;
    const auto prepared = must(renderer_->prepare(std::make_shared<const Scene>(scene), {}));
    return must(kiln::render::render_frame(*renderer_, prepared, frame, {}, {}));
  }

  /// Over the lower half of the picture, but for the row at the horizon.
  double error(const LinearImage& a, const LinearImage& b) const {
    double sum = 0;
    const std::size_t first = std::size_t{size_} * (size_ / 2 + 1);
    for (std::size_t i = first; i < a.pixels.size(); ++i) {
      const double off = a.pixels[i].x - b.pixels[i].x;
      sum += off * off;
    }
    return std::sqrt(sum / static_cast<double>(a.pixels.size() - first));
  }

  double blur(const Scene& scene, std::uint32_t samples, const LinearImage& truth) {
    constexpr std::uint64_t kSeeds = 64;
    LinearImage sum = picture(scene, samples, 100);
    for (std::uint64_t seed = 1; seed < kSeeds; ++seed) {
      const LinearImage one = picture(scene, samples, 100 + seed);
      for (std::size_t i = 0; i < sum.pixels.size(); ++i) sum.pixels[i] = sum.pixels[i] + one.pixels[i];
    }
    for (kiln::Vec4& p : sum.pixels) p = p * (1.0f / kSeeds);
    return error(sum, truth);
  }

 private:
  std::unique_ptr<kiln::Renderer> renderer_ = kiln::render::make_cpu_renderer(0);
  std::uint32_t size_;
};

void run(std::uint32_t size, std::uint32_t reference_samples) {
  Bench bench(size);
  const Scene levels = ground(), plain = without_levels(levels);
  const LinearImage truth = bench.picture(plain, reference_samples, 99);
  fmt::print("| samples | error without levels | with levels | blur |\n|---|---|---|---|\n");
  for (const std::uint32_t samples : {1u, 4u, 16u, 64u, 256u}) {
    fmt::print("| {} | {:.4f} | {:.4f} | {:.4f} |\n", samples, bench.error(bench.picture(plain, samples, 0), truth),
               bench.error(bench.picture(levels, samples, 0), truth), bench.blur(levels, samples, truth));
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto number = [&](int at, int otherwise) {
      return static_cast<std::uint32_t>(std::max(1, argc > at ? std::atoi(argv[at]) : otherwise));
    };
    run(number(1, 128), number(2, 16384));
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
}
