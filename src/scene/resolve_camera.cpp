#include "scene/resolve_camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "scene/name_list.h"

namespace kiln::scene {
namespace {

constexpr float kRadPerDeg = std::numbers::pi_v<float> / 180;
constexpr float kDefaultFovDeg = 45;

Error bad_request(std::string message, std::string pointer) {
  return {ErrorCode::invalid_request, std::move(message), std::move(pointer)};
}

bool is_finite(Vec3 v) { return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.z); }

/// Some axis that is far from parallel to `v`.
Vec3 other_axis(Vec3 v) { return std::abs(v.z) < 0.9f ? Vec3{0, 0, 1} : Vec3{1, 0, 0}; }

/// Looks along `forward` (unit); an `up` without direction, or along the view, is replaced by an axis across it.
void set_frame(Camera& camera, Vec3 forward, Vec3 up) {
  Vec3 right = cross(forward, up);
  if (!(length(right) > 1e-4f * length(up))) right = cross(forward, other_axis(forward));
  camera.forward = forward;
  camera.right = normalize(right);
  camera.up = cross(camera.right, camera.forward);
}

void set_perspective(Camera& camera, float vertical_fov_deg, float aspect) {
  camera.projection = Projection::perspective;
  camera.half_height = std::tan(vertical_fov_deg * kRadPerDeg / 2);
  camera.half_width = camera.half_height * aspect;
}

Result<Camera> from_orbit(const OrbitCamera& orbit, float fov_deg, float aspect) {
  const float theta = orbit.theta_deg * kRadPerDeg, phi = orbit.phi_deg * kRadPerDeg;
  const Vec3 outwards{std::sin(phi) * std::sin(theta), std::cos(phi), std::sin(phi) * std::cos(theta)};
  Camera camera;
  camera.eye = orbit.target + orbit.radius * outwards;
  if (!(orbit.radius > 0) || !is_finite(camera.eye) || !is_finite(outwards))
    return bad_request("the orbit's radius must be above 0 and all its numbers finite", "/camera/orbit");
  // Above a pole the picture's up is where the meridian comes from, so that it turns smoothly with theta.
  const bool is_polar = std::abs(outwards.y) > 0.9999f;
  const Vec3 meridian = Vec3{std::sin(theta), 0, std::cos(theta)} * (outwards.y > 0 ? -1.0f : 1.0f);
  set_frame(camera, -outwards, is_polar ? meridian : Vec3{0, 1, 0});
  set_perspective(camera, fov_deg, aspect);
  return camera;
}

Result<Camera> from_look_at(const LookAtCamera& view, float fov_deg, float aspect) {
  const Vec3 towards = view.target - view.eye;
  const float distance = length(towards);
  if (!is_finite(view.eye) || !is_finite(view.up) || !(distance > 0) || !std::isfinite(distance))
    return bad_request("eye and target must be different points with finite numbers", "/camera/look_at");
  Camera camera;
  camera.eye = view.eye;
  set_frame(camera, towards / distance, length(view.up) > 0 ? normalize(view.up) : Vec3{0, 1, 0});
  set_perspective(camera, fov_deg, aspect);
  return camera;
}

std::string camera_list(const Scene& scene) {
  std::vector<std::string> names;
  for (const SceneCamera& camera : scene.cameras)
    names.push_back(std::to_string(names.size()) + (camera.name.empty() ? "" : " (\"" + camera.name + "\")"));
  return name_list(names);
}

Result<const SceneCamera*> find_camera(const Scene& scene, const GltfCamera& wanted) {
  const auto* name = std::get_if<std::string>(&wanted.which);
  const std::uint32_t index = name == nullptr ? std::get<std::uint32_t>(wanted.which) : 0;
  if (name == nullptr && index < scene.cameras.size()) return &scene.cameras[index];
  if (name != nullptr) {
    const auto it =
        std::find_if(scene.cameras.begin(), scene.cameras.end(), [&](const auto& c) { return c.name == *name; });
    if (it != scene.cameras.end()) return &*it;
  }
  const std::string what = name == nullptr ? std::to_string(index) : "\"" + *name + "\"";
  return Error{ErrorCode::unknown_camera, "the scene has no camera " + what + "; " + camera_list(scene),
               "/camera/gltf"};
}

/// `key`: of the camera's motion.
Camera from_scene(const SceneCamera& source, const std::optional<float>& fov_deg, float aspect,
                  std::optional<std::size_t> key) {
  Camera camera = key && *key < source.keys.size() ? source.keys[*key] : source.camera;
  if (camera.projection == Projection::orthographic) {
    const float own = camera.half_width / camera.half_height;
    if (aspect > own)
      camera.half_width = camera.half_height * aspect;
    else
      camera.half_height = camera.half_width / aspect;
  } else if (fov_deg) {
    set_perspective(camera, *fov_deg, aspect);
  } else {
    camera.half_width = camera.half_height * aspect;
  }
  return camera;
}

Vec3 center_of(const Bounds& bounds) { return bounds.min * 0.5f + bounds.max * 0.5f; }

/// Which eyes have a box in view on one axis of the film, whose half is `tangent` at distance 1: those with
/// across - ahead tangent >= high and -across - ahead tangent >= low.
struct Reach {
  float low = -1e30f, high = -1e30f;

