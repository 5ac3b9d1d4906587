#include "scene/import/obj.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <unordered_map>

#include "scene/import/mtl_material.h"
#include "scene/import/obj_file.h"
#include "scene/import/polygon.h"
#include "scene/import/text_lines.h"

namespace kiln::scene {
namespace {

/// Meshes of one object and material. A scene of more is one of single triangles, and takes far more memory than they
/// do.
constexpr std::size_t kMostParts = 100'000;

/// Mixes the bits so that no regular pattern of indices collides (the finalizer of SplitMix64).
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

struct CornerHash {
  std::size_t operator()(const ObjCorner& c) const {
    return mixed(mixed((std::uint64_t{c.position} << 32 | c.uv) + 1) + c.normal);
  }
};

struct KeyHash {
  std::size_t operator()(std::uint64_t key) const { return mixed(key + 1); }
};

/// Gives the faces of smoothing groups that lack normals those of their vertices: the mean of all faces of the group
/// that meet there, by area.
void add_smooth_normals(ObjFile& file) {
  std::unordered_map<std::uint64_t, std::uint32_t, KeyHash> known;
  const std::size_t own = file.normals.size();
  std::vector<Vec3> around;
  for (const ObjFace& face : file.faces) {
    const std::span corners(file.corners.data() + face.first_corner, face.corners);
    const auto lacks = [](const ObjCorner& c) { return c.normal == kNoIndex; };
    if (face.smoothing == 0 || std::none_of(corners.begin(), corners.end(), lacks)) continue;
    around.clear();
    for (const ObjCorner& c : corners) around.push_back(file.positions[c.position]);
    const Vec3 normal = area_normal(around);
    for (ObjCorner& c : corners) {
      const auto key = std::uint64_t{face.smoothing} << 32 | c.position;
      const auto [it, is_new] = known.try_emplace(key, static_cast<std::uint32_t>(file.normals.size()));
      if (is_new) file.normals.push_back({});
      file.normals[it->second] += normal;
      c.normal = it->second;
    }
  }
  for (std::size_t i = own; i < file.normals.size(); ++i) file.normals[i] = unit_or_zero(file.normals[i]);
}

/// The materials of the libraries that a file names, made when a face needs them.
class ObjMaterials {
 public:
  ObjMaterials(ModelBuilder& builder, const SceneFiles* files, const std::string& name, const Limits& limits)
      : builder_(builder), files_(files), name_(name), textures_(builder, files, limits) {}

  Result<void> read_libraries(const std::vector<std::string>& libraries) {
    for (const std::string& line : libraries) {
      auto done = read_library(line);  // a name may have blanks, or the line several names
      if (!done) return done.error();
      if (*done || line.find_first_of(" \t") == std::string_view::npos) {
        if (!*done) warn_of_missing(line);
        continue;
      }
      TextLines words(line);
      words.next();
      for (std::string word(words.word()); !word.empty(); word = words.word()) {
        done = read_library(word);
        if (!done) return done.error();
        if (!*done) warn_of_missing(word);
      }
    }
    return {};
  }

  Result<std::size_t> index_of(const std::string& material) {
    const auto [it, is_new] = made_.try_emplace(material, 0);
    if (!is_new) return it->second;
    const auto defined = defined_.find(material);
    if (defined == defined_.end()) {
      if (!material.empty())
        builder_.warn("the material " + in_quotes(material) + " is not defined: its faces are grey");
      return it->second = builder_.default_material();
    }
    textures_.stand_in(defined->second.library);
    const auto index = add_mtl_material(builder_, textures_, defined->second.material);
    if (index) it->second = *index;
    return index;
  }

 private:
  struct Defined {
    MtlMaterial material;
    std::string library;  ///< its path
  };

  void warn_of_missing(const std::string& library) {
    builder_.warn("the material library " + in_quotes(library) + " is not there" +
                  (files_ == nullptr ? ": the file came alone" : ""));
  }

  /// Whether it is there.
  Result<bool> read_library(const std::string& library) {
    if (files_ == nullptr) return false;
    const auto text = files_->find(library, name_);
    if (!text) return text.error();
    if (!*text) return false;
    if (!read_.insert((*text)->data()).second) return true;
    const std::string_view view(reinterpret_cast<const char*>((*text)->data()), (*text)->size());
    auto materials = read_mtl(view, library);
    if (!materials) return materials.error();
    const std::string path = resolved_path(folder_of(name_), library).value_or(library);
    for (MtlMaterial& m : *materials) {
      const std::string name = m.name;
      defined_.try_emplace(name, Defined{std::move(m), path});
    }
    return true;
  }

