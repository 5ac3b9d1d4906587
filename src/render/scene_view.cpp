#include "render/scene_view.h"

#include <algorithm>
#include <cmath>

namespace kiln::render {

/// Whether it may let light straight through.
static bool is_sheet(const Scene& scene, const Material& m) {
  if (m.layers == kNone) return false;
  const MaterialLayers& l = scene.material_layers[m.layers];
  return l.transmission > 0 && !l.has_volume;
}

SceneView make_scene_view(const Scene& scene) {
  SceneView view;
  view.positions = scene.positions.data();
  view.normals = scene.normals.data();
  view.tangents = scene.tangents.data();
  view.uvs = scene.uvs.data();
  view.colors = scene.colors.data();
  view.indices = scene.indices.data();
  view.meshes = scene.meshes.data();
  view.instances = scene.instances.data();
  view.materials = scene.materials.data();
  view.material_layers = scene.material_layers.data();
  view.textures = scene.textures.data();
  view.texels = scene.texels.data();
  view.triangle_lights = scene.triangle_lights.data();
  view.punctual_lights = scene.punctual_lights.data();
  view.directional_cdf = scene.directional_cdf.data();
  view.light_tree.nodes = scene.light_tree.nodes.data();
  view.light_tree.slots = scene.light_tree.slots.data();
  view.light_tree.slot_count = static_cast<std::uint32_t>(scene.light_tree.slots.size());
  view.light_tree.intensity = scene.light_tree.intensity;
  view.triangle_light_count = static_cast<std::uint32_t>(scene.triangle_lights.size());
  view.directional_light_count = static_cast<std::uint32_t>(scene.directional_cdf.size());
  view.first_directional_light =
      static_cast<std::uint32_t>(scene.punctual_lights.size() - scene.directional_cdf.size());
  view.directional_irradiance = scene.directional_irradiance;
  view.motion = {scene.motion_transforms.data(), scene.motion_positions.data(), scene.motion_normals.data(),
                 scene.motion_keys};
  view.has_cutouts = std::ranges::any_of(scene.instances, [&](const Instance& instance) {
    const Material& m = scene.materials[instance.material];
    return m.alpha_mode != AlphaMode::opaque || is_sheet(scene, m);
  });
  return view;
}

EnvironmentView make_environment_view(const EnvironmentImage& image) {
  EnvironmentView view;
  view.pixels = image.pixels.data();
  view.cumulative = image.cumulative.data();
  view.guide = image.guide.data();
  view.width = image.width;
  view.height = image.height;
  view.mean_luminance = image.mean_luminance;
  return view;
}

EnvironmentView make_environment_view(const FrameSettings& settings) {
  if (!settings.environment) return {};
  EnvironmentView view = make_environment_view(*settings.environment);
  view.rotation_rad = settings.environment_rotation_rad;
  view.intensity = settings.environment_intensity;
  return view;
}

static BackgroundMode mode_of(BackgroundKind kind) {
  switch (kind) {
    case BackgroundKind::transparent:
      return BackgroundMode::transparent;
    case BackgroundKind::color:
      return BackgroundMode::color;
    case BackgroundKind::environment:
      break;
  }
  return BackgroundMode::environment;
}

/// FrameView::pixel_cone for its camera and film.
static float pixel_cone(const FrameView& view, const Scene& scene) {
  if (std::ranges::none_of(scene.textures, [](const Texture& t) { return t.level_count > 1; })) return 0;
  const float pixels = static_cast<float>(view.film_width) * static_cast<float>(view.film_height);
  return 2.0f * std::sqrt(view.camera.half_width * view.camera.half_height / pixels);
}

FrameView make_frame_view(const FrameSettings& settings, const Scene& scene) {
  FrameView view;
  view.camera = settings.camera;
  view.width = settings.width;
  view.height = settings.height;
  const bool is_whole = settings.film.width == 0 || settings.film.height == 0;
  view.film_width = is_whole ? settings.width : settings.film.width;
  view.film_height = is_whole ? settings.height : settings.film.height;
  view.film_x = settings.film.x;
  view.film_y = settings.film.y;
  view.filter_width_px = settings.filter_width_px;
  view.max_depth = settings.max_depth;
  view.seed = settings.seed;
  view.background = mode_of(settings.background.kind);
  view.background_color = settings.background.color;
  view.firefly_clamp = settings.firefly_clamp.value_or(view.firefly_clamp);
  view.pixel_cone = pixel_cone(view, scene);
  view.has_shadow_ground = settings.shadow_ground_m.has_value();
  view.shadow_ground_m = settings.shadow_ground_m.value_or(0.0f);
  const std::size_t camera_keys = std::min<std::size_t>(settings.camera_keys.size(), kMaxMotionKeys);
  view.camera_key_count = camera_keys < 2 ? 0 : static_cast<std::uint32_t>(camera_keys);
  std::copy_n(settings.camera_keys.begin(), view.camera_key_count, view.camera_keys);
  view.has_shutter = scene.motion_keys > 0 || view.camera_key_count > 0;
  return view;
}

}  // namespace kiln::render
