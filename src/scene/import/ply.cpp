#include "scene/import/ply.h"

#include <array>
#include <cmath>
#include <fmt/format.h>
#include <map>

#include "scene/import/ply_values.h"
#include "scene/import/polygon.h"
#include "scene/import/textures.h"

namespace kiln::scene {
namespace {

/// What of a vertex is kept, by index: position, normal, colour, texture coordinates.
enum Role : std::size_t { kX, kY, kZ, kNx, kNy, kNz, kRed, kGreen, kBlue, kAlpha, kU, kV, kRoles, kNoRole = kRoles };

Role role_of(const PlyProperty& property) {
  static const std::map<std::string, Role, std::less<>> kRolesByName{{"x", kX},
                                                                     {"y", kY},
                                                                     {"z", kZ},
                                                                     {"nx", kNx},
                                                                     {"ny", kNy},
                                                                     {"nz", kNz},
                                                                     {"red", kRed},
                                                                     {"green", kGreen},
                                                                     {"blue", kBlue},
                                                                     {"alpha", kAlpha},
                                                                     {"r", kRed},
                                                                     {"g", kGreen},
                                                                     {"b", kBlue},
                                                                     {"a", kAlpha},
                                                                     {"diffuse_red", kRed},
                                                                     {"diffuse_green", kGreen},
                                                                     {"diffuse_blue", kBlue},
                                                                     {"diffuse_alpha", kAlpha},
                                                                     {"s", kU},
                                                                     {"t", kV},
                                                                     {"u", kU},
                                                                     {"v", kV},
                                                                     {"texture_u", kU},
                                                                     {"texture_v", kV}};
  const auto it = kRolesByName.find(property.name);
  return it == kRolesByName.end() || property.count_type != PlyType::none ? kNoRole : it->second;
}

/// What makes 1 of the largest value of a colour.
double color_scale(PlyType type) {
  if (!is_integer(type)) return 1;
  return bytes_of(type) == 1 ? 1 / 255.0 : bytes_of(type) == 2 ? 1 / 65535.0 : 1 / 4294967295.0;
}

class PlyReader {
 public:
  PlyReader(const PlyHeader& header, const Limits& limits) : header_(header), limits_(limits), values_(header) {}

  Result<ImportedMesh> read() {
    bool has_vertices = false;
    for (const PlyElement& element : header_.elements) {
      if (!values_.has_room_for(element))
        return invalid("the header counts " + std::to_string(element.count) + " of " + in_quotes(element.name) +
                       ", more than the file has room for");
      const bool has_faces = element.name == "face" || element.name == "tristrips";
      if (has_faces && !has_vertices) return invalid("faces come before vertices");
      if (element.name == "vertex" && has_vertices) return invalid("there are two elements of vertices");
      auto done = element.name == "vertex" ? read_vertices(element) : read_others(element);
      if (!done) return done.error();
      has_vertices |= element.name == "vertex";
    }
    if (mesh_.indices.empty()) return invalid("there are no faces, and points are not drawn");
    return std::move(mesh_);
  }
  bool has_alpha() const { return has_alpha_; }

 private:
  static Error invalid(const std::string& what) { return {ErrorCode::invalid_scene, "PLY: " + what, ""}; }

  Result<void> read_vertices(const PlyElement& element) {
    if (element.count > limits_.max_vertices || element.count > 0xffffffffu)
      return Error{ErrorCode::limit_exceeded,
                   "PLY: there are more than " + std::to_string(limits_.max_vertices) + " vertices", ""};
    std::vector<Role> roles;
    std::array<bool, kRoles + 1> has{};
    std::array<double, kRoles + 1> scale{};
    scale.fill(1);
    for (const PlyProperty& property : element.properties) {
      roles.push_back(role_of(property));
      has[roles.back()] = true;
      if (roles.back() >= kRed && roles.back() <= kAlpha) scale[roles.back()] = color_scale(property.type);
    }
    if (!has[kX] || !has[kY] || !has[kZ]) return invalid("vertices lack x, y or z");
    reserve(element.count, has);
    std::array<double, kRoles + 1> row{};
    row[kAlpha] = 1;
    for (std::uint64_t i = 0; i < element.count; ++i) {
      for (std::size_t p = 0; p < roles.size(); ++p) {
        const PlyProperty& property = element.properties[p];
        if (property.count_type != PlyType::none) {
          if (!read_list(property)) return values_.trouble(element, i);
          continue;
        }
        const auto value = values_.next(property.type);
        if (!value) return values_.trouble(element, i);
        row[roles[p]] = *value * scale[roles[p]];
        if (roles[p] != kNoRole && !std::isfinite(static_cast<float>(row[roles[p]])))
          return values_.trouble(element, i, property.name + " is not finite");
      }
      add_vertex(row, has);
    }
    return {};
  }

  void reserve(std::uint64_t count, const std::array<bool, kRoles + 1>& has) {
    mesh_.positions.reserve(count);
    if (has[kNx] && has[kNy] && has[kNz]) mesh_.normals.reserve(count);
    if (has[kRed] && has[kGreen] && has[kBlue]) mesh_.colors.reserve(count);
    if (has[kU] && has[kV]) mesh_.uvs.reserve(count);
  }

