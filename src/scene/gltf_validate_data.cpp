#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "scene/accessor.h"
#include "scene/gltf_validate.h"

namespace kiln::scene {
namespace {

/// Exporters round; what is further off than this is no unit vector, and no weights that add up to one.
constexpr float kUnitTolerance = 0.1f, kWeightTolerance = 0.02f;

/// The same bytes, named again and again, must not make endless work.
constexpr std::uint64_t kWeighings = 64, kFreeElements = 1u << 22;

class DataCheck {
 public:
  explicit DataCheck(const Document& document) : document_(document), model_(document.model) {}

  std::optional<Error> run() {
    for (std::size_t i = 0; i < model_.accessors.size() && !error_; ++i) check_accessor(i);
    for (std::size_t i = 0; i < model_.meshes.size() && !error_; ++i)
      for (std::size_t p = 0; p < model_.meshes[i].primitives.size() && !error_; ++p)
        check_primitive(model_.meshes[i].primitives[p],
                        "/meshes/" + std::to_string(i) + "/primitives/" + std::to_string(p));
    for (std::size_t i = 0; i < model_.skins.size() && !error_; ++i) check_skin(i);
    for (std::size_t i = 0; i < model_.nodes.size() && !error_; ++i) check_joints(i);
    check_animations();
    return error_;
  }

 private:
  void fail(const std::string& pointer, const std::string& what) {
    if (!error_) error_ = Error{ErrorCode::invalid_scene, pointer + " " + what, pointer};
  }

  AccessorReader reader(int accessor) const { return {document_, static_cast<std::size_t>(accessor)}; }

  void check_accessor(std::size_t i);
  void check_primitive(const tinygltf::Primitive& primitive, const std::string& place);
  void check_unit_vectors(int accessor, const std::string& place, bool with_sign);
  void check_weights(const tinygltf::Primitive& primitive, const std::string& place);
  void check_skin(std::size_t i);
  void check_joints(std::size_t node);
  void check_animations();
  std::uint32_t largest(int accessor);