  ModelBuilder& builder_;
  const SceneFiles* files_;
  const std::string& name_;
  ImportedTextures textures_;
  std::set<const std::byte*> read_;  ///< libraries, by their bytes
  std::map<std::string, Defined> defined_;
  std::map<std::string, std::size_t> made_;
};

/// Faces that become one primitive.
struct Part {
  std::uint32_t object = 0, material = 0;
  bool has_uvs = false, has_normals = false;
  auto operator<=>(const Part&) const = default;
};

class ObjBuilder {
 public:
  ObjBuilder(const ObjFile& file, ModelBuilder& builder, ObjMaterials& materials)
      : file_(file), builder_(builder), materials_(materials) {}

  Result<void> build() {
    if (auto sorted = sort_faces(); !sorted) return sorted;
    for (std::size_t i = 0; i < parts_.size();) {
      const std::uint32_t object = parts_[i].first.object;
      Json primitives = Json::array();
      for (; i < parts_.size() && parts_[i].first.object == object; ++i) {
        auto primitive = primitive_of(parts_[i].first, parts_[i].second);
        if (!primitive) return primitive.error();
        primitives.push_back(*std::move(primitive));
      }
      builder_.add_object(file_.objects[object], std::move(primitives));
    }
    return {};
  }

 private:
  using Faces = std::vector<std::uint32_t>;

  Result<void> sort_faces() {
    std::map<Part, Faces> parts;
    for (std::uint32_t i = 0; i < file_.faces.size(); ++i) {
      const ObjFace& face = file_.faces[i];
      Part part{face.object, face.material, true, true};
      for (std::uint64_t c = face.first_corner; c < face.first_corner + face.corners; ++c) {
        part.has_uvs &= file_.corners[c].uv != kNoIndex;
        part.has_normals &= file_.corners[c].normal != kNoIndex;
      }
      parts[part].push_back(i);
      if (parts.size() > kMostParts)
        return Error{ErrorCode::limit_exceeded,
                     "OBJ: there are more than " + std::to_string(kMostParts) + " pairs of object and material", ""};
    }
    for (auto& [part, faces] : parts) parts_.emplace_back(part, std::move(faces));
    return {};
  }

  Result<Json> primitive_of(const Part& part, const Faces& faces) {
    ImportedMesh mesh;
    std::unordered_map<ObjCorner, std::uint32_t, CornerHash> known;
    for (const std::uint32_t f : faces) {
      const ObjFace& face = file_.faces[f];
      around_.clear();
      for (std::uint32_t i = 0; i < face.corners; ++i)
        around_.push_back(file_.positions[file_.corners[face.first_corner + i].position]);
      const auto triangles = triangulator_.triangulate(around_);
      if (!triangles)
        return Error{triangles.error().code, "line " + std::to_string(face.line) + ": " + triangles.error().message,
                     ""};
      for (const std::uint32_t corner : *triangles) {
        ObjCorner c = file_.corners[face.first_corner + corner];
        if (!part.has_uvs) c.uv = kNoIndex;
        if (!part.has_normals) c.normal = kNoIndex;
        const auto [it, is_new] = known.try_emplace(c, static_cast<std::uint32_t>(mesh.positions.size()));
        if (is_new) add_vertex(mesh, c, part);
        mesh.indices.push_back(it->second);
      }
    }
    const auto material = materials_.index_of(file_.materials[part.material]);
    if (!material) return material.error();
    return {boost::system::in_place_value, builder_.primitive(mesh, static_cast<std::int64_t>(*material))};
  }

  /// A material with pictures needs texture coordinates, so there are some everywhere; v goes down in glTF.
  void add_vertex(ImportedMesh& mesh, const ObjCorner& c, const Part& part) const {
    mesh.positions.push_back(file_.positions[c.position]);
    const Vec2 uv = part.has_uvs ? file_.uvs[c.uv] : Vec2{};
    mesh.uvs.push_back({uv.x, 1 - uv.y});
    if (part.has_normals) mesh.normals.push_back(file_.normals[c.normal]);
    if (file_.colors.empty()) return;
    const Vec3 color = file_.colors[c.position];
    mesh.colors.push_back(linear_color({color.x, color.y, color.z, 1}));
  }

  const ObjFile& file_;
  ModelBuilder& builder_;
  ObjMaterials& materials_;
  std::vector<std::pair<Part, Faces>> parts_;
  Triangulator triangulator_;
  std::vector<Vec3> around_;
};

}  // namespace

Result<ImportedModel> read_obj(std::string_view text, const std::string& name, const SceneFiles* files,
                               const Limits& limits) {
  auto file = read_obj_file(text, limits);
  if (!file) return file.error();
  add_smooth_normals(*file);
  ModelBuilder builder;
  for (const std::string& warning : file->warnings) builder.warn(warning);
  ObjMaterials materials(builder, files, name, limits);
  if (auto done = materials.read_libraries(file->libraries); !done) return done.error();
  if (auto done = ObjBuilder(*file, builder, materials).build(); !done) return done.error();
  return builder.finish();
}

}  // namespace kiln::scene
