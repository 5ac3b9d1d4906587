#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

#include "kiln/error.h"
#include "kiln/scene.h"

#include "render/embree_geometry.h"

struct RTCDeviceTy;
struct RTCSceneTy;

namespace kiln::render {

/// Embree's acceleration structure over a Scene. Immutable once built; any number of threads may trace it.
class EmbreeScene {
 public:
  /// Builds with up to `threads` threads, which inherit the caller's priority. Errors: cancelled, out_of_memory,
  /// internal.
  static Result<std::unique_ptr<EmbreeScene>> build(const Scene& scene, unsigned threads, const std::stop_token& stop);

  ~EmbreeScene();
  EmbreeScene(const EmbreeScene&) = delete;
  EmbreeScene& operator=(const EmbreeScene&) = delete;

  RTCSceneTy* handle() const { return scene_; }

  std::uint64_t bytes() const;  ///< memory that Embree holds for it

  /// What the geometries of the top level stand for, by id.
  const EmbreeGeometry* geometries() const { return geometries_.data(); }

 private:
  EmbreeScene() = default;
  void add_instances(const Scene& scene, const std::stop_token& stop);
  RTCSceneTy* build_mesh(const Scene& scene, const Mesh& mesh, const std::stop_token& stop);

  std::atomic<std::int64_t> bytes_ = 0;
  RTCDeviceTy* device_ = nullptr;
  RTCSceneTy* scene_ = nullptr;
  std::vector<RTCSceneTy*> meshes_;  ///< of the meshes that are instanced, else null
  std::vector<EmbreeGeometry> geometries_;
};

}  // namespace kiln::render
