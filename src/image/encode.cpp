#include "image/encode.h"

#include <new>

#include "image/encoders.h"

namespace kiln {
namespace {

image::EncodedBytes encode_unguarded(const LinearImage& picture, const EncodeSettings& settings,
                                     const PictureInfo& info, const ImageLayers& layers) {
  if (picture.width == 0 || picture.height == 0) return image::encoder_failed("a picture without pixels");
  if (settings.format == ImageFormat::exr) {
    return image::encode_exr(picture, settings.film, settings.transparent, info, layers);
  }
  const bool alpha = settings.transparent && settings.format != ImageFormat::jpeg;
  const std::uint32_t bit_depth = settings.format == ImageFormat::png ? settings.bit_depth : 8;
  const DisplayImage display =
      to_display(picture, {settings.tone_mapping, settings.exposure_ev, alpha, settings.white_balance_k, bit_depth});
  switch (settings.format) {
    case ImageFormat::png:
      return image::encode_png(display, info, settings.quick);
    case ImageFormat::jpeg:
      return image::encode_jpeg(display, info);
    case ImageFormat::webp:
      return image::encode_webp(display, info);
    case ImageFormat::exr:
      break;
  }
  return image::encoder_failed("unknown image format");
}

}  // namespace

Result<std::vector<std::byte>> encode(const LinearImage& image, const EncodeSettings& settings, const PictureInfo& info,
                                      const ImageLayers& layers) try {
  return encode_unguarded(image, settings, info, layers);
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::out_of_memory, "not enough memory to encode the picture", {}};
}

}  // namespace kiln
