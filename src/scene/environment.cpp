#include "scene/environment.h"

#include <algorithm>
#include <numbers>

#include "kernels/environment.h"

#include "base/files.h"
#include "image/decode.h"
#include "scene/distribution.h"

namespace kiln {
namespace {

constexpr float kMaxRadiance = 1e6f;

float tame(float c) { return c > 0 ? std::min(c, kMaxRadiance) : 0.0f; }

}  // namespace

void build_environment_table(EnvironmentImage& image) {
  const std::uint32_t width = image.width, height = image.height;
  image.cumulative.resize(height + image.pixels.size());
  image.guide.resize(image.cumulative.size());
  const std::span cumulative(image.cumulative);
  const std::span guide(image.guide);
  std::vector<float> rows, pixels(width);
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x)
      pixels[x] = environment_pixel_weight(image.pixels.data(), width, height, x, y);
    const std::size_t first = height + std::size_t{y} * width;
    rows.push_back(static_cast<float>(
        scene::build_distribution(pixels, cumulative.subspan(first, width), guide.subspan(first, width))));
  }
  const double sum = scene::build_distribution(rows, cumulative.first(height), guide.first(height));
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
