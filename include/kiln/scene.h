#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/scene_types.h"

namespace kiln {

struct Bounds {
  Vec3 min{1e30f, 1e30f, 1e30f}, max{-1e30f, -1e30f, -1e30f};
  bool empty() const { return min.x > max.x; }
};

/// A camera of the file, placed in the world. `half_width` is NaN until an aspect ratio is chosen where the file gives
/// none.
struct SceneCamera {
  std::string name;
  std::uint32_t index = 0;  ///< index in the file's cameras array
  Camera camera;
  float aspect = 0;          ///< width over height as the file says, 0: that of the picture
  std::vector<Camera> keys;  ///< at Scene::motion_keys moments, where it moves; empty: it stands still
};

/// The light tree over the emissive triangles and the point and spot lights, without those that send nothing.
struct LightTree {
  std::vector<LightNode> nodes;  ///< empty when there is no light
  std::vector<LightSlot> slots;
  float intensity = 0;  ///< W/sr that the root's intensity of 1 stands for
};

/// A validated scene: every index is in range, every number finite, every transform invertible. Owns the arrays that
/// the kernels read. Immutable once built; shared between threads as shared_ptr<const Scene>.
struct Scene {
  std::vector<Vec3> positions, normals;  ///< one each per vertex of all meshes
  std::vector<Vec4> tangents;            ///< one per vertex, or empty when no mesh has any
  std::vector<Vec2> uvs;
  std::vector<Vec4> colors;
  std::vector<std::uint32_t> indices;
  std::vector<Mesh> meshes;
  std::vector<Instance> instances;
  std::vector<Material> materials;  ///< never empty: the default material stands last where it is used
  std::vector<MaterialLayers> material_layers;
  std::vector<Texture> textures;
  std::vector<std::uint32_t> texels;  ///< RGBA8, red in the lowest byte; all levels of the textures
  std::vector<TriangleLight> triangle_lights;
  std::vector<PunctualLight> punctual_lights;  ///< the directional ones are last
  LightTree light_tree;
  std::vector<float> directional_cdf;  ///< over the directional lights, by irradiance; empty when there are none
  float directional_irradiance = 0;    ///< of all directional lights, luminance
  std::vector<SceneCamera> cameras;
  std::vector<std::string> object_names, material_names;  ///< by object_id and by material; may be shorter, and empty
  Bounds bounds;  ///< of everything that is rendered, on all its way, in the world

  /// Motion (kernels/motion.h): how many keys there are, 0 where nothing moves, and what they are of the instances and
  /// meshes that do (Instance::first_motion, Mesh::first_motion). All other arrays show the middle of the shutter's
  /// time.
  std::uint32_t motion_keys = 0;
  std::vector<Affine> motion_transforms;
  std::vector<Vec3> motion_positions, motion_normals;

  /// Its vertices at a key; at whichever, where it does not deform.
  const Vec3* positions_at(const Mesh& mesh, std::uint32_t key) const {
    if (mesh.first_motion == kNone) return positions.data() + mesh.first_vertex;
    return motion_positions.data() + mesh.first_motion + std::size_t{key} * mesh.vertex_count;
  }

  /// Where it stands at a key; at whichever, where it does not move.
  const Affine& place_at(const Instance& instance, std::uint32_t key) const {
    return instance.first_motion == kNone ? instance.world_from_object : motion_transforms[instance.first_motion + key];
  }

  /// How many keys tell where the triangles of the instance are.
  std::uint32_t keys_of(const Instance& instance) const {
    return instance.first_motion == kNone && meshes[instance.mesh].first_motion == kNone ? 1 : motion_keys;
  }

  /// Whether it lights itself: decides between studio and black when a request gives no environment. A surface that is
  /// brighter than white (KHR_materials_emissive_strength) is a lamp; one that merely glows, as a display does, is not.
  bool has_lights() const {
    const auto is_lamp = [this](const Instance& i) {
      return i.first_light != kNone && max_component(materials[i.material].emission) > 1.0f;
    };
    return !punctual_lights.empty() || std::any_of(instances.begin(), instances.end(), is_lamp);
  }
};

/// An equirectangular environment: u = atan2(z, x) / 2 pi + 1/2, v = asin(y) / pi + 1/2 upwards, row 0 is the top.
/// A 1 x 1 image is a constant colour.
struct EnvironmentImage {
  std::uint32_t width = 0, height = 0;
  std::vector<Vec3> pixels;          ///< scene-linear radiance, finite, not negative
  std::vector<float> cumulative;     ///< what DistributionView points at (kernels/inversion.h): first over the rows, by
                                     ///< luminance times solid angle, then for each row over its pixels
  std::vector<std::uint32_t> guide;  ///< likewise
  float mean_luminance = 0;          ///< over the sphere
};

}  // namespace kiln
