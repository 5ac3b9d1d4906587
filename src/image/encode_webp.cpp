#include <memory>
#include <webp/encode.h>
#include <webp/mux.h>

#include "image/encoders.h"
#include "image/metadata.h"

namespace kiln::image {
namespace {

constexpr float kQuality = 92;

/// The library's structs with their clean-up.
struct Picture {
  WebPPicture p;
  WebPMemoryWriter writer;
  Picture() { WebPMemoryWriterInit(&writer); }
  ~Picture() {
    WebPPictureFree(&p);
    WebPMemoryWriterClear(&writer);
  }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
};

bool import(WebPPicture& p, const DisplayImage& image) {
  const int stride = static_cast<int>(image.width * image.channels);
  return image.channels == 4 ? WebPPictureImportRGBA(&p, image.bytes.data(), stride)
                             : WebPPictureImportRGB(&p, image.bytes.data(), stride);
}

EncodedBytes with_xmp(const WebPMemoryWriter& plain, const std::string& xmp) {
  const std::unique_ptr<WebPMux, void (*)(WebPMux*)> mux(WebPMuxNew(), WebPMuxDelete);
  const WebPData picture{plain.mem, plain.size};
  const WebPData chunk{reinterpret_cast<const std::uint8_t*>(xmp.data()), xmp.size()};
  WebPData out;
  WebPDataInit(&out);
  if (!mux || WebPMuxSetImage(mux.get(), &picture, 0) != WEBP_MUX_OK ||
      WebPMuxSetChunk(mux.get(), "XMP ", &chunk, 0) != WEBP_MUX_OK || WebPMuxAssemble(mux.get(), &out) != WEBP_MUX_OK)
    return encoder_failed("WebP: the metadata could not be added");
  const auto* first = reinterpret_cast<const std::byte*>(out.bytes);
  std::vector<std::byte> bytes(first, first + out.size);
  WebPDataClear(&out);
  return bytes;
}

}  // namespace

EncodedBytes encode_webp(const DisplayImage& image, const PictureInfo& info) {
  if (const auto ok = check_side(image.width, image.height, WEBP_MAX_DIMENSION, "WebP"); !ok) return ok.error();
  WebPConfig config;
  Picture picture;
  if (!WebPConfigPreset(&config, WEBP_PRESET_PHOTO, kQuality) || !WebPPictureInit(&picture.p))
    return encoder_failed("WebP: another version of the library at run time");
  config.exact = 1;  // keep colour under zero alpha as it is
  config.alpha_quality = 100;
  picture.p.width = static_cast<int>(image.width);
  picture.p.height = static_cast<int>(image.height);
  picture.p.writer = WebPMemoryWrite;
  picture.p.custom_ptr = &picture.writer;
  if (!import(picture.p, image)) return Error{ErrorCode::out_of_memory, "no memory for a WebP encoder", {}};
  if (!WebPEncode(&config, &picture.p))
    return encoder_failed("WebP: encoder error " + std::to_string(picture.p.error_code));
  return with_xmp(picture.writer, metadata_xmp(info));
}

}  // namespace kiln::image