  void add_vertex(const std::array<double, kRoles + 1>& row, const std::array<bool, kRoles + 1>& has) {
    const auto at = [&](Role role) { return static_cast<float>(row[role]); };
    mesh_.positions.push_back({at(kX), at(kY), at(kZ)});
    if (has[kNx] && has[kNy] && has[kNz]) mesh_.normals.push_back(unit_or_zero({at(kNx), at(kNy), at(kNz)}));
    if (has[kRed] && has[kGreen] && has[kBlue]) {
      mesh_.colors.push_back(linear_color({at(kRed), at(kGreen), at(kBlue), at(kAlpha)}));
      has_alpha_ |= mesh_.colors.back().w < 1;
    }
    if (has[kU] && has[kV]) mesh_.uvs.push_back({at(kU), 1 - at(kV)});
  }

  /// The numbers of a list into list_; false where there is trouble.
  bool read_list(const PlyProperty& property) {
    list_.clear();
    const auto count = values_.next(property.count_type);
    if (!count) return false;
    if (*count < 0 || std::trunc(*count) != *count) return values_.refuse("a list cannot be that long");
    for (auto left = static_cast<std::uint64_t>(*count); left > 0; --left) {
      const auto value = values_.next(property.type);
      if (!value) return false;
      list_.push_back(*value);
    }
    return true;
  }

  /// Faces, strips, and what is passed over.
  Result<void> read_others(const PlyElement& element) {
    const bool are_faces = element.name == "face", are_strips = element.name == "tristrips";
    for (std::uint64_t i = 0; i < element.count; ++i)
      for (const PlyProperty& property : element.properties) {
        if (property.count_type == PlyType::none) {
          if (!values_.next(property.type)) return values_.trouble(element, i);
          continue;
        }
        if (!read_list(property)) return values_.trouble(element, i);
        if (property.name != "vertex_indices" && property.name != "vertex_index") continue;
        if (auto done = are_faces ? add_face(element, i) : are_strips ? add_strip(element, i) : Result<void>(); !done)
          return done;
      }
    return {};
  }

  Result<void> add_face(const PlyElement& element, std::uint64_t number) {
    if (auto good = check_corners(element, number, 0); !good) return good;
    if (list_.size() < 3) return {};
    if (auto can = check_count(list_.size() - 2); !can) return can;
    corners_.clear();
    for (const double v : list_) corners_.push_back(mesh_.positions[static_cast<std::size_t>(v)]);
    const auto triangles = triangulator_.triangulate(corners_);
    if (!triangles)
      return Error{triangles.error().code, "PLY: face " + std::to_string(number) + ": " + triangles.error().message,
                   ""};
    for (const std::uint32_t corner : *triangles) mesh_.indices.push_back(static_cast<std::uint32_t>(list_[corner]));
    return {};
  }

  /// Each vertex makes a triangle with the two before it, every other one the other way round; -1 begins a new strip.
  Result<void> add_strip(const PlyElement& element, std::uint64_t number) {
    if (auto good = check_corners(element, number, -1); !good) return good;
    if (auto can = check_count(list_.size()); !can) return can;
    std::size_t start = 0;
    for (std::size_t i = 0; i < list_.size(); ++i) {
      if (list_[i] < 0) {
        start = i + 1;
      } else if (i >= start + 2) {
        const std::size_t odd = (i - start) % 2;
        for (const std::size_t k : {i - 2 + odd, i - 1 - odd, i})
          mesh_.indices.push_back(static_cast<std::uint32_t>(list_[k]));
      }
    }
    return {};
  }

  Result<void> check_corners(const PlyElement& element, std::uint64_t number, double lowest) const {
    for (const double v : list_)
      if (!(v >= lowest && v < static_cast<double>(mesh_.positions.size())) || std::trunc(v) != v)
        return values_.trouble(element, number,
                               fmt::format("it refers to vertex {}, but there are {}", v, mesh_.positions.size()));
    return {};
  }

  Result<void> check_count(std::uint64_t more) const {
    if (mesh_.indices.size() / 3 + more <= limits_.max_triangles) return {};
    return Error{ErrorCode::limit_exceeded,
                 "PLY: there are more than " + std::to_string(limits_.max_triangles) + " triangles", ""};
  }

  const PlyHeader& header_;
  const Limits& limits_;
  PlyValues values_;
  ImportedMesh mesh_;
  Triangulator triangulator_;
  std::vector<double> list_;
  std::vector<Vec3> corners_;
  bool has_alpha_ = false;
};

}  // namespace

Result<ImportedModel> read_ply(std::string_view bytes, const std::string& name, const SceneFiles* files,
                               const Limits& limits) {
  const auto header = read_ply_header(bytes);
  if (!header) return header.error();
  PlyReader reader(*header, limits);
  auto mesh = reader.read();
  if (!mesh) return mesh.error();
  ModelBuilder builder;
  Json material = {{"pbrMetallicRoughness", {{"metallicFactor", 0}, {"roughnessFactor", 1}}}};
  if (!header->texture.empty() && !mesh->uvs.empty()) {
    if (!is_utf8(header->texture))
      return Error{ErrorCode::invalid_scene, "PLY: the name of its picture is not UTF-8", ""};
    ImportedTextures textures(builder, files, limits);
    textures.stand_in(name);
    const auto texture = textures.texture(header->texture, false);
    if (!texture) return texture.error();
    if (*texture) material["pbrMetallicRoughness"]["baseColorTexture"]["index"] = **texture;
  }
  if (reader.has_alpha()) material["alphaMode"] = "BLEND";
  const bool is_plain = mesh->colors.empty() && !material["pbrMetallicRoughness"].contains("baseColorTexture");
  const std::size_t index = is_plain ? builder.default_material() : builder.add_material(std::move(material));
  builder.add_object("", Json::array({builder.primitive(*mesh, static_cast<std::int64_t>(index))}));
  return builder.finish();
}

}  // namespace kiln::scene
