#include "scene/lights.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <optional>

#include "kernels/texture.h"

#include "scene/boxes.h"
#include "scene/light_tree.h"

namespace kiln {
namespace {

struct Triangle {
  std::array<std::uint32_t, 3> vertex;  ///< relative to the mesh's first
};

Triangle triangle_of(const Scene& scene, const Mesh& mesh, std::uint32_t k) {
  const std::uint32_t* i = &scene.indices[mesh.first_index + std::size_t{3} * k];
  return {{i[0], i[1], i[2]}};
}

/// Where a triangle is: the vertices of its mesh, and where these are.
struct Placement {
  const Affine& world_from_object;
  const Vec3* positions;
};

/// Its front and place; the intensity is that of a radiance of 1, 0 for one without area.
scene::BoundedLight bounded_triangle(const Placement& placement, const Triangle& t) {
  const auto at = [&](std::size_t corner) {
    return transform_point(placement.world_from_object, placement.positions[t.vertex[corner % 3]]);
  };
  scene::BoundedLight light;
  const Vec3 double_area = cross(at(1) - at(0), at(2) - at(0));
  const float size = length(double_area);
  if (!(size > 0) || !std::isfinite(size)) return light;
  light.axis = double_area * ((determinant(placement.world_from_object) < 0 ? -1.0f : 1.0f) / size);
  light.intensity = 0.5f * size;
  std::size_t longest = 0;
  const auto edge = [&](std::size_t k) { return length(at(k + 1) - at(k)); };
  for (std::size_t k = 1; k < 3; ++k)
    if (edge(k) > edge(longest)) longest = k;
  // The smallest sphere unless all angles are acute, and then a slightly larger one.
  light.center = at(longest) * 0.5f + at(longest + 1) * 0.5f;
  light.radius = std::max(0.5f * edge(longest), length(at(longest + 2) - light.center));
  return light;
}

/// As bounded_triangle, around all of its way, with the largest of its sizes.
scene::BoundedLight bounded_way(const Scene& scene, const Instance& instance, const Triangle& t) {
  const Mesh& mesh = scene.meshes[instance.mesh];
  std::vector<scene::BoundedLight> steps;
  scene::BoundedLight all;
  Vec3 axes;
  for (std::uint32_t key = 0; key < scene.keys_of(instance); ++key) {
    const auto step = bounded_triangle({scene.place_at(instance, key), scene.positions_at(mesh, key)}, t);
    if (!(step.intensity > 0)) continue;
    steps.push_back(step);
    all.center += step.center;
    axes += step.axis;
    all.intensity = std::max(all.intensity, step.intensity);
  }
  if (steps.empty()) return all;
  all.center = all.center / static_cast<float>(steps.size());
  const float size = length(axes);
  if (size > 0) all.axis = axes * (1 / size);
  for (const auto& step : steps) {
    all.radius = std::max(all.radius, length(step.center - all.center) + step.radius);
    all.cos_spread = std::min(all.cos_spread, dot(step.axis, all.axis));
  }
  all.cos_spread = std::max(all.cos_spread - 1e-4f, -1.0f);  // axes of unit length, but for rounding
  return all;
}

scene::BoundedLight bounded_punctual(const PunctualLight& punctual) {
  scene::BoundedLight light;
  light.center = punctual.position;
  light.axis = punctual.direction;
  light.intensity = luminance(punctual.intensity);
  light.cos_spread = -1;
  if (punctual.kind == PunctualKind::point) return light;
  // All of its inner cone is as bright as its axis. A thousandth more, for spots whose edge is sharp.
  const float inner = std::acos(std::clamp(punctual.cos_inner, -1.0f, 1.0f));
  const float outer = std::acos(std::clamp(punctual.cos_outer, -1.0f, 1.0f));
  light.cos_spread = punctual.cos_inner;
  light.cos_emission = std::cos(std::max(outer - inner, 0.0f)) - 0.001f;
  return light;
}

/// Mean linear RGB of a texture. Large ones are looked at in a grid: it is only a weight.
Vec3 mean_color(const Scene& scene, const Texture& texture) {
  const std::size_t texels = std::size_t{texture.width} * texture.height;
  const std::size_t step = std::max<std::size_t>(1, texels / (std::size_t{1} << 18) | 1);  // odd: not one column only
  Vec3 sum;
  std::size_t count = 0;
  for (std::size_t i = 0; i < texels; i += step, ++count)
    sum += xyz(decode_texel(scene.texels[texture.first_texel + i], texture.srgb));
  return sum / static_cast<float>(count);
}

/// How strongly each triangle of one instance emits, per area: the emissive texture is looked at inside the triangle,
/// and its mean counts for a tenth, so that a bright spot between the points of the grid is sampled as well.
class EmissionEstimate {
 public:
  EmissionEstimate(const Scene& scene, const Instance& instance, const std::vector<std::optional<Vec3>>& means)
      : scene_(scene), mesh_(scene.meshes[instance.mesh]), material_(scene.materials[instance.material]) {
    const TextureSlot& slot = material_.emissive_texture;
    if (slot.texture == kNone) return;
    mean_ = *means[slot.texture];
    textured_ = mesh_.first_uv != kNone && slot.uv_set < mesh_.uv_sets;
    view_.texels = scene.texels.data();
  }

