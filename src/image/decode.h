#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/vec.h"
#include "kiln/error.h"

/// Encoded pictures in memory -> texels. All functions are pure: any thread, several at once. Dimensions are read and
/// checked before anything is allocated, so a small hostile file cannot take the memory.
namespace kiln {

/// Rows from the top, straight (not premultiplied) alpha; red in the lowest byte of a texel, alpha in the highest.
struct Rgba8Image {
  std::uint32_t width = 0, height = 0;
  std::vector<std::uint32_t> texels;
};

/// Scene-linear RGB, rows from the top. Values are as the file has them: they may be negative, infinite or NaN.
struct LinearFloatImage {
  std::uint32_t width = 0, height = 0;
  std::vector<Vec3> pixels;
};

enum class ImageKind { png, jpeg, webp, radiance_hdr, openexr };

struct ImageInfo {
  ImageKind kind = ImageKind::png;
  std::uint32_t width = 0, height = 0;
};

/// Kind (by the first bytes, never by a name) and dimensions of any picture below, decoding nothing.
/// Errors: invalid_image.
Result<ImageInfo> probe_image(std::span<const std::byte> bytes);

/// PNG (all colour types and depths, 16 bits rounded to 8), JPEG (8 bits; CMYK is refused) or WebP (not animated).
/// Errors: invalid_image (another kind, corrupt, truncated), limit_exceeded (more than `max_texels`).
Result<Rgba8Image> decode_image(std::span<const std::byte> bytes, std::uint64_t max_texels);

/// Radiance .hdr (RGBE; flat, old and new run lengths, all eight orientations) or OpenEXR (one part, scanline or
/// tiled; RGB or Y, half or float; the display window counts and what the file lacks of it is black).
/// Errors: invalid_image, limit_exceeded.
Result<LinearFloatImage> decode_radiance(std::span<const std::byte> bytes, std::uint64_t max_texels);

}  // namespace kiln
