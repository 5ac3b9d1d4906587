#pragma once

#include <string>

#include "image/encode.h"
#include "image/resolve.h"

/// One encoder per file; encode.cpp chooses.
namespace kiln::image {

using EncodedBytes = Result<std::vector<std::byte>>;

EncodedBytes encode_png(const DisplayImage& image, const PictureInfo& info, bool quick);
EncodedBytes encode_jpeg(const DisplayImage& image, const PictureInfo& info);  ///< three channels only
EncodedBytes encode_webp(const DisplayImage& image, const PictureInfo& info);
EncodedBytes encode_exr(const LinearImage& image, const Film& film, bool with_alpha, const PictureInfo& info,
                        const ImageLayers& layers);

inline Error encoder_failed(std::string what) { return {ErrorCode::internal, std::move(what), {}}; }

/// limit_exceeded when a side is over what the format can hold.
inline Result<void> check_side(std::uint32_t width, std::uint32_t height, std::uint32_t most, std::string_view format) {
  if (width <= most && height <= most) return {};
  return Error{ErrorCode::limit_exceeded,
               std::string(format) + " holds at most " + std::to_string(most) + " pixels a side, this is " +
                   std::to_string(width) + " x " + std::to_string(height),
               {}};
}

}  // namespace kiln::image
