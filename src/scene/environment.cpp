#include "scene/environment.h"

#include <algorithm>
#include <numbers>
#include <numeric>

#include "kernels/environment.h"

#include "base/files.h"
#include "image/decode.h"
#include "scene/alias_table.h"

namespace kiln {
namespace {

constexpr float kMaxRadiance = 1e6f;

float tame(float c) { return c > 0 ? std::min(c, kMaxRadiance) : 0.0f; }

}  // namespace

void build_environment_table(EnvironmentImage& image) {
  std::vector<float> weights;
  weights.reserve(image.pixels.size());
  for (std::uint32_t y = 0; y < image.height; ++y)
    for (std::uint32_t x = 0; x < image.width; ++x)
      weights.push_back(environment_pixel_weight(image.pixels.data(), image.width, image.height, x, y));
  image.table = build_alias_table(weights);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  image.mean_luminance = static_cast<float>(sum / (4 * std::numbers::pi));
}

Result<std::shared_ptr<const EnvironmentImage>> decode_environment(std::span<const std::byte> bytes,
                                                                   const EnvironmentLimits& limits) {
  auto decoded = decode_radiance(bytes, limits.max_texels);
  if (!decoded) return decoded.error();
  auto image = std::make_shared<EnvironmentImage>();
  image->width = decoded->width;
  image->height = decoded->height;
  image->pixels = std::move(decoded->pixels);
  for (Vec3& p : image->pixels) p = {tame(p.x), tame(p.y), tame(p.z)};
  build_environment_table(*image);
  return std::shared_ptr<const EnvironmentImage>(std::move(image));
}

Result<std::shared_ptr<const EnvironmentImage>> load_environment(const std::filesystem::path& file,
                                                                 const EnvironmentLimits& limits) {
  const auto bytes = read_file(file, limits.max_file_bytes);
  if (!bytes) return bytes.error();
  return decode_environment(*bytes, limits);
}

std::shared_ptr<const EnvironmentImage> constant_environment(Vec3 radiance) {
  auto image = std::make_shared<EnvironmentImage>();
  image->width = image->height = 1;
  image->pixels = {radiance};
  build_environment_table(*image);
  return image;
}

}  // namespace kiln
