#include "scene/vertices.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "scene/accessor.h"
#include "scene/tangents.h"

namespace kiln::scene {
namespace {

constexpr Vec3 kUp{0, 1, 0};

using Attributes = std::map<std::string, int>;

std::optional<AccessorReader> attribute(const Document& document, const Attributes& attributes,
                                        const std::string& name) {
  const auto it = attributes.find(name);
  if (it == attributes.end()) return std::nullopt;
  return AccessorReader(document, static_cast<std::size_t>(it->second));
}

template <class T, class Read>
std::vector<T> read_all(const AccessorReader& reader, Read read) {
  std::vector<T> out(reader.count());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = read(i);
  return out;
}

/// The unit vector, or `otherwise` where there is no direction.
Vec3 direction_or(Vec3 v, Vec3 otherwise) {
  const float size = max_component({std::abs(v.x), std::abs(v.y), std::abs(v.z)});
  if (!(size > 0) || !std::isfinite(size)) return otherwise;
  return normalize(v / size);  // scaled first: the square of a tiny or huge number leaves the range
}

Vec3 face_normal(const std::vector<Vec3>& positions, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  return direction_or(cross(positions[b] - positions[a], positions[c] - positions[a]), {0, 0, 0});
}

template <class T>
void gather(std::vector<T>& values, std::span<const std::uint32_t> source) {
  if (values.empty()) return;
  std::vector<T> out(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) out[i] = values[source[i]];
  values = std::move(out);
}

void gather_all(Vertices& v, std::span<const std::uint32_t> source) {
  gather(v.positions, source);
  gather(v.normals, source);
  gather(v.tangents, source);
  gather(v.colors, source);
  for (auto& set : v.uvs) gather(set, source);
  gather(v.source, source);
}

}  // namespace

Vertices read_vertices(const Document& document, const tinygltf::Primitive& primitive) {
  Vertices v;
  const auto find = [&](const std::string& name) { return attribute(document, primitive.attributes, name); };
  const auto positions = find("POSITION"), normals = find("NORMAL"), tangents = find("TANGENT"),
             colors = find("COLOR_0");
  v.positions = read_all<Vec3>(*positions, [&](std::size_t i) { return positions->vec3(i); });
  if (normals) v.normals = read_all<Vec3>(*normals, [&](std::size_t i) { return normals->vec3(i); });
  if (normals && tangents) v.tangents = read_all<Vec4>(*tangents, [&](std::size_t i) { return tangents->vec4(i); });
  if (colors)
    v.colors = read_all<Vec4>(*colors, [&](std::size_t i) {
      const Vec3 c = colors->vec3(i);
      return Vec4{c.x, c.y, c.z, colors->components() == 4 ? colors->value(i, 3) : 1.0f};
    });
  for (int set = 0; set < kMaxUvSets; ++set) {
    const auto uvs = find("TEXCOORD_" + std::to_string(set));
    if (!uvs) break;
    v.uvs.push_back(read_all<Vec2>(*uvs, [&](std::size_t i) { return uvs->vec2(i); }));
  }
  return v;
}

void apply_morph(Vertices& v, const Document& document, const tinygltf::Primitive& primitive,
                 std::span<const float> weights) {
  const std::size_t targets = std::min(weights.size(), primitive.targets.size());
  for (std::size_t t = 0; t < targets; ++t) {
    if (weights[t] == 0) continue;
    const auto find = [&](const char* name) { return attribute(document, primitive.targets[t], name); };
    if (const auto moved = find("POSITION"))
      for (std::size_t i = 0; i < v.positions.size(); ++i) v.positions[i] += moved->vec3(i) * weights[t];
    if (const auto moved = find("NORMAL"))
      for (std::size_t i = 0; i < v.normals.size(); ++i) v.normals[i] += moved->vec3(i) * weights[t];
    if (const auto moved = find("TANGENT"))
      for (std::size_t i = 0; i < v.tangents.size(); ++i) {
        const Vec3 d = moved->vec3(i) * weights[t];
        v.tangents[i] = v.tangents[i] + Vec4{d.x, d.y, d.z, 0};
      }
    if (const auto moved = find("COLOR_0"))
      for (std::size_t i = 0; i < v.colors.size(); ++i)
        v.colors[i] = v.colors[i] + Vec4{moved->value(i, 0), moved->value(i, 1), moved->value(i, 2),
                                         moved->components() == 4 ? moved->value(i, 3) : 0.0f} *
                                        weights[t];
    for (std::size_t set = 0; set < v.uvs.size(); ++set)
      if (const auto moved = find(("TEXCOORD_" + std::to_string(set)).c_str()))
        for (std::size_t i = 0; i < v.uvs[set].size(); ++i) v.uvs[set][i] = v.uvs[set][i] + moved->vec2(i) * weights[t];
  }
}

void apply_skin(Vertices& v, const Document& document, const tinygltf::Primitive& primitive,
                std::span<const Affine> joints) {
  std::vector<Affine> blended(v.positions.size(), Affine{{}, {}, {}, {}});
  std::vector<float> total(v.positions.size());
  for (int set = 0;; ++set) {
    const auto joint = attribute(document, primitive.attributes, "JOINTS_" + std::to_string(set));
    const auto weight = attribute(document, primitive.attributes, "WEIGHTS_" + std::to_string(set));
    if (!joint || !weight) break;
    for (std::size_t i = 0; i < blended.size(); ++i)
      for (std::size_t c = 0; c < 4; ++c) {
        const float w = weight->value(i, c);
        if (w == 0) continue;
        const Affine& m = joints[joint->integer(i, c)];
        Affine& b = blended[i];
        b = {b.x + m.x * w, b.y + m.y * w, b.z + m.z * w, b.t + m.t * w};
        total[i] += w;
      }
  }
  for (std::size_t i = 0; i < blended.size(); ++i) {
    if (!(total[i] > 0)) continue;  // bound to nothing: stays where it is
    const float s = 1 / total[i];
    const Affine m{blended[i].x * s, blended[i].y * s, blended[i].z * s, blended[i].t * s};
    v.positions[i] = transform_point(m, v.positions[i]);
    // The cofactor matrix turns normals like the inverse transpose, and exists where there is no inverse.
    const Affine cofactor{cross(m.y, m.z), cross(m.z, m.x), cross(m.x, m.y), {}};
    if (!v.normals.empty())
      v.normals[i] = transform_vector(cofactor, v.normals[i]) * (determinant(m) < 0 ? -1.0f : 1.0f);
    if (!v.tangents.empty()) {
      const Vec3 t = transform_vector(m, xyz(v.tangents[i]));
      v.tangents[i] = {t.x, t.y, t.z, v.tangents[i].w};
    }
  }
}

std::uint64_t triangle_count(const tinygltf::Model& model, const tinygltf::Primitive& primitive) {
  const auto position = primitive.attributes.find("POSITION");
  if (position == primitive.attributes.end()) return 0;
  const int accessor = primitive.indices >= 0 ? primitive.indices : position->second;
  const std::uint64_t corners = model.accessors[static_cast<std::size_t>(accessor)].count;
  switch (primitive.mode) {
    case TINYGLTF_MODE_TRIANGLES:
      return corners / 3;
    case TINYGLTF_MODE_TRIANGLE_STRIP:
    case TINYGLTF_MODE_TRIANGLE_FAN:
      return corners < 3 ? 0 : corners - 2;
    default:
      return 0;
  }
}

std::vector<std::uint32_t> read_triangles(const Document& document, const tinygltf::Primitive& primitive) {
  std::optional<AccessorReader> indices;
  if (primitive.indices >= 0) indices.emplace(document, static_cast<std::size_t>(primitive.indices));
  const auto corner = [&](std::size_t i) { return indices ? indices->integer(i, 0) : static_cast<std::uint32_t>(i); };
  const std::size_t count = triangle_count(document.model, primitive);
  std::vector<std::uint32_t> out;
  out.reserve(3 * count);
  for (std::size_t i = 0; i < count; ++i) {
    switch (primitive.mode) {
      case TINYGLTF_MODE_TRIANGLE_STRIP:  // every second triangle is wound the other way round
        out.insert(out.end(), {corner(i), corner(i + 1 + i % 2), corner(i + 2 - i % 2)});
        break;
      case TINYGLTF_MODE_TRIANGLE_FAN:
        out.insert(out.end(), {corner(i + 1), corner(i + 2), corner(0)});
        break;
      default:
        out.insert(out.end(), {corner(3 * i), corner(3 * i + 1), corner(3 * i + 2)});
    }
  }
  return out;
}

void clamp_colors(Vertices& v) {
  const auto unit = [](float c) { return std::clamp(c, 0.0f, 1.0f); };
  for (Vec4& c : v.colors) c = {unit(c.x), unit(c.y), unit(c.z), unit(c.w)};
}

bool normalize_vertices(Vertices& v, std::span<const std::uint32_t> indices) {
  bool missing = false;
  for (Vec3& n : v.normals) {
    n = direction_or(n, {0, 0, 0});
    missing |= n == Vec3{0, 0, 0};
  }
  for (std::size_t i = 0; missing && i + 2 < indices.size(); i += 3)
    for (std::size_t c = 0; c < 3; ++c)
      if (Vec3& n = v.normals[indices[i + c]]; n == Vec3{0, 0, 0})
        n = face_normal(v.positions, indices[i], indices[i + 1], indices[i + 2]);
  for (std::size_t i = 0; i < v.normals.size(); ++i) {
    Vec3& n = v.normals[i];
    if (n == Vec3{0, 0, 0}) n = kUp;
    if (v.tangents.empty()) continue;
    const Vec3 across = std::abs(n.x) < 0.5f ? Vec3{1, 0, 0} : Vec3{0, 1, 0};
    const Vec3 t = direction_or(xyz(v.tangents[i]), normalize(cross(n, across)));
    v.tangents[i] = {t.x, t.y, t.z, v.tangents[i].w < 0 ? -1.0f : 1.0f};
  }
  return missing;
}

void make_flat(Vertices& v, std::vector<std::uint32_t>& indices) {
  gather_all(v, indices);
  for (std::uint32_t i = 0; i < indices.size(); ++i) indices[i] = i;
  set_flat_normals(v, indices);
}

void set_flat_normals(Vertices& v, std::span<const std::uint32_t> indices) {
  v.normals.resize(v.positions.size());
  for (std::size_t i = 0; i + 2 < indices.size(); i += 3) {
    const Vec3 n = direction_or(face_normal(v.positions, indices[i], indices[i + 1], indices[i + 2]), kUp);
    v.normals[indices[i]] = v.normals[indices[i + 1]] = v.normals[indices[i + 2]] = n;
  }
}

void make_tangents(Vertices& v, std::vector<std::uint32_t>& indices, std::uint32_t uv_set) {
  SplitTangents split = split_by_tangents({v.positions, v.normals, v.uvs[uv_set], indices});
  gather_all(v, split.source);
  v.tangents = std::move(split.tangents);
  indices = std::move(split.indices);
}

}  // namespace kiln::scene
