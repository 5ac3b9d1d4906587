#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "kernels/guide.h"
#include "kernels/pixel_features.h"
#include "kiln/error.h"
#include "kiln/image.h"
#include "kiln/render_request.h"
#include "kiln/scene.h"

namespace kiln {

/// All that one picture needs besides the scene: resolved, in range.
struct FrameSettings {
  std::uint32_t width = 0, height = 0;  ///< of the picture
  Film film;
  float filter_width_px = 1.5f;
  std::uint32_t samples_per_pixel = 1;
  std::uint32_t max_depth = 8;
  std::uint64_t seed = 0;
  Camera camera;
  std::vector<Camera> camera_keys;  ///< at 2 to kMaxMotionKeys moments from the shutter's opening to its closing, at
                                    ///< equal distances, where the camera moves; empty: it stands still
  std::shared_ptr<const EnvironmentImage> environment;  ///< null: black
  float environment_rotation_rad = 0, environment_intensity = 1;
  Background background;
  std::optional<float> firefly_clamp;    ///< most radiance that a path may add at once by several scatterings
  float noise_threshold = 0;             ///< relative error at which a pixel gets no more samples; 0: each gets all
  float dark_radiance = 0.1f;            ///< errors of darker pixels count as if they were about so bright; above 0
  std::optional<float> shadow_ground_m;  ///< height of the level plane that shows the scene's shadow; unset: none
};

/// A pass: samples [first_sample, first_sample + sample_count) of the pixels [first_pixel, first_pixel + pixel_count)
/// in row-major order, or of that part of the pixels that were chosen. The samples of one pixel are added in ascending
/// order, so any split gives the same bytes.
struct Pass {
  std::uint32_t first_pixel = 0, pixel_count = 0;
  std::uint32_t first_sample = 0, sample_count = 0;
};

/// A scene made ready for the renderer that made it: acceleration structure, copies on the device. Immutable; any
/// number of frames may use it, one after the other. Must not outlive its renderer.
class PreparedScene {
 public:
  virtual ~PreparedScene() = default;
  virtual const Scene& scene() const = 0;
  virtual std::uint64_t bytes() const = 0;  ///< memory of its own beside the Scene's arrays, on the host or the device
};

/// Renders one frame at a time, pass by pass. Used by one thread, but for prepare(). All calls block.
class Renderer {
 public:
  virtual ~Renderer() = default;

  virtual std::string backend() const = 0;  ///< "cpu" or "cuda"
  virtual std::string device() const = 0;   ///< e.g. "NVIDIA H200" or "AMD EPYC, 16 threads"

  /// What decides a picture's last bits beside the build: of one build, renderers that say the same give the same
  /// bytes.
  virtual std::string arithmetic() const = 0;

  /// Makes `scene` ready (acceleration structure, upload). Any thread, also while another one renders. With `stop`
  /// requested it may return early with Error `cancelled`.
  /// Errors also: limit_exceeded, out_of_memory, out_of_device_memory, device_fault.
  virtual Result<std::shared_ptr<const PreparedScene>> prepare(std::shared_ptr<const Scene> scene,
                                                               std::stop_token stop) = 0;

  /// Starts a frame of a prepared scene with an accumulator of zeros. The scene is kept until end() or the next
  /// begin(). Errors: internal (another renderer's scene), out_of_memory, out_of_device_memory, device_fault.
  virtual Result<void> begin(std::shared_ptr<const PreparedScene> scene, const FrameSettings& settings) = 0;

  /// Takes up the accumulator of an earlier frame of the same settings, as read_accumulator() gave it, in place of the
  /// zeros. After begin(), before the first pass. Errors: internal (another size), device_fault.
  virtual Result<void> restore(const LinearImage& accumulator) = 0;

  /// From now on passes and features count the pixels of this list, ascending; empty: all, as after begin(). After
  /// begin(). Errors: internal (no frame), out_of_memory, out_of_device_memory, device_fault.
  virtual Result<void> choose_pixels(std::vector<std::uint32_t> pixels) = 0;

  /// Adds one pass to the accumulator. With `stop` requested it may return early with Error `cancelled`; the
  /// accumulator is then good for nothing but a new begin().
  virtual Result<void> render(const Pass& pass, std::stop_token stop) = 0;

  /// The accumulator: per pixel the sum of radiance (associated) and of alpha over its samples so far.
  virtual Result<LinearImage> read_accumulator() = 0;

  /// What the camera rays of the frame meet, for the pixels [first_pixel, first_pixel + out.size()) in row-major order,
  /// of those that were chosen: means over their samples [0, sample_count), `sample_count` > 0. Leaves the accumulator
  /// alone. Takes about as long as a pass of so many paths of one bounce. Errors: cancelled, out_of_device_memory,
  /// device_fault.
  virtual Result<void> render_features(std::uint32_t first_pixel, std::uint32_t sample_count,
                                       std::span<PixelFeatures> out, std::stop_token stop) = 0;

  /// Filters the noise off `picture`, the mean over its samples, with `guides`, one for each pixel (kernels/denoise.h).
  /// Alpha stays as it is. Calls `at_work` every now and then; an Error from it ends the work. With or without a frame.
  /// Errors: cancelled, out_of_memory, out_of_device_memory, device_fault.
  virtual Result<LinearImage> denoise(const LinearImage& picture, std::span<const Guide> guides,
                                      const std::function<Result<void>()>& at_work, std::stop_token stop) = 0;

  /// Lets go of the frame, its scene and its memory; nothing to do without one.
  virtual void end() = 0;

  /// Lets go of what it keeps for the next frame, to gain memory. Not while a frame is under way.
  virtual void trim() {}

  /// Rays traced since begin(), for benches; an estimate is fine where counting costs.
  virtual std::uint64_t rays_traced() const = 0;
};

}  // namespace kiln
