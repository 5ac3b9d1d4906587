#include "scene/texture_levels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <tuple>
#include <vector>

#include "kernels/texture.h"

namespace kiln::scene {
namespace {

/// How 8 bits stand for a colour.
class Curve {
 public:
  explicit Curve(bool srgb) {
    for (std::size_t code = 0; code < 256; ++code) value_[code] = value_of(static_cast<double>(code), srgb);
    for (std::size_t code = 0; code < 256; ++code)
      starts_at_[code] = code == 0 ? -1 : value_of(static_cast<double>(code) - 0.5, srgb);
    starts_at_[256] = 2;
    std::uint8_t code = 0;
    for (std::size_t i = 0; i <= kGuesses; ++i) {
      while (static_cast<float>(i) / kGuesses >= starts_at_[code + 1u]) ++code;
      guess_[i] = code;
    }
  }

  float value(std::uint32_t code) const { return value_[code & 0xffu]; }

  /// The nearest code of a value in [0, 1].
  std::uint32_t code(float value) const {
    std::size_t code = guess_[static_cast<std::size_t>(value * kGuesses)];
    while (value >= starts_at_[code + 1]) ++code;
    return static_cast<std::uint32_t>(code);
  }

 private:
  static constexpr std::size_t kGuesses = 4096;

  static float value_of(double code, bool srgb) {
    const double c = code / 255;
    if (!srgb) return static_cast<float>(c);
    return static_cast<float>(c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4));
  }

  std::array<float, 256> value_{};
  std::array<float, 257> starts_at_{};              ///< the least value that rounds to the code
  std::array<std::uint8_t, kGuesses + 1> guess_{};  ///< never above the code of a value
};

const Curve& curve_of(bool srgb) {
  static const Curve kLinear(false), kSrgb(true);
  return srgb ? kSrgb : kLinear;
}

/// What one texel of the coarser level takes of the finer one along an axis: three shares, from texel `first` on.
struct Taps {
  std::uint32_t first = 0, count = 1;
  float weight[3] = {1, 0, 0};
};

/// Of 2 n + 1 texels each of the n coarser ones covers 2 + 1 / n.
Taps taps_of(std::uint32_t at, std::uint32_t fine_size) {
  if (fine_size == 1) return {};
  if (fine_size % 2 == 0) return {2 * at, 2, {0.5f, 0.5f, 0}};
  const std::uint32_t size = fine_size / 2;
  const auto n = static_cast<float>(size), i = static_cast<float>(at), all = 2 * n + 1;
  return {2 * at, 3, {(n - i) / all, n / all, (i + 1) / all}};
}

/// The mean of the texels below one of the coarser level.
class Mean {
 public:
  Mean(const Curve& curve, bool by_alpha) : curve_(curve), by_alpha_(by_alpha) {}

  void add(std::uint32_t rgba, float weight) {
    const auto alpha = static_cast<float>(rgba >> 24);
    const Vec3 color{curve_.value(rgba), curve_.value(rgba >> 8), curve_.value(rgba >> 16)};
    color_ += color * weight;
    alpha_ += alpha * weight;
    if (by_alpha_) seen_ += color * (weight * alpha);
  }

  std::uint32_t texel() const {
    const Vec3 c = by_alpha_ && alpha_ > 0 ? seen_ * (1.0f / alpha_) : color_;
    const auto alpha = static_cast<std::uint32_t>(std::min(alpha_ + 0.5f, 255.0f));
    return code(c.x) | code(c.y) << 8 | code(c.z) << 16 | alpha << 24;
  }

 private:
  std::uint32_t code(float value) const { return curve_.code(std::min(value, 1.0f)); }

