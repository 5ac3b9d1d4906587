#include "image/decode.h"

#include <cstring>
#include <optional>

#include "image/codecs.h"

namespace kiln {
namespace {

using image::Bytes;

bool has_at(Bytes bytes, std::size_t at, std::string_view magic) {
  return bytes.size() >= at + magic.size() && std::memcmp(bytes.data() + at, magic.data(), magic.size()) == 0;
}

std::optional<ImageKind> kind_of(Bytes bytes) {
  if (has_at(bytes, 0, "\x89PNG\r\n\x1a\n")) return ImageKind::png;
  if (has_at(bytes, 0, "\xff\xd8\xff")) return ImageKind::jpeg;
  if (has_at(bytes, 0, "RIFF") && has_at(bytes, 8, "WEBP")) return ImageKind::webp;
  if (has_at(bytes, 0, "#?RADIANCE") || has_at(bytes, 0, "#?RGBE")) return ImageKind::radiance_hdr;
  if (has_at(bytes, 0, "\x76\x2f\x31\x01")) return ImageKind::openexr;
  return std::nullopt;
}

}  // namespace

Result<ImageInfo> probe_image(std::span<const std::byte> bytes) {
  const auto kind = kind_of(bytes);
  if (!kind) return image::invalid_image("the picture is not PNG, JPEG, WebP, Radiance .hdr or OpenEXR");
  switch (*kind) {
    case ImageKind::png:
      return image::probe_png(bytes);
    case ImageKind::jpeg:
      return image::probe_jpeg(bytes);
    case ImageKind::webp:
      return image::probe_webp(bytes);
    case ImageKind::radiance_hdr:
      return image::probe_hdr(bytes);
    case ImageKind::openexr:
      return image::probe_exr(bytes);
  }
  return image::invalid_image("the picture is of an unknown kind");
}

Result<Rgba8Image> decode_image(std::span<const std::byte> bytes, std::uint64_t max_texels) {
  const auto kind = kind_of(bytes);
  if (kind == ImageKind::png) return image::decode_png(bytes, max_texels);
  if (kind == ImageKind::jpeg) return image::decode_jpeg(bytes, max_texels);
  if (kind == ImageKind::webp) return image::decode_webp(bytes, max_texels);
  return image::invalid_image("the picture is not PNG, JPEG or WebP");
}

Result<LinearFloatImage> decode_radiance(std::span<const std::byte> bytes, std::uint64_t max_texels) {
  const auto kind = kind_of(bytes);
  if (kind == ImageKind::radiance_hdr) return image::decode_hdr(bytes, max_texels);
  if (kind == ImageKind::openexr) return image::decode_exr(bytes, max_texels);
  return image::invalid_image("the picture is not Radiance .hdr or OpenEXR");
}

}  // namespace kiln
