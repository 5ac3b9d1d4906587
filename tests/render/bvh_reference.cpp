#include "bvh_reference.h"

#include <cmath>
#include <tbb/parallel_for.h>

#include "kernels/bvh.h"
#include "kernels/film.h"
#include "kernels/path.h"

#include "render/bvh_builder.h"
#include "render/scene_view.h"
#include "scene/environment.h"

namespace kiln::render {

FrameSettings frame_of(const Scene& scene, std::uint32_t width, std::uint32_t height, std::uint32_t samples) {
  FrameSettings frame;
  frame.width = width;
  frame.height = height;
  frame.samples_per_pixel = samples;
  frame.seed = 42;
  frame.camera = scene.cameras.at(0).camera;
  frame.camera.half_width = frame.camera.half_height * static_cast<float>(width) / static_cast<float>(height);
  if (!scene.has_lights()) frame.environment = studio_environment();
  return frame;
}

LinearImage reference_sums(const Scene& scene, const FrameSettings& frame) {
  const auto bvh = build_bvh(scene);
  SceneView view = make_scene_view(scene);
  view.environment = make_environment_view(frame);
  const FrameView frame_view = make_frame_view(frame, scene);
  const BvhIntersector intersector{bvh.value().view()};
  LinearImage image{frame.width, frame.height, std::vector<Vec4>(std::size_t{frame.width} * frame.height)};
  tbb::parallel_for(std::uint32_t{0}, frame.width * frame.height, [&](std::uint32_t pixel) {
    for (std::uint32_t s = 0; s < frame.samples_per_pixel; ++s) {
      accumulate(image.pixels[pixel], trace_path(view, frame_view, intersector, pixel, s));
    }
  });
  return image;
}

double share_of_differing_pixels(const LinearImage& a, const LinearImage& b) {
  if (a.pixels.size() != b.pixels.size() || a.pixels.empty()) return 1;
  std::size_t differing = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    const Vec3 p = xyz(a.pixels[i]), q = xyz(b.pixels[i]);
    const float tolerance = 2e-3f * (1 + max_component(q));
    differing += max_component({std::fabs(p.x - q.x), std::fabs(p.y - q.y), std::fabs(p.z - q.z)}) > tolerance;
  }
  return static_cast<double>(differing) / static_cast<double>(a.pixels.size());
}

Vec4 mean_of(const LinearImage& image) {
  Vec4 sum;
  for (const Vec4 p : image.pixels) sum = sum + p;
  return sum * (1.0f / static_cast<float>(image.pixels.size()));
}

}  // namespace kiln::render
