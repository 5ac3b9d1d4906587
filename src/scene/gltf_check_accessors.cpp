#include <algorithm>
#include <array>

#include "scene/accessor.h"
#include "scene/gltf_checks.h"

namespace kiln::scene {
namespace {

constexpr std::uint64_t kUnsignedInt = 5125, kFloat = 5126;

struct ElementType {
  std::string_view name;
  int code;
  std::size_t components;
};
constexpr std::array kElementTypes = {
    ElementType{"SCALAR", TINYGLTF_TYPE_SCALAR, 1}, ElementType{"VEC2", TINYGLTF_TYPE_VEC2, 2},
    ElementType{"VEC3", TINYGLTF_TYPE_VEC3, 3},     ElementType{"VEC4", TINYGLTF_TYPE_VEC4, 4},
    ElementType{"MAT2", TINYGLTF_TYPE_MAT2, 4},     ElementType{"MAT3", TINYGLTF_TYPE_MAT3, 9},
    ElementType{"MAT4", TINYGLTF_TYPE_MAT4, 16},
};

const ElementType* element_type(const JsonView& accessor) {
  const JsonView type = accessor.required("type");
  const auto name = type.string();
  if (!name) return nullptr;
  for (const ElementType& known : kElementTypes)
    if (known.name == *name) return &known;
  type.fail("is none of the element types");
  return nullptr;
}

std::optional<int> component_type(const JsonView& place) {
  const auto type = place.integer(0, 65535);
  if (type && component_bytes(static_cast<int>(*type)) == 0)
    return place.fail("is none of the component types"), std::nullopt;
  return type ? std::optional(static_cast<int>(*type)) : std::nullopt;
}

/// `count` elements of `bytes` each, `stride` apart, from `offset` in a buffer view.
struct ByteRange {
  std::uint64_t offset = 0, stride = 0, count = 0, bytes = 0;
  std::uint64_t end() const { return offset + stride * (count - 1) + bytes; }
};

void check_range(const JsonView& place, const JsonView& view, const ByteRange& range, std::uint64_t alignment) {
  const std::uint64_t total = view["byteOffset"].integer().value_or(0) + range.offset;
  if (total % alignment != 0)
    return place.fail("does not start at a multiple of " + std::to_string(alignment) + " bytes");
  if (range.stride < range.bytes) return place.fail("has elements larger than the byteStride of its buffer view");
  if (range.end() > *view["byteLength"].integer())
    place.fail("needs " + std::to_string(range.end()) + " bytes, but its buffer view has only " +
               std::to_string(*view["byteLength"].integer()));
}

void check_sparse_part(const Checks& checks, const JsonView& part, std::uint64_t count, std::uint64_t bytes,
                       std::uint64_t alignment) {
  const auto index = part.required("bufferView").index(checks.count("bufferViews"));
  const auto offset = part["byteOffset"].integer(0, std::uint64_t{1} << 31).value_or(0);
  if (!index || checks.failed()) return;
  const JsonView view = checks.root["bufferViews"].at(*index);
  if (view["byteStride"].present() || view["target"].present())
    return part["bufferView"].fail("refers to a buffer view with a byteStride or a target");
  check_range(part, view, {offset, bytes, count, bytes}, alignment);
}

void check_sparse(const Checks& checks, const JsonView& sparse, std::uint64_t count, std::size_t element,
                  std::size_t component) {
  if (!check_object(checks, sparse, "sparse")) return;
  const auto substituted = sparse.required("count").integer(1);
  const JsonView indices = sparse.required("indices"), values = sparse.required("values");
  if (!substituted || !check_object(checks, indices, "indices") || !check_object(checks, values, "values")) return;
  if (*substituted > count) return sparse["count"].fail("is larger than that of the accessor");
  const auto index_type = component_type(indices.required("componentType"));
  if (!index_type) return;
  if (*index_type != 5121 && *index_type != 5123 && *index_type != 5125)
    return indices["componentType"].fail("is not an unsigned integer");
  const std::size_t index_bytes = component_bytes(*index_type);
  check_sparse_part(checks, indices, *substituted, index_bytes, index_bytes);
  check_sparse_part(checks, values, *substituted, element, component);
}

void check_view(const Checks& checks, const JsonView& accessor, const ElementType& type, int component,
                std::uint64_t count) {
  const JsonView view_index = accessor["bufferView"], offset = accessor["byteOffset"];
  if (!view_index.present() && offset.present()) return offset.fail("needs a bufferView beside it");
  const auto index = view_index.index(checks.count("bufferViews"));
  if (!index) return;
  const JsonView view = checks.root["bufferViews"].at(*index);
  const std::size_t bytes = element_bytes(component, type.code), packed = packed_stride(component, type.code);
  const std::uint64_t start = offset.integer().value_or(0);
  if (start % component_bytes(component) != 0 || (type.name.starts_with("MAT") && start % 4 != 0))
    return offset.fail("is not aligned to the components, or not to 4 bytes for a matrix");
  check_range(accessor, view, {start, view["byteStride"].integer().value_or(packed), count, bytes},
              component_bytes(component));
}

void check_accessor(const Checks& checks, const JsonView& accessor) {
  if (!check_object(checks, accessor, "accessor")) return;
  const auto component = component_type(accessor.required("componentType"));
  const auto count = accessor.required("count").integer(1);
  const ElementType* type = element_type(accessor);
  const bool is_normalized = accessor["normalized"].boolean().value_or(false);
  if (!component || !count || type == nullptr) return;
  if (*count > checks.limits.max_accessor_elements) {
    const std::string limit = std::to_string(checks.limits.max_accessor_elements);
    return accessor["count"].fail("is over " + limit, ErrorCode::limit_exceeded);
  }
  if (is_normalized && (*component == kFloat || *component == kUnsignedInt))
    accessor["normalized"].fail("is only for bytes and shorts");
  accessor["min"].numbers(type->components);
  accessor["max"].numbers(type->components);
  check_view(checks, accessor, *type, *component, *count);
  if (accessor["sparse"].present())
    check_sparse(checks, accessor["sparse"], *count, packed_stride(*component, type->code),
                 component_bytes(*component));
}

/// What all accessors together may hold: bytes of the file that are read again and again, and zeros that stand in no
/// file, must not make a small file large.
class TotalSize {
 public:
  explicit TotalSize(const Checks& checks) : checks_(checks) {
    const JsonView buffers = checks.root["buffers"];
    for (std::size_t i = 0; i < buffers.size(); ++i) max_bytes_ += kReadings * *buffers.at(i)["byteLength"].integer();
  }

