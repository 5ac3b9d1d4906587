#include "render/cuda_scene.h"

#include "render/scene_view.h"

namespace kiln::render {
namespace {

/// Uploads one array after the other until one fails.
class Uploader {
 public:
  Uploader(DeviceArrays& arrays, const Stream& stream, const std::stop_token& stop)
      : arrays_(arrays), stream_(stream), stop_(stop) {}

  template <class T>
  void operator()(const std::vector<T>& source, std::string_view what, const T*& target) {
    if (!done_) return;
    const auto data = arrays_.add(source, what, stream_, stop_);
    if (data) {
      target = *data;
    } else {
      done_ = data.error();
    }
  }
  const Result<void>& done() const { return done_; }

 private:
  DeviceArrays& arrays_;
  const Stream& stream_;
  const std::stop_token stop_;
  Result<void> done_;
};

}  // namespace

Result<DeviceScene> upload_scene(const Scene& scene, const Bvh& bvh, const Stream& stream,
                                 const std::stop_token& stop) {
  DeviceScene device;
  SceneView& view = device.view;
  view = make_scene_view(scene);  // the counts stay, each pointer is replaced
  Uploader upload(device.arrays, stream, stop);
  upload(scene.positions, "the scene's vertex positions", view.positions);
  upload(scene.normals, "the scene's normals", view.normals);
  upload(scene.tangents, "the scene's tangents", view.tangents);
  upload(scene.uvs, "the scene's texture coordinates", view.uvs);
  upload(scene.colors, "the scene's vertex colours", view.colors);
  upload(scene.indices, "the scene's triangles", view.indices);
  upload(scene.meshes, "the scene's meshes", view.meshes);
  upload(scene.instances, "the scene's instances", view.instances);
  upload(scene.materials, "the scene's materials", view.materials);
  upload(scene.material_layers, "the scene's materials", view.material_layers);
  upload(scene.textures, "the scene's texture table", view.textures);
  upload(scene.texels, "the scene's textures", view.texels);
  upload(scene.triangle_lights, "the scene's emissive triangles", view.triangle_lights);
  upload(scene.punctual_lights, "the scene's lights", view.punctual_lights);
  upload(scene.directional_cdf, "the scene's lights", view.directional_cdf);
  upload(scene.light_tree.nodes, "the scene's light tree", view.light_tree.nodes);
  upload(scene.light_tree.slots, "the scene's light tree", view.light_tree.slots);
  upload(scene.motion_transforms, "the scene's motion", view.motion.transforms);
  upload(scene.motion_positions, "the scene's motion", view.motion.positions);
  upload(scene.motion_normals, "the scene's motion", view.motion.normals);
  upload(bvh.nodes, "the acceleration structure", device.bvh.nodes);
  upload(bvh.triangles, "the acceleration structure", device.bvh.triangles);
  upload(bvh.instances, "the acceleration structure", device.bvh.instances);
  upload(bvh.corners, "the acceleration structure", device.bvh.corners);
  upload(bvh.deforming, "the acceleration structure", device.bvh.deforming);
  if (!upload.done()) return upload.done().error();
  device.bvh.transforms = view.motion.transforms;
  device.bvh.key_count = bvh.key_count;
  device.bvh.root = bvh.root;
  return device;
}

Result<DeviceEnvironment> upload_environment(const EnvironmentImage& image, const Stream& stream) {
  DeviceEnvironment device;
  device.view = make_environment_view(image);  // the numbers stay, each pointer is replaced
  Uploader upload(device.arrays, stream, {});
  upload(image.pixels, "the environment image", device.view.pixels);
  upload(image.cumulative, "the environment image", device.view.cumulative);
  upload(image.guide, "the environment image", device.view.guide);
  if (!upload.done()) return upload.done().error();
  return device;
}

}  // namespace kiln::render
