#include "scene/draco_primitives.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "scene/accessor.h"
#include "scene/draco_mesh.h"
#include "scene/gltf_checks.h"

namespace kiln::scene {
namespace {

constexpr const char* kExtension = "KHR_draco_mesh_compression";
constexpr std::uint64_t kTriangles = 4, kTriangleStrip = 5;

/// An accessor that is to be filled: index attributes have no name.
struct Target {
  std::string name;
  std::size_t accessor = 0;
  std::uint32_t unique_id = 0;
  std::uint64_t count = 0;
  DracoMesh::Layout layout;
};

/// Where the values of an accessor come from: buffer view, unique id (none for indices).
using Source = std::pair<std::size_t, std::optional<std::uint32_t>>;

class DracoUnpacker {
 public:
  DracoUnpacker(Document& document, Unpacked& unpacked, Report& report)
      : document_(document), unpacked_(unpacked), root_(document.json, report) {}

  void unpack(const JsonView& primitive, Json& target);

 private:
  std::optional<Target> target_for(const JsonView& place);
  std::vector<Target> attributes_of(const JsonView& primitive);
  bool has_bytes(const std::vector<Target>& targets) const;
  bool is_filled(const JsonView& place, std::size_t view, const std::vector<Target>& targets);
  std::optional<DracoMesh> decode(const JsonView& extension, std::size_t view, std::uint64_t faces,
                                  const std::vector<Target>& targets);
  void fill(const JsonView& primitive, const DracoMesh& mesh, const std::vector<Target>& targets);
  void fill_indices(const JsonView& primitive, const DracoMesh& mesh, const Target& target);
  void give_bytes(std::size_t accessor, std::vector<std::byte> bytes, std::size_t stride);

