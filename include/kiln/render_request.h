#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "kernels/vec.h"
#include "kiln/image.h"

/// What a client asks for, in native types and with every default filled in. Immutable once accepted.
namespace kiln {

/// eye = target + radius (sin phi sin theta, cos phi, sin phi cos theta); +Y up, right-handed, metres.
struct OrbitCamera {
  Vec3 target{0, 0, 0};
  float theta_deg = 0, phi_deg = 90, radius = 1;
  bool operator==(const OrbitCamera&) const = default;
};

struct LookAtCamera {
  Vec3 eye{0, 0, 1}, target{0, 0, 0}, up{0, 1, 0};
  bool operator==(const LookAtCamera&) const = default;
};

/// A camera of the file, by its node-order index or by its name.
struct GltfCamera {
  std::variant<std::uint32_t, std::string> which = 0u;
  bool operator==(const GltfCamera&) const = default;
};

/// monostate: the scene's first camera, else framed automatically.
struct CameraRequest {
  std::variant<std::monostate, OrbitCamera, LookAtCamera, GltfCamera> placement;
  std::optional<float> vertical_fov_deg;  ///< in (0, 180); unset: the file's, else 45
  float turn_deg =
      0;  ///< carries the camera around the vertical axis through what it looks at, counter-clockwise from above
  std::optional<float> lens_radius_m = std::nullopt;  ///< 0 is a pinhole, as without any; not beside f_stop
  std::optional<float> f_stop = std::nullopt;  ///< focal length over the lens's diameter, for a sensor of 24 mm height
  std::optional<float> focus_distance_m =
      std::nullopt;  ///< along the view axis; unset: to what the camera looks at; with a lens only
  bool operator==(const CameraRequest&) const = default;
};

/// A part of the film, in pixels from its upper left corner.
struct Region {
  std::uint32_t x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Region&) const = default;
};

/// A clear sky with the sun over a flat, grey ground (src/scene/sky.h).
struct SkyRequest {
  float sun_elevation_deg = 40;  ///< above the horizon, -5 to 90
  float sun_azimuth_deg = -30;   ///< around +Y, as an orbit's theta: 0 is +Z, 90 is +X
  float turbidity = 2.5f;        ///< haze: 1 is pure air, 2 a clear day, 10 thick haze
  float ground_albedo = 0.3f;    ///< 0 to 1
  bool operator==(const SkyRequest&) const = default;
};

/// monostate: the neutral studio when the scene has no light of its own, black when it has.
/// string: asset id of an equirectangular image. Vec3: a constant radiance.
struct EnvironmentRequest {
  std::variant<std::monostate, std::string, Vec3, SkyRequest> source;
  float rotation_deg = 0;  ///< turns it counter-clockwise seen from above (+Y)
  float intensity = 1;
  bool operator==(const EnvironmentRequest&) const = default;
};

enum class BackgroundKind { environment, transparent, color };

struct Background {
  BackgroundKind kind = BackgroundKind::environment;
  Vec3 color{0, 0, 0};  ///< scene-linear, for BackgroundKind::color
  bool operator==(const Background&) const = default;
};

/// What the bottom of the scene stands on. shadow: a level plane that shows nothing but the shadow of the scene, to the
/// camera alone; the background is darkened by it, or covered in black where it is transparent.
enum class Ground { none, shadow };

/// Further layers of an EXR picture (docs/rendering.md).
enum class Aov {
  alpha,
  albedo,
  normal,
  depth,
  position,
  object_id,
  material_id,
  cryptomatte_object,
  cryptomatte_material,
  sample_count,
  motion
};

enum class ToneMapping { pbr_neutral, agx, aces, none };
enum class ImageFormat { png, jpeg, webp, exr };

std::string_view name_of(ToneMapping t);  ///< "pbr-neutral", "agx", "aces", "none"
std::string_view name_of(ImageFormat f);  ///< "png", "jpeg", "webp", "exr"
std::string_view name_of(Aov a);          ///< as it is spelt here
std::optional<ToneMapping> tone_mapping_from_name(std::string_view name);
std::optional<ImageFormat> image_format_from_name(std::string_view name);
std::optional<Aov> aov_from_name(std::string_view name);
std::string_view media_type_of(ImageFormat f);  ///< "image/png", ..., "image/x-exr"

struct RenderRequest {
  std::string scene;  ///< "sha256:<64 hex digits>" or "sample:<name>"
  CameraRequest camera;
  EnvironmentRequest environment;
  Background background;
  std::uint32_t width = 1280, height = 720;  ///< of the film
  std::optional<Region> region;              ///< the part of the film that is rendered; unset: all of it
  float filter_width_px = 1.5f;              ///< how far the pixel filter reaches to either side
  Ground ground = Ground::none;
  std::uint32_t samples_per_pixel = 256;
  std::uint32_t max_depth = 8;           ///< most bounces of a path; 1: direct light only
  std::uint64_t seed = 0;                ///< at most 2^53 - 1, so that JSON holds it
  std::optional<float> time_limit_s;     ///< longest time from the start of an attempt to its last sample; unset: none
  std::optional<float> time_budget_s;    ///< rendering stops then with the picture so far, which counts as finished
  std::optional<float> noise_threshold;  ///< relative error at which a pixel gets no more samples; unset: all get all
  std::optional<float> firefly_clamp;    ///< most radiance that a path adds at once by several scatterings; unset: any
  bool keep_partial = false;             ///< a job that is cancelled or out of time keeps its picture so far
  std::uint32_t animation = 0;           ///< of the file, used when time_s is set
  std::optional<float> time_s;           ///< the moment of the animation that is shown; unset: the pose at rest
  float shutter_s = 0;                   ///< how long the shutter stays open from time_s on; with time_s only
  std::optional<std::string> variant;    ///< of KHR_materials_variants, by name; unset: the default materials
  bool denoise = false;                  ///< the noise that is left is filtered off the finished picture
  std::set<Aov> aovs;                    ///< for EXR only
  float exposure_ev = 0;
  ToneMapping tone_mapping = ToneMapping::pbr_neutral;
  std::optional<float>
      white_balance_k;  ///< colour temperature of the light that shall look neutral, kelvin; unset: D65
  ImageFormat format = ImageFormat::png;
  std::uint32_t bit_depth = 8;  ///< of a channel: 8, or 16 for PNG
  std::string metadata = "{}";  ///< the client's own JSON object, kept as text and given back
  bool operator==(const RenderRequest&) const = default;
};

/// The part of the film that the picture shows, and so the picture's size.
inline Region region_of(const RenderRequest& r) { return r.region.value_or(Region{0, 0, r.width, r.height}); }
inline std::uint64_t pixels_of(const RenderRequest& r) {
  return std::uint64_t{region_of(r).width} * region_of(r).height;
}
inline Film film_of(const RenderRequest& r) { return {r.width, r.height, region_of(r).x, region_of(r).y}; }

}  // namespace kiln
