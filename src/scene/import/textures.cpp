#include "scene/import/textures.h"

#include <algorithm>

#include "image/encoders.h"
#include "scene/import/text_lines.h"

namespace kiln::scene {
namespace {

using Texture = std::optional<std::size_t>;

std::string media_type(ImageKind kind) {
  switch (kind) {
    case ImageKind::png:
      return "image/png";
    case ImageKind::jpeg:
      return "image/jpeg";
    case ImageKind::webp:
      return "image/webp";
    default:
      return "";
  }
}

std::uint32_t channel(std::uint32_t texel, int c) { return texel >> (8 * c) & 0xff; }

std::uint32_t luminance(std::uint32_t t) {
  return (2126 * channel(t, 0) + 7152 * channel(t, 1) + 722 * channel(t, 2) + 5000) / 10000;
}

/// The texel of another picture at the same place.
std::uint32_t at_same_place(const Rgba8Image& image, std::uint32_t x, std::uint32_t y, const Rgba8Image& of) {
  const std::uint64_t u = std::uint64_t{x} * image.width / of.width, v = std::uint64_t{y} * image.height / of.height;
  return image.texels[v * image.width + u];
}

/// Each picture may be decoded several times, and is freed again: this bounds the work.
constexpr std::uint64_t kDecodings = 4;

}  // namespace

Result<const ImportedTextures::Picture*> ImportedTextures::load(const std::string& name) {
  const auto [it, is_new] = pictures_.try_emplace({from_, name});
  Picture& picture = it->second;
  if (!is_new) return &picture;
  if (files_ == nullptr) {
    builder_.warn("the picture " + in_quotes(name) + " is not there: the file came alone");
    return &picture;
  }
  const auto found = files_->find(name, from_);
  if (!found) return found.error();
  if (!*found) {
    builder_.warn("the picture " + in_quotes(name) + " is not there");
    return &picture;
  }
  picture.bytes = **found;
  if (const auto info = probe_image(picture.bytes)) picture.type = media_type(info->kind);
  if (picture.type.empty())
    builder_.warn("the picture " + in_quotes(name) + " is left out: it is no PNG, JPEG or WebP");
  return &picture;
}

bool ImportedTextures::has(const std::string& name) {
  if (name.empty()) return false;
  const auto picture = load(name);
  return picture && !(*picture)->type.empty();
}

Result<Rgba8Image> ImportedTextures::decode(const std::string& name) {
  const auto picture = load(name);
  if (!picture) return picture.error();
  const std::uint64_t most = kDecodings * limits_.max_texels;
  auto image = decode_image((*picture)->bytes, std::min(limits_.max_image_texels, most - std::min(most, texels_)));
  if (!image) return Error{image.error().code, "the picture " + in_quotes(name) + ": " + image.error().message, ""};
  texels_ += image->texels.size();
  return image;
}

Result<Texture> ImportedTextures::texture(const std::string& name, bool clamped) {
  const auto picture = load(name);
  if (!picture) return picture.error();
  if ((*picture)->type.empty()) return Texture{};
  const auto key = std::make_tuple((*picture)->bytes.data(), nullptr, Making::as_it_is, clamped);
  const auto [it, is_new] = textures_.try_emplace(key, 0);
  if (is_new)
    it->second = builder_.add_texture((*picture)->bytes, (*picture)->type, std::string(last_part_of(name)), clamped);
  return Texture(it->second);
}

Result<std::size_t> ImportedTextures::add_made(const Rgba8Image& image, const std::string& name, bool clamped) {
  DisplayImage out{image.width, image.height, 4, 8, {}};
  out.bytes.reserve(4 * image.texels.size());
  for (const std::uint32_t texel : image.texels)
    for (int c = 0; c < 4; ++c) out.bytes.push_back(static_cast<std::uint8_t>(channel(texel, c)));
  const auto png = image::encode_png(out, {}, true);
  if (!png) return png.error();
  return builder_.add_texture(*png, "image/png", std::string(last_part_of(name)), clamped);
}

/// The bytes of a picture that can be shown; null without.
const std::byte* ImportedTextures::key_of(const std::string& name) {
  return has(name) ? (*load(name))->bytes.data() : nullptr;
}

Result<Texture> ImportedTextures::with_alpha(const std::string& color, const std::string& alpha, bool clamped) {
  if (!has(alpha)) return has(color) ? texture(color, clamped) : Texture{};
  const auto key = std::make_tuple(key_of(color), key_of(alpha), Making::with_alpha, clamped);
  if (const auto known = textures_.find(key); known != textures_.end()) return Texture(known->second);
  auto mask = decode(alpha);
  if (!mask) return mask.error();
  const bool is_cut_out = std::any_of(mask->texels.begin(), mask->texels.end(), [](auto t) { return t >> 24 != 0xff; });
  Rgba8Image image = *mask;
  std::fill(image.texels.begin(), image.texels.end(), 0xffffffffu);
  if (has(color)) {
    auto colors = decode(color);
    if (!colors) return colors.error();
    image = *std::move(colors);
  }
  for (std::uint32_t y = 0; y < image.height; ++y)
    for (std::uint32_t x = 0; x < image.width; ++x) {
      std::uint32_t& texel = image.texels[std::size_t{y} * image.width + x];
      const std::uint32_t m = at_same_place(*mask, x, y, image);
      texel = (texel & 0xffffff) | (is_cut_out ? m >> 24 : luminance(m)) << 24;
    }
  const auto made = add_made(image, has(color) ? color : alpha, clamped);
  if (!made) return made.error();
  return Texture(textures_[key] = *made);
}

Result<Texture> ImportedTextures::packed(const std::string& green, const std::string& blue, bool clamped) {
  const bool has_green = has(green), has_blue = has(blue);
  if (!has_green && !has_blue) return Texture{};
  const auto key = std::make_tuple(key_of(green), key_of(blue), Making::packed, clamped);
  if (const auto known = textures_.find(key); known != textures_.end()) return Texture(known->second);
  auto first = decode(has_green ? green : blue);
  if (!first) return first.error();
  Rgba8Image image = *std::move(first), other;
  if (has_green && has_blue) {
    auto second = decode(blue);
    if (!second) return second.error();
    other = *std::move(second);
  }
  for (std::uint32_t y = 0; y < image.height; ++y)
    for (std::uint32_t x = 0; x < image.width; ++x) {
      std::uint32_t& texel = image.texels[std::size_t{y} * image.width + x];
      const std::uint32_t value = channel(texel, 0);
      const std::uint32_t g = has_green ? value : 0xff;
      const std::uint32_t b = !has_blue ? 0xff : has_green ? channel(at_same_place(other, x, y, image), 0) : value;
      texel = 0xff0000ff | g << 8 | b << 16;
    }
  const auto made = add_made(image, has_green ? green : blue, clamped);
  if (!made) return made.error();
  return Texture(textures_[key] = *made);
}

Result<bool> ImportedTextures::is_normal_map(const std::string& name) {
  if (!has(name)) return false;
  const auto [it, is_new] = normal_maps_.try_emplace(key_of(name), false);
  if (!is_new) return it->second;
  const auto image = decode(name);
  if (!image) return image.error();
  std::uint64_t outward = 0;
  for (const std::uint32_t t : image->texels) {
    const auto component = [&](int c) { return static_cast<int>(channel(t, c)) - 128; };
    const int x = component(0), y = component(1), z = component(2);
    const int square = x * x + y * y + z * z;
    if (z > 32 && square > 100 * 100 && square < 156 * 156) ++outward;  // about a unit vector, 127 long
  }
  return it->second = 10 * outward >= 9 * image->texels.size();
}

}  // namespace kiln::scene
