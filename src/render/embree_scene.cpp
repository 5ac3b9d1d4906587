#include "render/embree_scene.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <sys/types.h>

#include "render/embree.h"

namespace kiln::render {

/// An empty scene that lets rays bring a filter along (embree.h).
static RTCScene new_scene(RTCDevice device) {
  RTCScene scene = rtcNewScene(device);
  rtcSetSceneFlags(scene, RTC_SCENE_FLAG_CONTEXT_FILTER_FUNCTION);
  return scene;
}

/// Gives the geometry the vertices of the mesh at one key. Embree gets copies of the positions, because it reads 16
/// bytes at each. False: there is no memory for them.
static bool set_vertices(RTCGeometry geometry, const Scene& scene, const Mesh& mesh, const Affine& place,
                         std::uint32_t key) {
  auto* positions = static_cast<Vec3*>(rtcSetNewGeometryBuffer(geometry, RTC_BUFFER_TYPE_VERTEX, key, RTC_FORMAT_FLOAT3,
                                                               sizeof(Vec3), mesh.vertex_count));
  if (!positions) return false;
  const Vec3* from = scene.positions_at(mesh, key);
  for (std::uint32_t i = 0; i < mesh.vertex_count; ++i) positions[i] = transform_point(place, from[i]);
  return true;
}

/// Adds the mesh, moved by `place`, to a scene.
static void attach_mesh(RTCDevice device, RTCScene to, const Scene& scene, const Mesh& mesh, const Affine& place) {
  RTCGeometry geometry = rtcNewGeometry(device, RTC_GEOMETRY_TYPE_TRIANGLE);
  const std::uint32_t keys = mesh.first_motion == kNone ? 1 : scene.motion_keys;
  if (keys > 1) rtcSetGeometryTimeStepCount(geometry, keys);
  bool is_complete = true;
  for (std::uint32_t key = 0; key < keys && is_complete; ++key) {
    is_complete = set_vertices(geometry, scene, mesh, place, key);
  }
  auto* corners = static_cast<std::uint32_t*>(rtcSetNewGeometryBuffer(
      geometry, RTC_BUFFER_TYPE_INDEX, 0, RTC_FORMAT_UINT3, 3 * sizeof(std::uint32_t), mesh.triangle_count));
  if (is_complete && corners) {
    const auto first = scene.indices.begin() + mesh.first_index;
    std::copy(first, first + std::size_t{3} * mesh.triangle_count, corners);
    rtcCommitGeometry(geometry);
    rtcAttachGeometry(to, geometry);
  }
  rtcReleaseGeometry(geometry);
}

static void attach_instance(RTCDevice device, RTCScene to, RTCScene mesh, const Scene& scene,
                            const Instance& instance) {
  RTCGeometry geometry = rtcNewGeometry(device, RTC_GEOMETRY_TYPE_INSTANCE);
  rtcSetGeometryInstancedScene(geometry, mesh);
  const std::uint32_t keys = instance.first_motion == kNone ? 1 : scene.motion_keys;
  if (keys > 1) rtcSetGeometryTimeStepCount(geometry, keys);
  for (std::uint32_t key = 0; key < keys; ++key) {
    rtcSetGeometryTransform(geometry, key, RTC_FORMAT_FLOAT3X4_COLUMN_MAJOR, &scene.place_at(instance, key));
  }
  rtcCommitGeometry(geometry);
  rtcAttachGeometry(to, geometry);
  rtcReleaseGeometry(geometry);
}

namespace {

/// What Embree's threads look at while they build. The counts that they leave order what they read before what the
/// builder does with it later, for whom Embree's own ordering cannot be seen (ThreadSanitizer).
struct Progress {
  const std::stop_token& stop;
  std::atomic<unsigned> looks = 0;
};

}  // namespace

/// Embree asks now and then while it builds whether it should go on; any of its threads.
static bool go_on(void* progress, double) {
  auto& p = *static_cast<Progress*>(progress);
  const bool stopped = p.stop.stop_requested();
  p.looks.fetch_add(1, std::memory_order_release);
  return !stopped;
}

static void commit(RTCScene scene, const std::stop_token& stop) {
  Progress progress{stop};
  rtcSetSceneProgressMonitorFunction(scene, go_on, &progress);
  rtcCommitScene(scene);
  rtcSetSceneProgressMonitorFunction(scene, nullptr, nullptr);
  (void)progress.looks.load(std::memory_order_acquire);
}

RTCSceneTy* EmbreeScene::build_mesh(const Scene& scene, const Mesh& mesh, const std::stop_token& stop) {
  RTCScene built = new_scene(device_);
  attach_mesh(device_, built, scene, mesh, Affine{});
  commit(built, stop);
  return built;
}

void EmbreeScene::add_instances(const Scene& scene, const std::stop_token& stop) {
  std::vector<std::uint32_t> uses(scene.meshes.size());
  for (const Instance& instance : scene.instances) ++uses[instance.mesh];
  meshes_.resize(scene.meshes.size());
  for (std::uint32_t i = 0; i < scene.instances.size() && !stop.stop_requested(); ++i) {
    const Instance& instance = scene.instances[i];
    const Mesh& mesh = scene.meshes[instance.mesh];
    if (mesh.triangle_count == 0) continue;
    const bool in_world = uses[instance.mesh] == 1 && instance.first_motion == kNone;
    if (in_world) {
      attach_mesh(device_, scene_, scene, mesh, instance.world_from_object);
    } else {
      RTCScene& shared = meshes_[instance.mesh];
      if (!shared) shared = build_mesh(scene, mesh, stop);
      attach_instance(device_, scene_, shared, scene, instance);
    }
    // Embree numbers what is attached from 0.
    geometries_.push_back({i, culled_winding(instance, scene.materials[instance.material], in_world)});
  }
}

/// Embree's monitor of what it allocates (positive) and frees (negative); any of its threads.
static bool count_bytes(void* total, ssize_t bytes, bool) {
  static_cast<std::atomic<std::int64_t>*>(total)->fetch_add(bytes, std::memory_order_release);
  return true;
}

std::uint64_t EmbreeScene::bytes() const {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, bytes_.load(std::memory_order_acquire)));
}

