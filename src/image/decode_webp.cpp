#include <webp/decode.h>

#include "image/codecs.h"

namespace kiln::image {
namespace {

const std::uint8_t* raw(Bytes bytes) { return reinterpret_cast<const std::uint8_t*>(bytes.data()); }

Result<WebPBitstreamFeatures> read_features(Bytes bytes) {
  WebPBitstreamFeatures f;
  if (WebPGetFeatures(raw(bytes), bytes.size(), &f) != VP8_STATUS_OK)
    return invalid_image("WebP: the header is corrupt or cut off");
  return f;
}

}  // namespace

Result<ImageInfo> probe_webp(Bytes bytes) {
  const auto f = read_features(bytes);
  if (!f) return f.error();
  return ImageInfo{ImageKind::webp, static_cast<std::uint32_t>(f->width), static_cast<std::uint32_t>(f->height)};
}

Result<Rgba8Image> decode_webp(Bytes bytes, std::uint64_t max_texels) {
  const auto f = read_features(bytes);
  if (!f) return f.error();
  if (f->has_animation) return invalid_image("WebP: animations are not supported");
  const auto width = static_cast<std::uint32_t>(f->width), height = static_cast<std::uint32_t>(f->height);
  if (const auto ok = check_texels(width, height, max_texels); !ok) return ok.error();
  Rgba8Image image{width, height, {}};
  image.texels.resize(std::size_t{width} * height);
  auto* out = reinterpret_cast<std::uint8_t*>(image.texels.data());
  if (!WebPDecodeRGBAInto(raw(bytes), bytes.size(), out, image.texels.size() * 4, f->width * 4))
    return invalid_image("WebP: the picture is corrupt or cut off");
  return image;
}

}  // namespace kiln::image