  float mean() const { return luminance(material_.emission * mean_); }

  float of(const Triangle& t) const {
    if (!textured_) return mean();
    return 0.9f * luminance(material_.emission * inside(t)) + 0.1f * mean();
  }

 private:
  Vec3 inside(const Triangle& t) const {
    constexpr int kRows = 4;  // 16 congruent parts, one look-up in the middle of each
    Vec3 sum;
    for (int row = 0; row < kRows; ++row)
      for (int k = 0; k < 2 * row + 1; ++k) {
        const float v = (static_cast<float>(row) + (k % 2 ? 1 / 3.0f : 2 / 3.0f)) / kRows;
        const int pair = k / 2;
        const float w = (static_cast<float>(pair) + (k % 2 ? 2 / 3.0f : 1 / 3.0f)) / kRows;
        sum += look_up(t, 1 - v, v - w, w);
      }
    return sum / static_cast<float>(kRows * kRows);
  }

  Vec3 look_up(const Triangle& t, float a, float b, float c) const {
    const TextureSlot& slot = material_.emissive_texture;
    const Vec2* uvs = scene_.uvs.data() + mesh_.first_uv + std::size_t{slot.uv_set} * mesh_.vertex_count;
    const Vec2 uv = uvs[t.vertex[0]] * a + uvs[t.vertex[1]] * b + uvs[t.vertex[2]] * c;
    return xyz(sample_texture(view_, scene_.textures[slot.texture], slot_uv(slot, uv)));
  }

