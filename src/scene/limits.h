#pragma once

#include <cstdint>

namespace kiln::scene {

/// What a scene file may ask for. Each bound is checked before the memory that it guards is allocated, so that a small
/// hostile file cannot take the machine. Exceeding one is Error limit_exceeded.
struct Limits {
  std::uint64_t max_file_bytes = std::uint64_t{2} << 30;
  std::uint64_t max_json_bytes = std::uint64_t{512} << 20;  ///< the JSON text; data URIs count
  std::uint64_t max_json_values = 10'000'000;               ///< values and keys of the JSON text
  std::uint32_t max_json_depth = 64;                        ///< nested objects and arrays
  std::uint64_t max_nodes = 1'000'000;
  std::uint64_t max_instances = 4'000'000;            ///< primitives placed in the scene
  std::uint64_t max_pose_weights = 1u << 26;          ///< morph weights of all these
  std::uint64_t max_motion_transforms = 1u << 23;     ///< of the instances that move while the shutter is open
  std::uint64_t max_triangles = 100'000'000;          ///< stored: instances share those of their mesh
  std::uint64_t max_triangle_lights = 1u << 24;       ///< emissive triangles, instances counted each
  std::uint64_t max_vertices = 100'000'000;           ///< stored
  std::uint64_t max_accessor_elements = 1u << 28;     ///< of one accessor
  std::uint64_t max_unbacked_elements = 1u << 22;     ///< of all accessors that have no bytes in the file (all zeros)
  std::uint64_t max_texels = std::uint64_t{1} << 29;  ///< of all pictures together, coarser levels counted
  std::uint64_t max_image_texels = std::uint64_t{1} << 28;  ///< of one picture
  std::uint64_t max_scene_bytes = std::uint64_t{8} << 30;   ///< the arrays of the Scene
};

}  // namespace kiln::scene
