#include "scene/accessor.h"

#include <algorithm>
#include <cstring>

namespace kiln::scene {
namespace {

template <class T>
T load(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);  // little-endian as the format; no alignment is assumed
  return value;
}

std::uint32_t load_unsigned(const std::byte* bytes, int component_type) {
  switch (component_type) {
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE:
      return load<std::uint8_t>(bytes);
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT:
      return load<std::uint16_t>(bytes);
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT:
      return load<std::uint32_t>(bytes);
    default:
      return 0;
  }
}

/// Null for a buffer without bytes.
const std::byte* view_data(const Document& document, int view, std::size_t offset) {
  const tinygltf::BufferView& v = document.model.bufferViews[static_cast<std::size_t>(view)];
  const std::span<const std::byte> buffer = document.buffers[static_cast<std::size_t>(v.buffer)];
  return buffer.empty() ? nullptr : buffer.data() + v.byteOffset + offset;
}

/// Columns of matrices start at multiples of 4 bytes (section 3.6.2.4); 0 for what is no matrix.
std::size_t matrix_rows(int type) {
  switch (type) {
    case TINYGLTF_TYPE_MAT2:
      return 2;
    case TINYGLTF_TYPE_MAT3:
      return 3;
    case TINYGLTF_TYPE_MAT4:
      return 4;
    default:
      return 0;
  }
}

}  // namespace

std::size_t component_bytes(int component_type) {
  switch (component_type) {
    case TINYGLTF_COMPONENT_TYPE_BYTE:
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE:
      return 1;
    case TINYGLTF_COMPONENT_TYPE_SHORT:
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT:
      return 2;
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT:
    case TINYGLTF_COMPONENT_TYPE_FLOAT:
      return 4;
    default:
      return 0;
  }
}

std::size_t component_offset(int component_type, int type, std::size_t c) {
  const std::size_t bytes = component_bytes(component_type), rows = matrix_rows(type);
  if (rows == 0) return c * bytes;
  const std::size_t column_bytes = (rows * bytes + 3) / 4 * 4;
  return c / rows * column_bytes + c % rows * bytes;
}

std::size_t element_bytes(int component_type, int type) {
  const std::size_t components =
      static_cast<std::size_t>(tinygltf::GetNumComponentsInType(static_cast<unsigned>(type)));
  return component_offset(component_type, type, components - 1) + component_bytes(component_type);
}

std::size_t packed_stride(int component_type, int type) {
  const std::size_t bytes = element_bytes(component_type, type);
  return matrix_rows(type) == 0 ? bytes : (bytes + 3) / 4 * 4;
}

Result<void> check_bytes(const Document& document, std::size_t accessor) {
  const int view = document.model.accessors[accessor].bufferView;
  if (view < 0) return {};
  const int buffer = document.model.bufferViews[static_cast<std::size_t>(view)].buffer;
  if (!document.buffers[static_cast<std::size_t>(buffer)].empty()) return {};
  const std::string place = "/buffers/" + std::to_string(buffer);
  return Error{ErrorCode::invalid_scene, place + " has neither a uri nor a BIN chunk", place};
}

AccessorReader::AccessorReader(const Document& document, std::size_t accessor) {
  const tinygltf::Accessor& a = document.model.accessors[accessor];
  count_ = a.count;
  components_ = static_cast<std::size_t>(tinygltf::GetNumComponentsInType(static_cast<unsigned>(a.type)));
  component_type_ = a.componentType;
  type_ = a.type;
  normalized_ = a.normalized;
  const std::size_t packed = packed_stride(a.componentType, a.type);
  if (a.bufferView >= 0 && view_data(document, a.bufferView, 0) != nullptr) {
    const std::size_t stride = document.model.bufferViews[static_cast<std::size_t>(a.bufferView)].byteStride;
    stride_ = stride != 0 ? stride : packed;
    data_ = view_data(document, a.bufferView, a.byteOffset);
  }
  if (!a.sparse.isSparse || view_data(document, a.sparse.indices.bufferView, 0) == nullptr) return;
  const auto& s = a.sparse;
  const std::byte* indices = view_data(document, s.indices.bufferView, static_cast<std::size_t>(s.indices.byteOffset));
  const std::size_t index_bytes = component_bytes(s.indices.componentType);
  sparse_indices_.resize(static_cast<std::size_t>(s.count));
  for (std::size_t i = 0; i < sparse_indices_.size(); ++i)
    sparse_indices_[i] = load_unsigned(indices + i * index_bytes, s.indices.componentType);
  sparse_values_ = view_data(document, s.values.bufferView, static_cast<std::size_t>(s.values.byteOffset));
  sparse_stride_ = packed;
}

const std::byte* AccessorReader::element(std::size_t i) const {
  if (sparse_values_ != nullptr) {
    const auto it = std::lower_bound(sparse_indices_.begin(), sparse_indices_.end(), i);
    if (it != sparse_indices_.end() && *it == i)
      return sparse_values_ + static_cast<std::size_t>(it - sparse_indices_.begin()) * sparse_stride_;
  }
  return data_ == nullptr ? nullptr : data_ + i * stride_;
}

float AccessorReader::value(std::size_t i, std::size_t c) const {
  const std::byte* bytes = element(i);
  if (bytes == nullptr) return 0;
  bytes += component_offset(component_type_, type_, c);
  const auto decoded = [this](float stored, float scale) {
    return normalized_ ? std::max(stored / scale, -1.0f) : stored;
  };
  switch (component_type_) {
    case TINYGLTF_COMPONENT_TYPE_BYTE:
      return decoded(load<std::int8_t>(bytes), 127.0f);
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE:
      return decoded(load<std::uint8_t>(bytes), 255.0f);
    case TINYGLTF_COMPONENT_TYPE_SHORT:
      return decoded(load<std::int16_t>(bytes), 32767.0f);
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT:
      return decoded(load<std::uint16_t>(bytes), 65535.0f);
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT:
      return static_cast<float>(load<std::uint32_t>(bytes));
    default:
      return load<float>(bytes);
  }
}

std::uint32_t AccessorReader::integer(std::size_t i, std::size_t c) const {
  const std::byte* bytes = element(i);
  return bytes == nullptr ? 0 : load_unsigned(bytes + component_offset(component_type_, type_, c), component_type_);
}

Affine AccessorReader::mat4(std::size_t i) const {
  const auto column = [&](std::size_t c) { return Vec3{value(i, 4 * c), value(i, 4 * c + 1), value(i, 4 * c + 2)}; };
  return {column(0), column(1), column(2), column(3)};
}

}  // namespace kiln::scene
