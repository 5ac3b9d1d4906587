#include "scene/gltf_image_light.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/environment.h"
#include "kernels/texture.h"

#include "image/decode.h"
#include "scene/environment.h"
#include "scene/node_tree.h"

namespace kiln::scene {
namespace {

constexpr const char* kExtension = "EXT_lights_image_based";
constexpr std::uint32_t kMaxSide = 4096;   ///< of a face
constexpr std::uint32_t kFineSide = 1024;  ///< larger faces are averaged down

const Json* light_of(const Json& document) {
  const auto scenes = document.find("scenes");
  if (scenes == document.end()) return nullptr;
  const Json& scene = (*scenes)[document.value("scene", std::size_t{0})];
  const auto extensions = scene.find("extensions");
  if (extensions == scene.end() || !extensions->contains(kExtension)) return nullptr;
  const auto index = (*extensions)[kExtension]["light"].get<std::size_t>();
  return &document["extensions"][kExtension]["lights"][index];
}

/// The faces +X, -X, +Y, -Y, +Z, -Z, linear.
struct CubeMap {
  std::uint32_t side = 0;
  std::array<std::vector<Vec3>, 6> faces;

  Vec3 at(Vec3 direction) const;
};

/// The layout of OpenGL's cube maps, each face mirrored left to right: as it is seen from inside.
Vec3 CubeMap::at(Vec3 d) const {
  const Vec3 size{std::abs(d.x), std::abs(d.y), std::abs(d.z)};
  std::size_t face = 0;
  float s = 0, t = 0, along = 1;
  if (size.x >= size.y && size.x >= size.z) {
    face = d.x > 0 ? 0 : 1, along = size.x;
    s = d.x > 0 ? d.z : -d.z, t = -d.y;
  } else if (size.y >= size.z) {
    face = d.y > 0 ? 2 : 3, along = size.y;
    s = -d.x, t = d.y > 0 ? d.z : -d.z;
  } else {
    face = d.z > 0 ? 4 : 5, along = size.z;
    s = d.z > 0 ? -d.x : d.x, t = -d.y;
  }
  const auto most = static_cast<float>(side - 1);
  const float x = std::clamp((s / along * 0.5f + 0.5f) * static_cast<float>(side) - 0.5f, 0.0f, most);
  const float y = std::clamp((t / along * 0.5f + 0.5f) * static_cast<float>(side) - 0.5f, 0.0f, most);
  const auto x0 = static_cast<std::uint32_t>(x), y0 = static_cast<std::uint32_t>(y);
  const std::uint32_t x1 = std::min(x0 + 1, side - 1), y1 = std::min(y0 + 1, side - 1);
  const auto texel = [&](std::uint32_t column, std::uint32_t row) {
    return faces[face][std::size_t{row} * side + column];
  };
  const float u = x - static_cast<float>(x0), v = y - static_cast<float>(y0);
  return lerp(lerp(texel(x0, y0), texel(x1, y0), u), lerp(texel(x0, y1), texel(x1, y1), u), v);
}

/// RGBD: colours over their common divisor, which is alpha; 1 where a picture has none.
Vec3 radiance_of(std::uint32_t texel) {
  const Vec4 c = decode_texel(texel, true);
  return c.w > 0 ? xyz(c) / c.w : Vec3{0, 0, 0};
}

Result<CubeMap> read_cube(const Document& document, const Json& images, const Limits& limits) {
  CubeMap cube;
  for (std::size_t face = 0; face < cube.faces.size(); ++face) {
    const auto image = images[face].get<std::size_t>();
    const std::string pointer = "/images/" + std::to_string(image);
    const auto decoded = decode_image(
        document.images[image], std::min<std::uint64_t>(limits.max_image_texels, std::uint64_t{kMaxSide} * kMaxSide));
    if (!decoded) return Error{decoded.error().code, pointer + ": " + decoded.error().message, pointer};
    if (face == 0) cube.side = decoded->width;
    if (decoded->width != cube.side || decoded->height != cube.side)
      return Error{ErrorCode::invalid_image, pointer + " is not as wide and as high as the cube's first face", pointer};
    cube.faces[face].reserve(decoded->texels.size());
    for (const std::uint32_t texel : decoded->texels) cube.faces[face].push_back(radiance_of(texel));
  }
  return cube;
}

/// The mean of `steps` x `steps` points of the pixel.
Vec3 pixel_of(const CubeMap& cube, const Affine& world_from_light, const EnvironmentImage& image, std::uint32_t x,
              std::uint32_t y, std::uint32_t steps) {
  const EnvironmentView upright;
  const auto place = [steps](std::uint32_t i, std::uint32_t k, std::uint32_t size) {
    return (static_cast<float>(i) + (static_cast<float>(k) + 0.5f) / static_cast<float>(steps)) /
           static_cast<float>(size);
  };
  Vec3 sum;
  for (std::uint32_t row = 0; row < steps; ++row)
    for (std::uint32_t column = 0; column < steps; ++column) {
      const EnvironmentPoint p{place(x, column, image.width), place(y, row, image.height)};
      sum += cube.at(transform_transposed(world_from_light, environment_direction(upright, p)));
    }
  return sum / static_cast<float>(steps * steps);
}

}  // namespace

Result<std::shared_ptr<const EnvironmentImage>> image_light_of(const Document& document, const Limits& limits) {
  const Json* light = light_of(document.json);
  if (light == nullptr) return std::shared_ptr<const EnvironmentImage>();
  const auto cube = read_cube(document, (*light)["specularImages"][0], limits);
  if (!cube) return cube.error();
  const auto turn = light->value("rotation", std::array<double, 4>{0, 0, 0, 1});
  const Affine world_from_light = rotation_of(turn);
  const float intensity = light->value("intensity", 1.0f);
  const auto image = std::make_shared<EnvironmentImage>();
  const std::uint32_t steps = (cube->side + kFineSide - 1) / kFineSide;
  image->width = 4 * std::min(cube->side, kFineSide), image->height = image->width / 2;
  image->pixels.reserve(std::size_t{image->width} * image->height);
  for (std::uint32_t y = 0; y < image->height; ++y)
    for (std::uint32_t x = 0; x < image->width; ++x) {
      const Vec3 c = pixel_of(*cube, world_from_light, *image, x, y, steps) * intensity;
      constexpr float kMostRadiance = 1e6f;
      image->pixels.push_back(
          {std::min(c.x, kMostRadiance), std::min(c.y, kMostRadiance), std::min(c.z, kMostRadiance)});
    }
  build_environment_table(*image);
  return std::shared_ptr<const EnvironmentImage>(image);
}

}  // namespace kiln::scene
