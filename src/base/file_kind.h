#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kiln {

enum class FileKind { unknown, glb, gltf, obj, ply, stl, zip, radiance_hdr, openexr };

/// How many of a file's first bytes kind_of_file() wants to see. More change nothing.
inline constexpr std::size_t kTellingBytes = std::size_t{1} << 16;

/// What a file is, by its first bytes and its size; names are not looked at, and nothing is parsed:
///
///   glb, ply, zip, radiance_hdr, openexr  by their magic numbers
///   gltf  the first character is {
///   stl   84 bytes and 50 for each triangle that it counts, to the byte; or text that begins with `solid` and goes on
///         with facets; or, so that a cut one is told what it lacks, a header of printable text before a count
///   obj   text whose first statement is one of OBJ's
FileKind kind_of_file(std::string_view first_bytes, std::uint64_t file_bytes);

/// The count of triangles in the header of a binary STL; 0 where the file ends before.
std::uint32_t stl_triangle_count(std::string_view first_bytes);

inline constexpr std::size_t kStlHeaderBytes = 84, kStlTriangleBytes = 50;

}  // namespace kiln
