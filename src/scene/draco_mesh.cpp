#include "scene/draco_mesh.h"

#include <cstring>
#include <draco/compression/mesh/mesh_edgebreaker_decoder.h>
#include <draco/compression/mesh/mesh_sequential_decoder.h>
#include <draco/core/varint_decoding.h>
#include <draco/mesh/mesh.h>
#include <type_traits>

#include "scene/accessor.h"

namespace kiln::scene {
namespace {

/// One of Draco's two decoders of meshes, which looks at the counts of a mesh before it makes room for them.
template <class Decoder>
class Bounded : public Decoder {
 public:
  Bounded(const DracoMesh::Limits& limits, std::string& fault) : limits_(limits), fault_(fault) {}

 protected:
  bool DecodeConnectivity() override {
    constexpr bool kIsEdgebreaker = std::is_same_v<Decoder, draco::MeshEdgebreakerDecoder>;
    draco::DecoderBuffer ahead = *this->buffer();
    std::uint32_t first = 0, second = 0;
    if (!draco::DecodeVarint(&first, &ahead) || !draco::DecodeVarint(&second, &ahead)) return false;
    const std::uint32_t vertices = kIsEdgebreaker ? first : second, faces = kIsEdgebreaker ? second : first;
    if (faces > limits_.max_faces || vertices > limits_.max_vertices) return exceed();
    return Decoder::DecodeConnectivity();
  }

  bool DecodeAllAttributes() override {
    const draco::PointCloud& points = *this->point_cloud();
    if (points.num_points() > limits_.max_vertices) return exceed();
    std::uint64_t bytes_each = 0;
    for (int i = 0; i < points.num_attributes(); ++i)  // as stored, and as they are predicted
      bytes_each += static_cast<std::uint64_t>(points.attribute(i)->byte_stride()) +
                    std::uint64_t{4} * static_cast<std::uint64_t>(points.attribute(i)->num_components());
    if (bytes_each * points.num_points() > limits_.max_bytes) return exceed();
    return Decoder::DecodeAllAttributes();
  }

 private:
  bool exceed() {
    fault_ = "holds more than its accessors say";
    return false;
  }

  const DracoMesh::Limits& limits_;
  std::string& fault_;
};

template <class Decoder>
std::unique_ptr<draco::Mesh> decode_with(draco::DecoderBuffer& buffer, const DracoMesh::Limits& limits,
                                         std::string& fault) {
  auto mesh = std::make_unique<draco::Mesh>();
  Bounded<Decoder> decoder(limits, fault);
  const draco::DecoderOptions options;
  const draco::Status status = decoder.Decode(options, &buffer, mesh.get());
  if (!status.ok() && fault.empty()) fault = "is corrupt: " + status.error_msg_string();
  return status.ok() ? std::move(mesh) : nullptr;
}

template <class T>
bool write(const draco::PointAttribute& attribute, std::uint32_t points, const DracoMesh::Layout& layout,
           std::byte* out) {
  for (std::uint32_t p = 0; p < points; ++p, out += layout.stride) {
    const auto index = attribute.mapped_index(draco::PointIndex(p));
    if (index.value() >= attribute.size()) return false;
    T values[16] = {};
    if (!attribute.ConvertValue<T>(index, static_cast<std::int8_t>(layout.components), values)) return false;
    std::memcpy(out, values, layout.components * sizeof(T));
  }
  return true;
}

}  // namespace

DracoMesh::DracoMesh(std::unique_ptr<draco::Mesh> mesh) : mesh_(std::move(mesh)) {}
DracoMesh::DracoMesh(DracoMesh&&) noexcept = default;
DracoMesh::~DracoMesh() = default;

std::optional<DracoMesh> DracoMesh::decode(std::span<const std::byte> bytes, const Limits& limits, std::string& fault) {
  draco::DecoderBuffer buffer;
  buffer.Init(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  draco::DecoderBuffer ahead = buffer;
  draco::DracoHeader header;
  if (!draco::PointCloudDecoder::DecodeHeader(&ahead, &header).ok() || header.encoder_type != draco::TRIANGULAR_MESH) {
    fault = "is no mesh compressed with Draco";
    return std::nullopt;
  }
  if (header.version_major != 2 || header.version_minor != 2) {
    fault = "is of another version of Draco's bitstream than 2.2";
    return std::nullopt;
  }
  auto decoded = header.encoder_method == draco::MESH_EDGEBREAKER_ENCODING
                     ? decode_with<draco::MeshEdgebreakerDecoder>(buffer, limits, fault)
                     : decode_with<draco::MeshSequentialDecoder>(buffer, limits, fault);
  if (!decoded) return std::nullopt;
  DracoMesh mesh(std::move(decoded));
  if (mesh.read_indices()) return mesh;
  fault = "is corrupt: a triangle has a vertex that is not there";
  return std::nullopt;
}

bool DracoMesh::read_indices() {
  indices_.reserve(std::size_t{3} * mesh_->num_faces());
  for (std::uint32_t f = 0; f < mesh_->num_faces(); ++f)
    for (const draco::PointIndex& point : mesh_->face(draco::FaceIndex(f))) {
      if (point.value() >= mesh_->num_points()) return false;
      indices_.push_back(point.value());
    }
  return true;
}

std::size_t DracoMesh::vertex_count() const { return mesh_->num_points(); }

std::optional<std::vector<std::byte>> DracoMesh::attribute(std::uint32_t unique_id, const Layout& layout) const {
  const draco::PointAttribute* attribute = mesh_->GetAttributeByUniqueId(unique_id);
  if (attribute == nullptr || static_cast<std::size_t>(attribute->num_components()) != layout.components)
    return std::nullopt;
  if (attribute->buffer()->data_size() < attribute->size() * static_cast<std::size_t>(attribute->byte_stride()))
    return std::nullopt;
  std::vector<std::byte> out(layout.stride * mesh_->num_points());
  const auto written = [&]<class T>(T) { return write<T>(*attribute, mesh_->num_points(), layout, out.data()); };
  bool done = false;
  switch (layout.component_type) {
    case TINYGLTF_COMPONENT_TYPE_BYTE:
      done = written(std::int8_t{});
      break;
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE:
      done = written(std::uint8_t{});
      break;
    case TINYGLTF_COMPONENT_TYPE_SHORT:
      done = written(std::int16_t{});
      break;
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT:
      done = written(std::uint16_t{});
      break;
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT:
      done = written(std::uint32_t{});
      break;
    default:
      done = written(float{});
  }
  return done ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace kiln::scene