  void grow(float across, float ahead, float tangent) {
    high = std::max(high, across - ahead * tangent);
    low = std::max(low, -across - ahead * tangent);
  }
  /// Of the nearest of them, which sees as much free space on one side as on the other.
  float eye_ahead(float tangent) const { return -(low + high) / (2 * tangent); }
  float eye_across() const { return (high - low) / 2; }
};

/// The place from which the box fills the picture as far as its shape lets it, with a margin, looking from slightly
/// above and a little to the right.
Camera framed(const Bounds& bounds, float fov_deg, float aspect) {
  constexpr float kMargin = 1.08f;
  const Vec3 from = normalize(Vec3{0.55f, 0.4f, 1});
  Camera camera;
  set_frame(camera, -from, {0, 1, 0});
  set_perspective(camera, fov_deg, aspect);
  if (bounds.empty()) {
    camera.eye = {0, 0, 1};
    set_frame(camera, {0, 0, -1}, {0, 1, 0});
    return camera;
  }
  const Vec3 center = center_of(bounds), half = bounds.max * 0.5f - bounds.min * 0.5f;
  const float least = std::max(0.01f * max_component(half), 1e-6f * std::max(1.0f, length(center)));
  const float tan_x = camera.half_width / kMargin, tan_y = camera.half_height / kMargin;
  Reach sideways, upwards;
  float nearest = 0;  // corner, towards the eye
  for (int corner = 0; corner < 8; ++corner) {
    const Vec3 p{corner & 1 ? half.x : -half.x, corner & 2 ? half.y : -half.y, corner & 4 ? half.z : -half.z};
    const float ahead = dot(p, camera.forward);
    sideways.grow(dot(p, camera.right), ahead, tan_x);
    upwards.grow(dot(p, camera.up), ahead, tan_y);
    nearest = std::min(nearest, ahead);
  }
  // Never inside a box that is flat as seen from here.
  const float ahead = std::min({sideways.eye_ahead(tan_x), upwards.eye_ahead(tan_y), nearest - least});
  camera.eye =
      center + camera.forward * ahead + camera.right * sideways.eye_across() + camera.up * upwards.eye_across();
  return camera;
}

Result<Camera> placed(const Scene& scene, const CameraRequest& request, float aspect, const Bounds& framing,
                      std::optional<std::size_t> key) {
  const float fov_deg = request.vertical_fov_deg.value_or(kDefaultFovDeg);
  if (const auto* orbit = std::get_if<OrbitCamera>(&request.placement)) return from_orbit(*orbit, fov_deg, aspect);
  if (const auto* view = std::get_if<LookAtCamera>(&request.placement)) return from_look_at(*view, fov_deg, aspect);
  if (const auto* wanted = std::get_if<GltfCamera>(&request.placement)) {
    const auto camera = find_camera(scene, *wanted);
    if (!camera) return camera.error();
    return from_scene(**camera, request.vertical_fov_deg, aspect, key);
  }
  if (!scene.cameras.empty()) return from_scene(scene.cameras.front(), request.vertical_fov_deg, aspect, key);
  return framed(framing, fov_deg, aspect);
}

/// What a camera looks at, and is turned around.
Vec3 pivot_of(const CameraRequest& request, const Bounds& framing) {
  if (const auto* orbit = std::get_if<OrbitCamera>(&request.placement)) return orbit->target;
  if (const auto* view = std::get_if<LookAtCamera>(&request.placement)) return view->target;
  return framing.empty() ? Vec3{0, 0, 0} : center_of(framing);
}

/// How far away what the camera looks at is, along the view axis: at least a tenth of the whole way, where it lies
/// behind the camera or beside it.
float distance_along_view(const Camera& camera, Vec3 seen) {
  constexpr float kNearest_m = 1e-6f;
  const Vec3 towards = seen - camera.eye;
  return std::max({dot(towards, camera.forward), 0.1f * length(towards), kNearest_m});
}

/// The focal length of a perspective camera whose sensor is as high as that of 35 mm film.
float focal_length_m(const Camera& camera) {
  constexpr float kSensorHeight_m = 0.024f;
  return kSensorHeight_m / 2 / camera.half_height;
}

Result<void> set_lens(Camera& camera, const CameraRequest& request, Vec3 seen) {
  if (request.f_stop && camera.projection == Projection::orthographic)
    return bad_request("an orthographic camera has no focal length: give lens_radius_m", "/camera/f_stop");
  camera.lens_radius_m = request.lens_radius_m.value_or(0);
  if (request.f_stop) camera.lens_radius_m = focal_length_m(camera) / (2 * *request.f_stop);
  if (!(camera.lens_radius_m >= 0) || !std::isfinite(camera.lens_radius_m))
    return bad_request("the lens must have a radius of 0 or more",
                       request.f_stop ? "/camera/f_stop" : "/camera/lens_radius_m");
  camera.focus_distance_m = request.focus_distance_m.value_or(distance_along_view(camera, seen));
  if (!(camera.focus_distance_m > 0) || !std::isfinite(camera.focus_distance_m))
    return bad_request("what is in focus must lie in front of the camera", "/camera/focus_distance_m");
  return {};
}

/// Around the vertical axis through `pivot`; from +Z towards +X, as theta of an orbit.
void turn(Camera& camera, Vec3 pivot, float angle_rad) {
  const float s = std::sin(angle_rad), c = std::cos(angle_rad);
  const Affine rotation{{c, 0, -s}, {0, 1, 0}, {s, 0, c}, {}};
  camera.eye = pivot + transform_vector(rotation, camera.eye - pivot);
  camera.right = transform_vector(rotation, camera.right);
  camera.up = transform_vector(rotation, camera.up);
  camera.forward = transform_vector(rotation, camera.forward);
}

/// resolve_camera, at a key of the camera's motion where there is one.
Result<Camera> resolve_at(const Scene& scene, const CameraRequest& request, float aspect, const Bounds& framing,
                          std::optional<std::size_t> key) {
  const float fov_deg = request.vertical_fov_deg.value_or(kDefaultFovDeg);
  if (!(fov_deg > 0 && fov_deg < 180))
    return bad_request("the field of view must be between 0 and 180 degrees", "/camera/vertical_fov_deg");
  if (!(aspect > 0) || !std::isfinite(aspect))
    return bad_request("the picture must have a width and a height", "/width");
  if (!std::isfinite(request.turn_deg)) return bad_request("the turn must be a number", "/camera/turn_deg");
  const Bounds& held = framing.empty() ? scene.bounds : framing;
  auto camera = placed(scene, request, aspect, held, key);
  if (!camera) return camera;
  const Vec3 seen = pivot_of(request, held);
  if (auto set = set_lens(*camera, request, seen); !set) return set.error();
  const float turn_deg = std::remainder(request.turn_deg, 360.0f);  // exact, so that whole turns change nothing
  if (turn_deg != 0) turn(*camera, seen, turn_deg * kRadPerDeg);
  return camera;
}

/// How many keys there are of the camera that is asked for.
std::size_t key_count(const Scene& scene, const CameraRequest& request) {
  if (const auto* wanted = std::get_if<GltfCamera>(&request.placement)) {
    const auto camera = find_camera(scene, *wanted);
    return camera ? (*camera)->keys.size() : 0;
  }
  const bool is_first = std::holds_alternative<std::monostate>(request.placement) && !scene.cameras.empty();
  return is_first ? scene.cameras.front().keys.size() : 0;
}

}  // namespace

Result<Camera> resolve_camera(const Scene& scene, const CameraRequest& request, float aspect, const Bounds& framing) {
  return resolve_at(scene, request, aspect, framing, std::nullopt);
}

Result<std::vector<Camera>> resolve_camera_keys(const Scene& scene, const CameraRequest& request, float aspect,
                                                const Bounds& framing) {
  std::vector<Camera> keys;
  for (std::size_t key = 0; key < key_count(scene, request); ++key) {
    auto camera = resolve_at(scene, request, aspect, framing, key);
    if (!camera) return camera.error();
    keys.push_back(*camera);
  }
  return keys;
}

}  // namespace kiln::scene
