#include "scene/gltf_cameras.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kiln::scene {
namespace {

/// Turned and moved like the node, but never scaled or skewed (glTF 2.0, section 3.10.1).
bool place_camera(const Affine& world, Camera& camera) {
  camera.eye = world.t;
  const Vec3 side = cross(world.y, world.z), up = cross(world.z, side);
  if (!(length(side) > 0) || !(length(up) > 0)) return false;
  camera.right = normalize(side);
  camera.up = normalize(up);
  camera.forward = cross(camera.up, camera.right);
  return is_finite(camera.right) && is_finite(camera.up) && is_finite(camera.forward);
}

void set_lens(const Json& source, SceneCamera& out) {
  if (source.contains("orthographic")) {
    const Json& lens = source["orthographic"];
    out.camera.projection = Projection::orthographic;
    out.camera.half_width = std::abs(lens["xmag"].get<float>());
    out.camera.half_height = std::abs(lens["ymag"].get<float>());
    out.aspect = out.camera.half_width / out.camera.half_height;
    return;
  }
  const Json& lens = source["perspective"];
  out.aspect = lens.value("aspectRatio", 0.0f);
  out.camera.half_height = std::tan(lens["yfov"].get<float>() / 2);
  out.camera.half_width =
      out.aspect > 0 ? out.camera.half_height * out.aspect : std::numeric_limits<float>::quiet_NaN();
}

/// Field of view below 180 degrees, sizes above zero.
bool is_usable(const Camera& camera) {
  return camera.half_height > 0 && camera.half_height < 1e6f && !(camera.half_width <= 0);
}

bool is_same_place(const Camera& a, const Camera& b) {
  return a.eye == b.eye && a.right == b.right && a.up == b.up && a.forward == b.forward;
}

/// The camera at all keys; none where it stands still, or has no direction at some of them.
std::vector<Camera> camera_keys(const Camera& camera, std::uint32_t node, std::span<const KeyPose> keys) {
  std::vector<Camera> placed(keys.size(), camera);
  for (std::size_t k = 0; k < keys.size(); ++k)
    if (!place_camera(keys[k].world_from_node[node], placed[k])) return {};
  const auto is_first = [&](const Camera& c) { return is_same_place(c, placed.front()); };
  if (std::ranges::all_of(placed, is_first)) placed.clear();
  return placed;
}

}  // namespace

void add_cameras(const Document& document, const NodeTree& tree, std::span<const KeyPose> keys, Scene& scene) {
  std::vector<std::uint32_t> nodes = tree.visible;
  std::sort(nodes.begin(), nodes.end());
  for (const std::uint32_t node : nodes) {
    const int index = document.model.nodes[node].camera;
    if (index < 0) continue;
    const Json& source = document.json["cameras"][static_cast<std::size_t>(index)];
    SceneCamera out;
    out.index = static_cast<std::uint32_t>(index);
    out.name = source.value("name", document.model.nodes[node].name);
    set_lens(source, out);
    if (!is_usable(out.camera) || !place_camera(tree.world_from_node[node], out.camera)) continue;
    out.keys = camera_keys(out.camera, node, keys);
    scene.cameras.push_back(std::move(out));
  }
}

}  // namespace kiln::scene