Result<std::unique_ptr<EmbreeScene>> EmbreeScene::build(const Scene& scene, unsigned threads,
                                                        const std::stop_token& stop) {
  std::unique_ptr<EmbreeScene> built(new EmbreeScene);
  built->device_ = rtcNewDevice(("threads=" + std::to_string(threads)).c_str());
  if (!built->device_) return Error{ErrorCode::internal, "Embree cannot start on this machine.", {}};
  rtcSetDeviceMemoryMonitorFunction(built->device_, count_bytes, &built->bytes_);
  built->scene_ = new_scene(built->device_);
  built->add_instances(scene, stop);
  if (!stop.stop_requested()) commit(built->scene_, stop);
  if (stop.stop_requested()) return Error{ErrorCode::cancelled, "Preparing the scene was cancelled.", {}};
  const RTCError error = rtcGetDeviceError(built->device_);
  if (error == RTC_ERROR_OUT_OF_MEMORY) {
    return Error{ErrorCode::out_of_memory, "There is not enough memory for the scene's acceleration structure.", {}};
  }
  if (error != RTC_ERROR_NONE) {
    return Error{ErrorCode::internal, "Embree failed to build the scene, error " + std::to_string(error) + ".", {}};
  }
  return built;
}

EmbreeScene::~EmbreeScene() {
  if (scene_) rtcReleaseScene(scene_);
  for (RTCScene mesh : meshes_) {
    if (mesh) rtcReleaseScene(mesh);
  }
  if (device_) rtcReleaseDevice(device_);
  (void)bytes_.load(std::memory_order_acquire);  // as Progress says
}

}  // namespace kiln::render
