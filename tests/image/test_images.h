#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "image/encode.h"

namespace kiln::test {

inline constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 32;

inline std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> out;
  for (const char c : text) out.push_back(static_cast<std::byte>(c));
  return out;
}

inline std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A smooth picture whose alpha falls from left to right, associated.
inline LinearImage gradient(std::uint32_t width, std::uint32_t height) {
  LinearImage image{width, height, {}};
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x) {
      const float u = static_cast<float>(x) / static_cast<float>(width),
                  v = static_cast<float>(y) / static_cast<float>(height);
      const float alpha = 1 - u;
      image.pixels.push_back({u * alpha, v * alpha, 0.5f * alpha, alpha});
    }
  return image;
}

inline LinearImage filled(std::uint32_t width, std::uint32_t height, Vec4 pixel) {
  return {width, height, std::vector<Vec4>(std::size_t{width} * height, pixel)};
}

inline EncodeSettings clipped(ImageFormat format, bool transparent = false) {
  EncodeSettings s;
  s.format = format;
  s.tone_mapping = ToneMapping::none;
  s.transparent = transparent;
  return s;
}

}  // namespace kiln::test