  const Curve& curve_;
  const bool by_alpha_;
  Vec3 color_{0, 0, 0}, seen_{0, 0, 0};
  float alpha_ = 0;
};

/// The level after one with even sides whose numbers are stored as they are: two channels at a time.
void halve_evenly(const TexelGrid& fine, std::uint32_t* out) {
  constexpr std::uint32_t kLow = 0x00ff00ffu, kHalf = 0x00020002u;
  for (std::uint32_t y = 0; y < fine.height; y += 2) {
    const std::uint32_t *upper = fine.texels + std::size_t{y} * fine.width, *lower = upper + fine.width;
    for (std::uint32_t x = 0; x < fine.width; x += 2) {
      const std::uint32_t a = upper[x], b = upper[x + 1], c = lower[x], d = lower[x + 1];
      const std::uint32_t even = (a & kLow) + (b & kLow) + (c & kLow) + (d & kLow) + kHalf;
      const std::uint32_t odd = (a >> 8 & kLow) + (b >> 8 & kLow) + (c >> 8 & kLow) + (d >> 8 & kLow) + kHalf;
      *out++ = (even >> 2 & kLow) | (odd >> 2 & kLow) << 8;
    }
  }
}

/// Writes the level after `fine`.
void halve(const TexelGrid& fine, const Mean& empty, std::uint32_t* out) {
  const std::uint32_t width = half_size(fine.width), height = half_size(fine.height);
  std::vector<Taps> across(width);
  for (std::uint32_t x = 0; x < width; ++x) across[x] = taps_of(x, fine.width);
  for (std::uint32_t y = 0; y < height; ++y) {
    const Taps down = taps_of(y, fine.height);
    for (const Taps& along : across) {
      Mean mean = empty;
      for (std::uint32_t j = 0; j < down.count; ++j) {
        const std::uint32_t* row = fine.texels + std::size_t{down.first + j} * fine.width + along.first;
        for (std::uint32_t i = 0; i < along.count; ++i) mean.add(row[i], down.weight[j] * along.weight[i]);
      }
      *out++ = mean.texel();
    }
  }
}

std::uint16_t levels_of(const Texture& t) {
  return static_cast<std::uint16_t>(std::bit_width(std::max(t.width, t.height)));
}

std::uint64_t coarse_texels(const Texture& t) {
  std::uint64_t sum = 0;
  std::uint32_t width = t.width, height = t.height;
  while (width > 1 || height > 1) {
    width = half_size(width), height = half_size(height);
    sum += std::uint64_t{width} * height;
  }
  return sum;
}

/// Calls `with` for each slot of the material that names a texture.
template <class F>
void for_each_slot(const Scene& scene, const Material& m, const F& with) {
  const auto visit = [&](const TextureSlot& slot) {
    if (slot.texture != kNone) with(slot);
  };
  for (const TextureSlot* slot :
       {&m.base_color_texture, &m.metallic_roughness_texture, &m.normal_texture, &m.emissive_texture})
    visit(*slot);
  if (m.layers == kNone) return;
  const MaterialLayers& l = scene.material_layers[m.layers];
  for (const TextureSlot* slot :
       {&l.specular_texture, &l.specular_color_texture, &l.clearcoat_texture, &l.clearcoat_roughness_texture,
        &l.clearcoat_normal_texture, &l.sheen_color_texture, &l.sheen_roughness_texture, &l.anisotropy_texture,
        &l.iridescence_texture, &l.film_thickness_texture, &l.transmission_texture, &l.diffuse_transmission_texture,
        &l.diffuse_transmission_color_texture})
    visit(*slot);
}

/// Textures that differ in nothing but their samplers share their levels.
using Recipe = std::tuple<std::uint64_t, bool, bool>;

Recipe recipe_of(const Texture& t, std::uint64_t first_texel) { return {first_texel, t.srgb, t.weighs_by_alpha}; }
Recipe recipe_of(const Texture& t) { return recipe_of(t, t.first_texel); }

class LevelBuilder {
 public:
  LevelBuilder(Scene& scene, const LevelSource& source) : scene_(scene), source_(source) {}

  Result<void> build(std::uint64_t max_texels) {
    const std::uint64_t end = place_levels();
    if (end > max_texels)
      return Error{ErrorCode::limit_exceeded,
                   fmt::format("the textures have more than {} texels, their coarser levels counted", max_texels),
                   "/textures"};
    scene_.texels.resize(end);
    for (const Texture* t : first_of_each_)
      if (!copy_levels(*t)) make_levels(*t);
    for (Material& m : scene_.materials)
      for_each_slot(scene_, m, [&](const TextureSlot& slot) {
        if (scene_.textures[slot.texture].level_count > 1) m.has_levels = true;
      });
    return {};
  }

 private:
  /// Returns where the last level ends.
  std::uint64_t place_levels() {
    std::vector<bool> shown(scene_.textures.size());
    for (const Material& m : scene_.materials) {
      for_each_slot(scene_, m, [&](const TextureSlot& slot) { shown[slot.texture] = true; });
      if (m.alpha_mode != AlphaMode::opaque && m.base_color_texture.texture != kNone)
        scene_.textures[m.base_color_texture.texture].weighs_by_alpha = true;
    }
    std::map<Recipe, std::uint64_t> places;
    std::uint64_t end = scene_.texels.size();
    for (std::size_t i = 0; i < scene_.textures.size(); ++i) {
      Texture& t = scene_.textures[i];
      if (!shown[i] || !t.may_have_levels || levels_of(t) == 1) continue;
      const auto [place, is_new] = places.try_emplace(recipe_of(t), end);
      if (is_new) first_of_each_.push_back(&t), end += coarse_texels(t);
      t.first_coarse_texel = place->second;
      t.level_count = levels_of(t);
    }
    return end;
  }

  bool copy_levels(const Texture& t) {
    const auto from = source_.first_texel.find(t.first_texel);
    if (source_.scene == nullptr || from == source_.first_texel.end()) return false;
    const Recipe wanted = recipe_of(t, from->second);
    for (const Texture& other : source_.scene->textures) {
      if (other.level_count != t.level_count || recipe_of(other) != wanted) continue;
      std::copy_n(source_.scene->texels.data() + other.first_coarse_texel, coarse_texels(t),
                  scene_.texels.data() + t.first_coarse_texel);
      return true;
    }
    return false;
  }

  void make_levels(const Texture& t) {
    const Mean empty(curve_of(t.srgb), t.weighs_by_alpha);
    std::uint32_t* texels = scene_.texels.data();
    TexelGrid fine{texels + t.first_texel, t.width, t.height};
    std::uint32_t* out = texels + t.first_coarse_texel;
    while (fine.width > 1 || fine.height > 1) {
      if (!t.srgb && !t.weighs_by_alpha && fine.width % 2 == 0 && fine.height % 2 == 0) {
        halve_evenly(fine, out);
      } else {
        halve(fine, empty, out);
      }
      fine = {out, half_size(fine.width), half_size(fine.height)};
      out += std::size_t{fine.width} * fine.height;
    }
  }

  Scene& scene_;
  const LevelSource& source_;
  std::vector<const Texture*> first_of_each_;  ///< recipe
};

}  // namespace

Result<void> add_texture_levels(Scene& scene, std::uint64_t max_texels, const LevelSource& source) {
  if (scene.textures.empty()) return {};
  return LevelBuilder(scene, source).build(max_texels);
}

}  // namespace kiln::scene
