#pragma once

#include <fmt/format.h>

#include "image/decode.h"

/// One decoder per file; decode.cpp chooses among them by the first bytes.
namespace kiln::image {

using Bytes = std::span<const std::byte>;

Result<ImageInfo> probe_png(Bytes bytes);
Result<ImageInfo> probe_jpeg(Bytes bytes);
Result<ImageInfo> probe_webp(Bytes bytes);
Result<ImageInfo> probe_hdr(Bytes bytes);
Result<ImageInfo> probe_exr(Bytes bytes);

Result<Rgba8Image> decode_png(Bytes bytes, std::uint64_t max_texels);
Result<Rgba8Image> decode_jpeg(Bytes bytes, std::uint64_t max_texels);
Result<Rgba8Image> decode_webp(Bytes bytes, std::uint64_t max_texels);
Result<LinearFloatImage> decode_hdr(Bytes bytes, std::uint64_t max_texels);
Result<LinearFloatImage> decode_exr(Bytes bytes, std::uint64_t max_texels);

template <class... Args>
Error invalid_image(fmt::format_string<Args...> text, Args&&... args) {
  return {ErrorCode::invalid_image, fmt::format(text, std::forward<Args>(args)...), {}};
}

/// limit_exceeded when width x height is over the limit; call it before allocating.
inline Result<void> check_texels(std::uint64_t width, std::uint64_t height, std::uint64_t max_texels) {
  if (width == 0 || height == 0) return invalid_image("the picture is {} x {} pixels", width, height);
  if (height <= max_texels / width) return {};
  return Error{ErrorCode::limit_exceeded,
               fmt::format("the picture is {} x {} pixels, over the limit of {}", width, height, max_texels),
               {}};
}

}  // namespace kiln::image
