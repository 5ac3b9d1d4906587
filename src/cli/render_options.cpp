#include "cli/render_options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "http/render_codec.h"

namespace kiln::cli {
namespace {

Error bad(const std::string& what) { return {ErrorCode::invalid_request, what, ""}; }

CameraRequest camera_of(const RenderOptions& o) {
  CameraRequest camera = o.request.camera;
  if (o.orbit.size() == 6) {
    camera.placement = OrbitCamera{{o.orbit[0], o.orbit[1], o.orbit[2]}, o.orbit[3], o.orbit[4], o.orbit[5]};
  } else if (o.look_at.size() == 6) {
    camera.placement =
        LookAtCamera{{o.look_at[0], o.look_at[1], o.look_at[2]}, {o.look_at[3], o.look_at[4], o.look_at[5]}, {0, 1, 0}};
  } else if (!o.camera.empty()) {
    std::uint32_t index = 0;
    const char* end = o.camera.data() + o.camera.size();
    const auto [parsed, failure] = std::from_chars(o.camera.data(), end, index);
    if (failure == std::errc() && parsed == end) {
      camera.placement = GltfCamera{index};
    } else {
      camera.placement = GltfCamera{o.camera};
    }
  }
  if (o.vertical_fov_deg > 0) camera.vertical_fov_deg = o.vertical_fov_deg;
  return camera;
}

Result<Background> background_of(const std::string& text) {
  if (text == "environment") return Background{};
  if (text == "transparent") return Background{BackgroundKind::transparent, {}};
  const auto color = parse_color(text);
  if (!color) return bad("--background: '" + text + "' is neither environment, transparent nor R,G,B");
  return Background{BackgroundKind::color, *color};
}

/// The numbers that are left out keep their defaults.
Result<SkyRequest> sky_of(const std::string& text) {
  SkyRequest sky;
  std::istringstream in(text);
  std::string number;
  const std::array targets{&sky.sun_elevation_deg, &sky.sun_azimuth_deg, &sky.turbidity, &sky.ground_albedo};
  std::size_t count = 0;
  bool complete = !text.ends_with(',');
  for (; std::getline(in, number, ','); ++count) {
    const char* end = number.data() + number.size();
    float value = 0;
    const auto [parsed, failure] = std::from_chars(number.data(), end, value);
    if (count == targets.size() || failure != std::errc() || parsed != end || !std::isfinite(value)) complete = false;
    if (!complete) break;
    *targets[count] = value;
  }
  if (!complete || count == 0) return bad("--sky: '" + text + "' is not ELEVATION[,AZIMUTH[,TURBIDITY[,ALBEDO]]]");
  const auto is_within = [](float x, float low, float high) { return x >= low && x <= high; };
  if (!is_within(sky.sun_elevation_deg, -5, 90)) return bad("--sky: the sun's elevation is from -5 to 90 degrees");
  if (!is_within(sky.sun_azimuth_deg, -1e5f, 1e5f)) return bad("--sky: the azimuth is from -1e5 to 1e5 degrees");
  if (!is_within(sky.turbidity, 1, 10)) return bad("--sky: the turbidity is from 1 to 10");
  if (!is_within(sky.ground_albedo, 0, 1)) return bad("--sky: the ground's albedo is from 0 to 1");
  return sky;
}

Result<ImageFormat> format_of(const std::string& format, const std::string& output) {
  std::string name = format;
  if (name.empty()) {
    name = std::filesystem::path(output).extension().string();
    if (!name.empty()) name.erase(0, 1);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (name == "jpg") name = "jpeg";
  }
  if (const auto known = image_format_from_name(name)) return *known;
  return bad("cannot tell the picture's format from '" + output + "': end it in .png, .jpg, .webp or .exr");
}

/// Range checks alone let NaN through.
CLI::Validator finite() {
  return CLI::Validator(
      [](std::string& text) {
        return std::isfinite(std::strtof(text.c_str(), nullptr)) ? std::string()
                                                                 : "'" + text + "' is not a finite number";
      },
      "NUMBER", "finite");
}

void add_motion_options(CLI::App& app, RenderRequest& r) {
  app.add_option("--turn-deg", r.camera.turn_deg,
                 "Carries the camera around the vertical axis through what it looks at, counter-clockwise from above")
      ->check(finite())
      ->check(CLI::Range(-1e5, 1e5));
  auto* time = app.add_option("--time-s", r.time_s, "Moment of the animation; omitted: the pose that the file rests in")
                   ->check(finite())
                   ->check(CLI::Range(0.0, 1e6))
                   ->type_name("FLOAT");
  app.add_option("--shutter", r.shutter_s, "Motion blur: how long the shutter stays open from --time-s on, seconds")
      ->check(finite())
      ->check(CLI::Range(0.0, 3600.0))
      ->needs(time)
      ->type_name("FLOAT");
  app.add_option("--animation", r.animation, "Of the file, by index")
      ->check(CLI::Range(0u, 1'000'000u))
      ->capture_default_str();
  app.add_option("--variant", r.variant, "Material variant of the file, by name")->type_name("TEXT");
}

void add_lens_options(CLI::App& app, CameraRequest& camera) {
  auto* radius = app.add_option("--lens-radius-m", camera.lens_radius_m, "Depth of field: radius of the lens")
                     ->check(finite())
                     ->check(CLI::Range(0.0, 1e3))
                     ->type_name("FLOAT");
  auto* f_stop = app.add_option("--f-stop", camera.f_stop, "Depth of field: focal length over the lens's diameter")
                     ->check(finite())
                     ->check(CLI::Range(1e-3, 1e6))
                     ->type_name("FLOAT");
  radius->excludes(f_stop);
  app.add_option("--focus-distance-m", camera.focus_distance_m,
                 "To the plane in focus, along the view axis; omitted: to what the camera looks at")
      ->check(finite())
      ->check(CLI::Range(1e-6, 1e9))
      ->type_name("FLOAT");
}

void add_film_options(CLI::App& app, RenderOptions& o) {
  RenderRequest& r = o.request;
  app.add_option("--width", r.width, "Pixels")->check(CLI::Range(1u, 16384u))->capture_default_str();
  app.add_option("--height", r.height, "Pixels")->check(CLI::Range(1u, 16384u))->capture_default_str();
  app.add_option("--region", o.region, "Render this part of the picture only, in pixels from its upper left corner")
      ->expected(4)
      ->type_name("X Y WIDTH HEIGHT");
  app.add_option("--filter-width-px", r.filter_width_px, "How far the pixel filter reaches to either side")
      ->check(finite())
      ->check(CLI::Range(0.1, 8.0))
      ->capture_default_str();
}

/// Of those that check_format() may point at.
std::string option_of(const std::string& pointer) {
  if (pointer == "/bit_depth") return "--bit-depth";
  if (pointer == "/aovs") return "--aov";
  return pointer == "/denoise" ? "--denoise" : "--background";
}

Result<void> read_film(const RenderOptions& o, RenderRequest& r) {
  if (o.region.size() == 4) r.region = Region{o.region[0], o.region[1], o.region[2], o.region[3]};
  if (r.region && pixels_of(r) == 0) return bad("--region: there are no pixels in it");
  if (auto film = http::check_film(r); !film) return bad("--width, --height, --region: " + film.error().message);
  return {};
}

void add_effort_options(CLI::App& app, RenderRequest& r) {
  app.add_option("--time-limit-s", r.time_limit_s, "Longest render; then it fails")
      ->check(finite())
      ->check(CLI::Range(0.01, 1e6))
      ->type_name("FLOAT");
  app.add_option("--time-budget-s", r.time_budget_s, "Longest render; then the picture so far is the result")
      ->check(finite())
      ->check(CLI::Range(0.01, 1e6))
      ->type_name("FLOAT");
  app.add_option("--noise-threshold", r.noise_threshold, "Relative error at which a pixel gets no more samples")
      ->check(finite())
      ->check(CLI::Range(1e-4, 1.0))
      ->type_name("FLOAT");
  app.add_option("--firefly-clamp", r.firefly_clamp,
                 "Most radiance that a path may add at once of light that two surfaces or more have scattered")
      ->check(finite())
      ->check(CLI::Range(1e-3, 1e9))
      ->type_name("FLOAT");
}

}  // namespace

Result<Vec3> parse_color(const std::string& text) {
  std::array<float, 3> c{};
  std::istringstream in(text);
  char comma1 = 0, comma2 = 0;
  in >> c[0] >> comma1 >> c[1] >> comma2 >> c[2];
  const bool complete = in && in.peek() == std::istringstream::traits_type::eof() && comma1 == ',' && comma2 == ',';
  for (const float v : c) {
    if (!complete || !std::isfinite(v) || v < 0) return bad("'" + text + "' is not a colour R,G,B");
  }
  return Vec3{c[0], c[1], c[2]};
}

void add_render_options(CLI::App& app, RenderOptions& o) {
  RenderRequest& r = o.request;
  app.add_option("scene", o.scene, "A .glb, self-contained .gltf, .obj, .ply, .stl or .zip file, or sample:NAME")
      ->required()
      ->type_name("FILE");
  add_film_options(app, o);
  app.add_option("-s,--samples", r.samples_per_pixel, "Samples per pixel")
      ->check(CLI::Range(1u, 65536u))
      ->capture_default_str();
  app.add_option("--max-depth", r.max_depth, "Most bounces of a path")
      ->check(CLI::Range(1u, 64u))
      ->capture_default_str();
  app.add_option("--seed", r.seed, "Seed of the random numbers")->capture_default_str();
  auto* orbit = app.add_option("--orbit", o.orbit, "Camera: target X Y Z, theta and phi in degrees, radius")
                    ->expected(6)
                    ->check(finite())
                    ->type_name("X Y Z THETA PHI RADIUS");
  auto* look_at = app.add_option("--look-at", o.look_at, "Camera: eye X Y Z, target X Y Z")
                      ->expected(6)
                      ->check(finite())
                      ->type_name("X Y Z X Y Z");
  auto* camera = app.add_option("--camera", o.camera, "Camera of the file, by index or name");
  orbit->excludes(look_at)->excludes(camera);
  look_at->excludes(camera);
  app.add_option("--fov", o.vertical_fov_deg, "Vertical field of view, degrees")
      ->check(finite())
      ->check(CLI::Range(0.1, 179.0));
  auto* environment = app.add_option("--environment", o.environment, "An .hdr or .exr file, or a constant R,G,B")
                          ->type_name("FILE|R,G,B");
  app.add_option("--sky", o.sky, "Clear sky: the sun's elevation and azimuth in degrees, turbidity, ground's albedo")
      ->type_name("ELEVATION[,AZIMUTH[,TURBIDITY[,ALBEDO]]]")
      ->excludes(environment);
  app.add_option("--environment-rotation", o.environment_rotation_deg, "Degrees, counter-clockwise from above")
      ->check(finite());
  app.add_option("--environment-intensity", o.environment_intensity, "Factor")
      ->check(finite())
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--background", o.background, "environment, transparent or R,G,B")->capture_default_str();
  app.add_flag("--ground-shadow", o.ground_shadow, "The scene stands on a plane that shows nothing but its shadow");
  app.add_option("--exposure", r.exposure_ev, "Stops")
      ->check(finite())
      ->check(CLI::Range(-32.0, 32.0))
      ->capture_default_str();
  app.add_option("--tone-mapping", o.tone_mapping, "Curve from light to display")
      ->check(CLI::IsMember({"pbr-neutral", "agx", "aces", "none"}))
      ->capture_default_str();
  app.add_option("--format", o.format, "Instead of what the output's extension says")
      ->check(CLI::IsMember({"png", "jpeg", "webp", "exr"}));
  add_lens_options(app, r.camera);
  app.add_option("--white-balance", r.white_balance_k, "Colour temperature that shall look neutral, kelvin")
      ->check(finite())
      ->check(CLI::Range(2000.0, 20000.0))
      ->type_name("FLOAT");
  app.add_option("--bit-depth", r.bit_depth, "Of a PNG's channels")
      ->check(CLI::IsMember({8u, 16u}))
      ->capture_default_str();
  app.add_flag("--denoise", r.denoise, "Filters off the noise that is left");
  app.add_option("--aov", o.aovs, "Further layers of an EXR picture; may be given several times")
      ->check(CLI::IsMember({"alpha", "albedo", "normal", "depth", "position", "object_id", "material_id",
                             "cryptomatte_object", "cryptomatte_material", "sample_count", "motion"}));
  add_motion_options(app, r);
  add_effort_options(app, r);
}

Result<RenderRequest> to_request(const RenderOptions& o, const std::string& output) {
  RenderRequest r = o.request;
  if (auto film = read_film(o, r); !film) return film.error();
  r.camera = camera_of(o);
  if (auto lens = http::check_lens(r.camera); !lens) return bad("--focus-distance-m: " + lens.error().message);
  const auto background = background_of(o.background);
  if (!background) return background.error();
  r.background = *background;
  if (o.ground_shadow) r.ground = Ground::shadow;
  if (!o.sky.empty()) {
    const auto sky = sky_of(o.sky);
    if (!sky) return sky.error();
    r.environment.source = *sky;
  }
  const auto format = format_of(o.format, output);
  if (!format) return format.error();
  r.format = *format;
  for (const std::string& name : o.aovs) r.aovs.insert(*aov_from_name(name));
  if (auto fits = http::check_format(r); !fits)
    return bad(option_of(fits.error().pointer) + ": " + fits.error().message);
  r.tone_mapping = *tone_mapping_from_name(o.tone_mapping);
  r.environment.rotation_deg = o.environment_rotation_deg;
  r.environment.intensity = o.environment_intensity;
  return r;
}

}  // namespace kiln::cli