  Document& document_;
  Unpacked& unpacked_;
  JsonView root_;
  std::map<std::size_t, Source> filled_;  ///< by accessor
};

std::size_t components_of(const AccessorFormat& f) {
  if (f.type == "SCALAR") return 1;
  const auto n = static_cast<std::size_t>(f.type.back() - '0');
  return f.type.starts_with("MAT") ? n * n : n;
}

std::optional<Target> DracoUnpacker::target_for(const JsonView& place) {
  const auto index = place.index(root_["accessors"].size());
  if (!index) return std::nullopt;
  const AccessorFormat f = format_of(root_["accessors"].at(*index));
  if (f.type.starts_with("MAT")) return place.fail("refers to an accessor of matrices"), std::nullopt;
  Target t;
  t.accessor = *index;
  t.count = f.count;
  const std::size_t components = components_of(f);
  const int type = static_cast<int>(f.component_type);
  // Vertices stand at multiples of 4 bytes (glTF 2.0, section 3.6.2.4).
  t.layout = {type, components, (components * component_bytes(type) + 3) / 4 * 4};
  return t;
}

/// Those that the extension names; nothing after a fault.
std::vector<Target> DracoUnpacker::attributes_of(const JsonView& primitive) {
  const JsonView ids = primitive["extensions"][kExtension].required("attributes");
  if (!ids.is_object()) return {};
  if (ids.size() == 0) return ids.fail("must not be empty"), std::vector<Target>{};
  std::vector<Target> targets;
  for (const auto& [name, value] : ids.json().items()) {
    const JsonView id = ids[name.c_str()], place = primitive["attributes"][name.c_str()];
    const auto unique_id = id.integer(0, 0xffffffffu);
    if (unique_id && !place.present()) id.fail("has no such attribute in the primitive");
    auto target = unique_id ? target_for(place) : std::nullopt;
    if (!target) return {};
    if (!targets.empty() && targets.front().count != target->count)
      return place.fail("has another count than the other attributes"), std::vector<Target>{};
    target->name = name;
    target->unique_id = static_cast<std::uint32_t>(*unique_id);
    targets.push_back(*std::move(target));
  }
  return targets;
}

/// Whether the file holds them uncompressed as well.
bool DracoUnpacker::has_bytes(const std::vector<Target>& targets) const {
  for (const Target& t : targets) {
    const auto view = root_["accessors"].at(t.accessor)["bufferView"].integer();
    if (!view || document_.buffers[*root_["bufferViews"].at(*view)["buffer"].integer()].empty()) return false;
  }
  return true;
}

/// Whether another primitive has filled them all from the same source; reports one that was filled from elsewhere.
bool DracoUnpacker::is_filled(const JsonView& place, std::size_t view, const std::vector<Target>& targets) {
  bool all = true;
  for (const Target& t : targets) {
    const Source source{view, t.name.empty() ? std::nullopt : std::optional(t.unique_id)};
    const auto [it, is_new] = filled_.try_emplace(t.accessor, source);
    all = all && !is_new;
    if (!is_new && it->second != source) place.fail("fills an accessor that other compressed data fills already");
  }
  return all;
}

std::optional<DracoMesh> DracoUnpacker::decode(const JsonView& extension, std::size_t view, std::uint64_t faces,
                                               const std::vector<Target>& targets) {
  const JsonView v = root_["bufferViews"].at(view);
  const auto buffer = document_.buffers[*v["buffer"].integer()];
  if (buffer.empty()) return extension["bufferView"].fail("refers to a buffer without bytes"), std::nullopt;
  const std::uint64_t vertices = targets.front().count;
  std::uint64_t bytes = 12 * faces;
  for (const Target& t : targets) bytes += t.layout.stride * vertices;
  if (!unpacked_.reserve(bytes)) {
    extension.fail("takes what is unpacked over " + std::to_string(unpacked_.limit_bytes()) + " bytes",
                   ErrorCode::limit_exceeded);
    return std::nullopt;
  }
  constexpr std::uint64_t kUnnamed = 4, kFreeBytes = 1u << 20;  // for attributes that no accessor shows
  std::string fault;
  auto mesh = DracoMesh::decode(buffer.subspan(v["byteOffset"].integer().value_or(0), *v["byteLength"].integer()),
                                {faces, vertices, kUnnamed * bytes + kFreeBytes}, fault);
  if (!mesh) extension.fail(fault);
  return mesh;
}

void DracoUnpacker::give_bytes(std::size_t accessor, std::vector<std::byte> bytes, std::size_t stride) {
  Json view = {{"byteLength", bytes.size()}};
  view["buffer"] = unpacked_.add_buffer(std::move(bytes));
  if (stride != 0) view["byteStride"] = stride;
  Json& views = document_.json["bufferViews"];
  views.push_back(std::move(view));
  Json& target = document_.json["accessors"][accessor];
  target["bufferView"] = views.size() - 1;
  target.erase("byteOffset");
}

void DracoUnpacker::fill(const JsonView& primitive, const DracoMesh& mesh, const std::vector<Target>& targets) {
  const JsonView ids = primitive["extensions"][kExtension]["attributes"];
  for (const Target& t : targets) {
    const JsonView place = ids[t.name.c_str()];
    if (mesh.vertex_count() != t.count)
      return place.fail("has " + std::to_string(mesh.vertex_count()) + " vertices, but its accessor says " +
                        std::to_string(t.count));
    auto bytes = mesh.attribute(t.unique_id, t.layout);
    if (!bytes) return place.fail("is no attribute of the compressed mesh that its accessor can hold");
    give_bytes(t.accessor, *std::move(bytes), t.layout.stride);
  }
}

void DracoUnpacker::fill_indices(const JsonView& primitive, const DracoMesh& mesh, const Target& target) {
  const std::size_t size = component_bytes(target.layout.component_type);
  const std::uint64_t most = size == 1 ? 0xff : size == 2 ? 0xffff : 0xffffffff;
  const JsonView place = primitive["indices"];
  if (mesh.vertex_count() > most + 1) return place.fail("refers to an accessor too narrow for the compressed indices");
  std::vector<std::byte> bytes(size * mesh.indices().size());
  for (std::size_t i = 0; i < mesh.indices().size(); ++i)
    std::memcpy(&bytes[i * size], &mesh.indices()[i], size);  // little-endian as the format
  give_bytes(target.accessor, std::move(bytes), 0);
}

void DracoUnpacker::unpack(const JsonView& primitive, Json& target) {
  const JsonView extension = primitive["extensions"][kExtension];
  const auto view = extension.required("bufferView").index(root_["bufferViews"].size());
  const std::uint64_t mode = primitive["mode"].integer().value_or(kTriangles);
  if (mode != kTriangles && mode != kTriangleStrip)
    return primitive["mode"].fail("is not that of compressed triangles");
  const auto indices = target_for(primitive.required("indices"));
  const std::vector<Target> attributes = attributes_of(primitive);
  if (!view || !indices || attributes.empty() || primitive.report().failed()) return;
  if (indices->layout.components != 1 || indices->layout.component_type == TINYGLTF_COMPONENT_TYPE_FLOAT)
    return primitive["indices"].fail("refers to an accessor that does not hold indices");
  std::vector<Target> all = attributes;
  all.push_back(*indices);
  const auto required = root_["extensionsRequired"];
  const bool is_required = required.present() && std::find(required.json().begin(), required.json().end(),
                                                           kExtension) != required.json().end();
  const bool is_plain = !is_required && has_bytes(all);
  const bool is_done = is_plain || is_filled(extension, *view, all);
  if (primitive.report().failed()) return;
  if (!is_done) {
    // The compressed mesh is a list even where the primitive is a strip.
    const std::uint64_t faces = mode == kTriangles ? indices->count / 3 : indices->count;
    const auto mesh = decode(extension, *view, faces, attributes);
    if (!mesh) return;
    if (mode == kTriangles && mesh->indices().size() != indices->count)
      return primitive["indices"].fail("refers to an accessor of " + std::to_string(indices->count) +
                                       " indices, but the compressed mesh has " +
                                       std::to_string(mesh->indices().size()));
    if (mesh->indices().empty()) return extension.fail("has no triangles");
    fill_indices(primitive, *mesh, *indices);
    if (!primitive.report().failed()) fill(primitive, *mesh, attributes);
    if (primitive.report().failed()) return;
    document_.json["accessors"][indices->accessor]["count"] = mesh->indices().size();
  }
  if (!is_plain) target["mode"] = kTriangles;
  target["extensions"].erase(kExtension);
}

}  // namespace

void unpack_draco_primitives(Document& document, Unpacked& unpacked, Report& report) {
  const JsonView root(document.json, report);
  DracoUnpacker unpacker(document, unpacked, report);
  for_each(root["meshes"], [&](const JsonView& mesh, std::size_t m) {
    for_each(mesh["primitives"], [&](const JsonView& primitive, std::size_t p) {
      if (primitive["extensions"][kExtension].present())
        unpacker.unpack(primitive, document.json["meshes"][m]["primitives"][p]);
    });
  });
}

}  // namespace kiln::scene
