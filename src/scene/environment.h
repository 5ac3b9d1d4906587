#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "kiln/error.h"
#include "kiln/scene.h"

namespace kiln {

struct EnvironmentLimits {
  std::uint64_t max_file_bytes = std::uint64_t{1} << 30;
  std::uint64_t max_texels = std::uint64_t{1} << 27;  ///< 16384 x 8192
};

/// Fills what `image` has beside its pixels from these, weighted as environment_sample (kernels/environment.h) expects.
void build_environment_table(EnvironmentImage& image);

/// A Radiance .hdr or OpenEXR file in memory. NaN and negative components become 0, those over 1e6 (infinity too)
/// become 1e6. Errors: invalid_image, limit_exceeded.
Result<std::shared_ptr<const EnvironmentImage>> decode_environment(std::span<const std::byte> bytes,
                                                                   const EnvironmentLimits& limits = {});

/// The same from a file. Errors also: io_error.
Result<std::shared_ptr<const EnvironmentImage>> load_environment(const std::filesystem::path& file,
                                                                 const EnvironmentLimits& limits = {});

/// The same radiance from everywhere (1 x 1). Components must be finite and not negative.
std::shared_ptr<const EnvironmentImage> constant_environment(Vec3 radiance);

/// The neutral studio that lights a scene without lights of its own: soft boxes around a grey dome, 512 x 256,
/// mean irradiance on a horizontal plane facing up about pi, so that a white surface resolves to about 1 at exposure 0.
/// Computed on the first call, then shared. Any thread.
std::shared_ptr<const EnvironmentImage> studio_environment();

}  // namespace kiln