  const Scene& scene_;
  const Mesh& mesh_;
  const Material& material_;
  SceneView view_;
  Vec3 mean_{1, 1, 1};
  bool textured_ = false;
};

std::vector<std::optional<Vec3>> emissive_means(const Scene& scene) {
  std::vector<std::optional<Vec3>> means(scene.textures.size());
  for (const Material& m : scene.materials) {
    const std::uint32_t t = m.emissive_texture.texture;
    if (t != kNone && max_component(m.emission) > 0 && !means[t]) means[t] = mean_color(scene, scene.textures[t]);
  }
  return means;
}

Bounds mesh_bounds(const Scene& scene, const Mesh& mesh, const Affine& world_from_object, std::uint32_t key) {
  Bounds b;
  const Vec3* positions = scene.positions_at(mesh, key);
  for (std::size_t i = 0; i < std::size_t{3} * mesh.triangle_count; ++i)
    grow(b, transform_point(world_from_object, positions[scene.indices[mesh.first_index + i]]));
  return b;
}

/// On all of its way.
Bounds mesh_bounds(const Scene& scene, const Mesh& mesh) {
  Bounds all;
  const std::uint32_t keys = mesh.first_motion == kNone ? 1 : scene.motion_keys;
  for (std::uint32_t key = 0; key < keys; ++key) grow(all, mesh_bounds(scene, mesh, {}, key));
  return all;
}

/// Exact where that is quick; where many instances share large meshes, the box around each one's turned box.
Bounds scene_bounds(const Scene& scene) {
  constexpr std::uint64_t kMaxCorners = 50'000'000;
  std::uint64_t corners = 0;
  for (const Instance& i : scene.instances)
    corners += std::uint64_t{3} * scene.meshes[i.mesh].triangle_count * scene.keys_of(i);
  std::vector<Bounds> local;
  if (corners > kMaxCorners)
    for (const Mesh& m : scene.meshes) local.push_back(mesh_bounds(scene, m));
  Bounds all;
  for (const Instance& i : scene.instances) {
    for (std::uint32_t key = 0; key < scene.keys_of(i); ++key) {
      const Affine& place = scene.place_at(i, key);
      grow(all,
           local.empty() ? mesh_bounds(scene, scene.meshes[i.mesh], place, key) : transformed(local[i.mesh], place));
    }
  }
  return all;
}

/// Adds the triangles of all instances that emit to the scene, and what the light tree must know of each to `lights`.
Result<void> add_triangle_lights(Scene& scene, std::uint64_t max_lights, std::vector<scene::BoundedLight>& lights) {
  const auto means = emissive_means(scene);
  for (std::uint32_t n = 0; n < scene.instances.size(); ++n) {
    Instance& instance = scene.instances[n];
    instance.first_light = kNone;
    const Material& material = scene.materials[instance.material];
    if (material.unlit || !(max_component(material.emission) > 0)) continue;
    const EmissionEstimate emission(scene, instance, means);
    if (!(emission.mean() > 0)) continue;
    const Mesh& mesh = scene.meshes[instance.mesh];
    if (scene.triangle_lights.size() + mesh.triangle_count > max_lights)
      return Error{ErrorCode::limit_exceeded,
                   fmt::format("the scene has more than {} emissive triangles, instances counted each", max_lights),
                   {}};
    const Vec3* positions = scene.positions.data() + mesh.first_vertex;
    instance.first_light = static_cast<std::uint32_t>(scene.triangle_lights.size());
    for (std::uint32_t k = 0; k < mesh.triangle_count; ++k) {
      const Triangle t = triangle_of(scene, mesh, k);
      lights.push_back(scene.keys_of(instance) > 1 ? bounded_way(scene, instance, t)
                                                   : bounded_triangle({instance.world_from_object, positions}, t));
      lights.back().intensity *= emission.of(t);
      lights.back().is_two_sided = material.double_sided;
      scene.triangle_lights.push_back({n, k, kNone});
    }
  }
  return {};
}

/// They are infinitely far: outside the tree, drawn by irradiance.
void add_directional_lights(Scene& scene) {
  const auto is_bounded = [](const PunctualLight& l) { return l.kind != PunctualKind::directional; };
  const auto first = std::stable_partition(scene.punctual_lights.begin(), scene.punctual_lights.end(), is_bounded);
  double sum = 0;
  std::vector<double> up_to;
  for (auto light = first; light != scene.punctual_lights.end(); ++light)
    up_to.push_back(sum += std::clamp(luminance(light->intensity), 0.0f, 1e30f));
  scene.directional_cdf.clear();
  scene.directional_irradiance = static_cast<float>(sum);
  for (const double s : up_to) scene.directional_cdf.push_back(sum > 0 ? static_cast<float>(s / sum) : 1.0f);
}

}  // namespace

Result<void> build_lights(Scene& scene, std::uint64_t max_lights) {
  scene.bounds = scene_bounds(scene);
  scene.triangle_lights.clear();
  std::vector<scene::BoundedLight> lights;
  if (auto added = add_triangle_lights(scene, max_lights, lights); !added) return added;
  add_directional_lights(scene);
  const std::size_t bounded = scene.punctual_lights.size() - scene.directional_cdf.size();
  for (std::size_t i = 0; i < bounded; ++i) lights.push_back(bounded_punctual(scene.punctual_lights[i]));
  scene.light_tree = scene::build_light_tree(lights);
  for (std::uint32_t slot = 0; slot < scene.light_tree.slots.size(); ++slot) {
    const std::uint32_t light = scene.light_tree.slots[slot].light;
    if (light < scene.triangle_lights.size()) scene.triangle_lights[light].slot = slot;
  }
  return {};
}

}  // namespace kiln