  void add(const JsonView& accessor) {
    const AccessorFormat f = format_of(accessor);
    constexpr std::uint64_t kLargestElement = 64;
    if (accessor["bufferView"].present()) {
      const auto view = checks_.root["bufferViews"].at(*accessor["bufferView"].integer());
      bytes_ += std::min(f.count * kLargestElement, *view["byteLength"].integer());
    } else {
      zeros_ += f.count;
    }
    if (zeros_ > checks_.limits.max_unbacked_elements)
      accessor.fail("takes the elements without bytes over " + std::to_string(checks_.limits.max_unbacked_elements),
                    ErrorCode::limit_exceeded);
    if (bytes_ > max_bytes_)
      accessor.fail("takes the bytes of all accessors over " + std::to_string(max_bytes_), ErrorCode::limit_exceeded);
  }

 private:
  static constexpr std::uint64_t kReadings = 64;

  const Checks& checks_;
  std::uint64_t bytes_ = 0, zeros_ = 0;
  std::uint64_t max_bytes_ = std::uint64_t{64} << 20;
};

}  // namespace

AccessorFormat format_of(const JsonView& accessor) {
  return {*accessor["type"].string(), *accessor["componentType"].integer(), *accessor["count"].integer(),
          accessor["normalized"].boolean().value_or(false)};
}

void check_accessor_formats(const Checks& checks) {
  for_each(checks.root["accessors"], [&](const JsonView& accessor, std::size_t) { check_accessor(checks, accessor); });
}

void check_accessors(const Checks& checks) {
  TotalSize total(checks);
  for_each(checks.root["accessors"], [&](const JsonView& accessor, std::size_t) {
    check_accessor(checks, accessor);
    if (!checks.failed()) total.add(accessor);
  });
}

}  // namespace kiln::scene
