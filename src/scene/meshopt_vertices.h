#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace kiln::scene {

/// Whether these are vertices in version 1 of meshoptimizer's codec, which KHR_meshopt_compression adds and the library
/// in Debian 12 does not know.
bool is_vertex_codec_v1(std::span<const std::byte> packed);

/// Decodes them (KHR_meshopt_compression, appendix A, mode 0): `count` elements of `stride` bytes, a multiple of 4 that
/// is at most 256. Nothing where the bytes are no such stream.
std::optional<std::vector<std::byte>> decode_vertices_v1(std::span<const std::byte> packed, std::size_t count,
                                                         std::size_t stride);

/// The filter COLOR (appendix B, filter 4), in place: Y, Co, Cg and a marked alpha become red, green, blue and alpha,
/// four bytes (stride 4) or four shorts (stride 8) each.
void decode_color_filter(std::span<std::byte> data, std::size_t stride);

}  // namespace kiln::scene
