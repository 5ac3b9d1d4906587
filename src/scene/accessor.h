#pragma once

#include <cstdint>
#include <vector>

#include "kernels/vec.h"

#include "scene/document.h"

namespace kiln::scene {

/// Element-wise access to an accessor of a checked document: strides, component types, normalisation (glTF 2.0, section
/// 3.11) and sparse substitution are dealt with; an accessor without a buffer view reads as zeros.
class AccessorReader {
 public:
  AccessorReader(const Document& document, std::size_t accessor);

  std::size_t count() const { return count_; }
  bool is_zero() const { return data_ == nullptr && sparse_values_ == nullptr; }  ///< no bytes in the file
  std::size_t components() const { return components_; }
  const std::vector<std::uint32_t>& sparse_indices() const { return sparse_indices_; }

  /// Component `c` of element `i`: decoded (normalised integers in [-1, 1] or [0, 1]), or as stored.
  float value(std::size_t i, std::size_t c) const;
  std::uint32_t integer(std::size_t i, std::size_t c) const;

  Vec2 vec2(std::size_t i) const { return {value(i, 0), value(i, 1)}; }
  Vec3 vec3(std::size_t i) const { return {value(i, 0), value(i, 1), value(i, 2)}; }
  Vec4 vec4(std::size_t i) const { return {value(i, 0), value(i, 1), value(i, 2), value(i, 3)}; }
  Affine mat4(std::size_t i) const;  ///< the upper three rows

 private:
  /// The bytes of element `i`, or null for zeros.
  const std::byte* element(std::size_t i) const;

  const std::byte* data_ = nullptr;
  std::size_t stride_ = 0, count_ = 0, components_ = 1;
  int component_type_ = 0, type_ = 0;
  bool normalized_ = false;
  std::vector<std::uint32_t> sparse_indices_;  ///< ascending
  const std::byte* sparse_values_ = nullptr;
  std::size_t sparse_stride_ = 0;
};

/// Buffers may be declared without bytes, but what is read needs them. Errors: invalid_scene.
Result<void> check_bytes(const Document& document, std::size_t accessor);

/// Bytes of one component; 0 for an unknown type.
std::size_t component_bytes(int component_type);

/// Bytes of one element, with the padding between matrix columns but not behind the last (section 3.6.2.4).
std::size_t element_bytes(int component_type, int type);

/// From one element to the next where there is no byteStride: the padding behind the last column counts.
std::size_t packed_stride(int component_type, int type);

/// Where component `c` of an element stands, in bytes.
std::size_t component_offset(int component_type, int type, std::size_t c);

}  // namespace kiln::scene