  const Document& document_;
  const tinygltf::Model& model_;
  std::optional<Error> error_;
  std::map<int, std::uint32_t> largest_;  ///< by accessor of indices or joints
  std::set<std::pair<int, bool>> unit_vectors_;
  std::set<int> times_;
  std::set<std::pair<int, int>> bent_;  ///< meshes with the skins that bend them
  std::set<std::vector<int>> weights_;
  std::uint64_t weighed_ = 0;
};

void DataCheck::check_accessor(std::size_t i) {
  const std::string place = "/accessors/" + std::to_string(i);
  const tinygltf::Accessor& accessor = model_.accessors[i];
  const AccessorReader data(document_, i);
  const auto& sparse = data.sparse_indices();
  for (std::size_t k = 0; k < sparse.size(); ++k) {
    if (sparse[k] >= accessor.count) return fail(place + "/sparse/indices", "has an index beyond the accessor's count");
    if (k > 0 && sparse[k] <= sparse[k - 1]) return fail(place + "/sparse/indices", "does not increase strictly");
  }
  if (accessor.componentType != TINYGLTF_COMPONENT_TYPE_FLOAT) return;
  if (data.is_zero()) return;
  for (std::size_t k = 0; k < data.count(); ++k)
    for (std::size_t c = 0; c < data.components(); ++c)
      if (!std::isfinite(data.value(k, c)))
        return fail(place, "has an element that is not finite, at index " + std::to_string(k));
}

std::uint32_t DataCheck::largest(int accessor) {
  const auto [it, is_new] = largest_.try_emplace(accessor, 0);
  if (is_new) {
    const AccessorReader data = reader(accessor);
    for (std::size_t i = 0; i < data.count(); ++i)
      for (std::size_t c = 0; c < data.components(); ++c) it->second = std::max(it->second, data.integer(i, c));
  }
  return it->second;
}

void DataCheck::check_unit_vectors(int accessor, const std::string& place, bool with_sign) {
  if (!unit_vectors_.emplace(accessor, with_sign).second) return;
  const AccessorReader data = reader(accessor);
  for (std::size_t i = 0; i < data.count() && !data.is_zero(); ++i) {
    const float size = length(data.vec3(i));
    // A vector of zeros has no direction: exporters write it for degenerate geometry.
    if (size != 0 && std::abs(size - 1) > kUnitTolerance)
      return fail(place, "has a vector that is not of unit length, at index " + std::to_string(i));
    if (with_sign && std::abs(std::abs(data.value(i, 3)) - 1) > kUnitTolerance)
      return fail(place, "has a w that is neither 1 nor -1, at index " + std::to_string(i));
  }
}

void DataCheck::check_primitive(const tinygltf::Primitive& primitive, const std::string& place) {
  const auto find = [&](const std::string& name) {
    const auto it = primitive.attributes.find(name);
    return it == primitive.attributes.end() ? -1 : it->second;
  };
  const int any = primitive.attributes.begin()->second;
  const std::size_t vertices = model_.accessors[static_cast<std::size_t>(any)].count;
  if (primitive.indices >= 0 && largest(primitive.indices) >= vertices)
    return fail(place + "/indices", "has an index " + std::to_string(largest(primitive.indices)) +
                                        ", but there are only " + std::to_string(vertices) + " vertices");
  if (const int normals = find("NORMAL"); normals >= 0)
    check_unit_vectors(normals, place + "/attributes/NORMAL", false);
  if (const int tangents = find("TANGENT"); tangents >= 0)
    check_unit_vectors(tangents, place + "/attributes/TANGENT", true);
  check_weights(primitive, place);
}

void DataCheck::check_weights(const tinygltf::Primitive& primitive, const std::string& place) {
  std::vector<int> accessors;
  for (int set = 0;; ++set) {
    const auto it = primitive.attributes.find("WEIGHTS_" + std::to_string(set));
    if (it == primitive.attributes.end()) break;
    accessors.push_back(it->second);
  }
  if (accessors.empty() || !weights_.insert(accessors).second) return;
  std::vector<AccessorReader> readers;
  readers.reserve(accessors.size());
  for (const int accessor : accessors) readers.push_back(reader(accessor));
  weighed_ += readers.size() * readers.front().count();
  if (weighed_ > kWeighings * (kFreeElements + document_.data_bytes())) {
    error_ = Error{ErrorCode::limit_exceeded, place + " takes the weights over what such a file may have", place};
    return;
  }
  for (std::size_t i = 0; i < readers.front().count(); ++i) {
    float sum = 0;
    for (std::size_t set = 0; set < readers.size(); ++set)
      for (std::size_t c = 0; c < 4; ++c) {
        const float w = readers[set].value(i, c);
        if (w < 0)
          return fail(place + "/attributes/WEIGHTS_" + std::to_string(set),
                      "has a negative weight, at index " + std::to_string(i));
        sum += w;
      }
    if (sum != 0 && std::abs(sum - 1) > kWeightTolerance)
      return fail(place + "/attributes/WEIGHTS_0",
                  "has weights that do not add up to 1, at index " + std::to_string(i));
  }
}

void DataCheck::check_skin(std::size_t i) {
  const tinygltf::Skin& skin = model_.skins[i];
  if (skin.inverseBindMatrices < 0) return;
  const AccessorReader data = reader(skin.inverseBindMatrices);
  for (std::size_t k = 0; k < data.count() && !data.is_zero(); ++k)
    if (data.value(k, 3) != 0 || data.value(k, 7) != 0 || data.value(k, 11) != 0 || data.value(k, 15) != 1)
      return fail("/skins/" + std::to_string(i) + "/inverseBindMatrices",
                  "has a matrix that is not affine, at index " + std::to_string(k));
}

void DataCheck::check_joints(std::size_t node) {
  const tinygltf::Node& n = model_.nodes[node];
  if (n.mesh < 0 || n.skin < 0 || !bent_.emplace(n.mesh, n.skin).second) return;
  const std::size_t joints = model_.skins[static_cast<std::size_t>(n.skin)].joints.size();
  for (const tinygltf::Primitive& primitive : model_.meshes[static_cast<std::size_t>(n.mesh)].primitives)
    for (const auto& [name, accessor] : primitive.attributes)
      if (name.starts_with("JOINTS_") && largest(accessor) >= joints)
        return fail("/nodes/" + std::to_string(node) + "/skin", "has " + std::to_string(joints) +
                                                                    " joints, but the mesh refers to joint " +
                                                                    std::to_string(largest(accessor)));
}

void DataCheck::check_animations() {
  const auto animations = document_.json.find("animations");
  if (animations == document_.json.end()) return;
  for (std::size_t a = 0; a < animations->size(); ++a) {
    const Json& samplers = (*animations)[a]["samplers"];
    for (std::size_t s = 0; s < samplers.size() && !error_; ++s) {
      const int input = samplers[s]["input"].get<int>();
      if (!times_.insert(input).second) continue;
      const AccessorReader times = reader(input);
      for (std::size_t i = 0; i < times.count() && !times.is_zero(); ++i)
        if (times.value(i, 0) < 0 || (i > 0 && times.value(i, 0) <= times.value(i - 1, 0)))
          return fail("/animations/" + std::to_string(a) + "/samplers/" + std::to_string(s) + "/input",
                      "has times that are negative or do not increase, at index " + std::to_string(i));
    }
  }
}

}  // namespace

Result<void> validate_data(const Document& document) {
  if (auto error = DataCheck(document).run()) return *std::move(error);
  return {};
}

}  // namespace kiln::scene
