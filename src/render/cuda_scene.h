#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/bvh_node.h"
#include "kernels/scene_view.h"
#include "kiln/scene.h"

#include "render/bvh_builder.h"
#include "render/cuda_resources.h"

namespace kiln::render {

/// Arrays on the device that go together: what is added stays until the owner goes.
class DeviceArrays {
 public:
  /// Copies `source` in stream order and returns where it lies on the device; null for an empty one.
  /// Errors: cancelled, out_of_device_memory, device_fault.
  template <class T>
  Result<const T*> add(const std::vector<T>& source, std::string_view what, const Stream& stream,
                       const std::stop_token& stop) {
    auto buffer = upload_bytes(std::as_bytes(std::span(source)), what, stream, stop);
    if (!buffer) return buffer.error();
    const T* data = static_cast<const T*>(buffer->data());
    buffers_.push_back(std::move(*buffer));
    return data;
  }

  std::uint64_t bytes() const {
    std::uint64_t total = 0;
    for (const DeviceBuffer& buffer : buffers_) total += buffer.bytes();
    return total;
  }

 private:
  std::vector<DeviceBuffer> buffers_;
};

/// A scene on the device with its acceleration structure. The view's environment is left black.
struct DeviceScene {
  DeviceArrays arrays;
  SceneView view;
  BvhView bvh;
};

/// An environment image on the device; rotation and intensity are the frame's.
struct DeviceEnvironment {
  DeviceArrays arrays;
  EnvironmentView view;
};

/// Copy in stream order. Errors: cancelled, out_of_device_memory, device_fault.
Result<DeviceScene> upload_scene(const Scene& scene, const Bvh& bvh, const Stream& stream, const std::stop_token& stop);
Result<DeviceEnvironment> upload_environment(const EnvironmentImage& image, const Stream& stream);

}  // namespace kiln::render
