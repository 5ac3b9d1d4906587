#include "scene/tangents.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <tuple>
#include <unordered_map>

namespace kiln {
namespace {

constexpr std::uint32_t kNobody = 0xffffffffu;

bool not_zero(float x) { return std::fabs(x) > std::numeric_limits<float>::min(); }
bool not_zero(Vec3 v) { return not_zero(v.x) || not_zero(v.y) || not_zero(v.z); }
Vec3 normalize_safe(Vec3 v) { return not_zero(v) ? normalize(v) : v; }
Vec3 across(Vec3 n, Vec3 v) { return normalize_safe(v - n * dot(n, v)); }

struct Triangle {
  Vec3 tangent;                                                      ///< unit first derivative of the position by u
  std::array<std::uint32_t, 3> neighbor{kNobody, kNobody, kNobody};  ///< over the edge from corner i to i + 1
  std::array<std::uint32_t, 3> group{kNobody, kNobody, kNobody};     ///< that corner i belongs to
  bool preserves_orientation = false;
  bool joins_any_group = true;  ///< no area in the uvs: takes part in any group, adds nothing to it
  bool degenerate = false;      ///< no area by equal corners: takes part in none
};

/// Corners around one vertex that share a tangent: connected over edges, of one orientation.
struct Group {
  std::uint32_t vertex = 0;
  bool preserves_orientation = false;
  std::vector<std::uint32_t> triangles;
};

struct VertexKey {
  std::array<std::uint32_t, 8> bits;
  bool operator==(const VertexKey&) const = default;
};

struct VertexKeyHash {
  std::size_t operator()(const VertexKey& k) const {
    std::uint64_t h = 0x9e3779b97f4a7c15u;
    for (const std::uint32_t b : k.bits) {
      h = (h ^ b) * 0xff51afd7ed558ccdu;
      h ^= h >> 32;
    }
    return h;
  }
};

class Mikkelsen {
 public:
  explicit Mikkelsen(const TangentInput& mesh) : mesh_(mesh), corners_(mesh.indices.size()), triangles_(corners_ / 3) {}

  std::vector<Vec4> run() {
    weld();
    for (std::uint32_t t = 0; t < triangles_.size(); ++t) measure(t);
    find_neighbors();
    find_groups();
    return assign();
  }

 private:
  Vec3 position(std::uint32_t vertex) const { return mesh_.positions[vertex]; }
  Vec3 normal(std::uint32_t vertex) const { return mesh_.normals[vertex]; }
  std::uint32_t vertex(std::uint32_t t, std::uint32_t corner) const { return welded_[std::size_t{3} * t + corner]; }

  /// Vertices that agree in position, normal and uv are one: the connectivity is that of the surface, not of indices.
  void weld() {
    const auto bits = [](float f) { return std::bit_cast<std::uint32_t>(f == 0 ? 0.0f : f); };
    std::unordered_map<VertexKey, std::uint32_t, VertexKeyHash> first;
    std::vector<std::uint32_t> same(mesh_.positions.size());
    first.reserve(same.size());
    for (std::uint32_t i = 0; i < same.size(); ++i) {
      const Vec3 p = position(i), n = normal(i);
      const Vec2 uv = mesh_.uvs[i];
      const VertexKey key{{bits(p.x), bits(p.y), bits(p.z), bits(n.x), bits(n.y), bits(n.z), bits(uv.x), bits(uv.y)}};
      same[i] = first.try_emplace(key, i).first->second;
    }
    welded_.resize(corners_);
    for (std::size_t c = 0; c < corners_; ++c) welded_[c] = same[mesh_.indices[c]];
  }

  /// Mikkelsen 2008, section 2.1: the derivative of the position by u, its length taken out, and the orientation.
  void measure(std::uint32_t t) {
    Triangle& triangle = triangles_[t];
    const std::uint32_t a = vertex(t, 0), b = vertex(t, 1), c = vertex(t, 2);
    const Vec3 d1 = position(b) - position(a), d2 = position(c) - position(a);
    triangle.degenerate = position(a) == position(b) || position(a) == position(c) || position(b) == position(c);
    Vec2 s1 = mesh_.uvs[b] - mesh_.uvs[a], s2 = mesh_.uvs[c] - mesh_.uvs[a];
    s1.y = -s1.y;  // glTF's v goes down, the method's up
    s2.y = -s2.y;
    const float area = s1.x * s2.y - s1.y * s2.x;
    triangle.preserves_orientation = area > 0;
    if (!not_zero(area)) return;
    const Vec3 by_u = d1 * s2.y - d2 * s1.y, by_v = d2 * s1.x - d1 * s2.x;
    const float length_u = length(by_u), length_v = length(by_v);
    if (not_zero(length_u)) triangle.tangent = by_u * ((area > 0 ? 1.0f : -1.0f) / length_u);
    triangle.joins_any_group = !not_zero(length_u / std::fabs(area)) || !not_zero(length_v / std::fabs(area));
  }

  struct Edge {
    std::uint32_t low, high, triangle;
    std::uint8_t corner;
    bool ascending;
  };

  /// Pairs edges that run in opposite directions, in the order of their triangles, as each waits for the first one that
  /// fits. More than two triangles at an edge pair up as they come.
  void find_neighbors() {
    std::vector<Edge> edges;
    edges.reserve(corners_);
    for (std::uint32_t t = 0; t < triangles_.size(); ++t)
      for (std::uint8_t i = 0; i < 3 && !triangles_[t].degenerate; ++i) {
        const std::uint32_t a = vertex(t, i), b = vertex(t, (i + 1u) % 3);
        edges.push_back({std::min(a, b), std::max(a, b), t, i, a < b});
      }
    std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) {
      return std::tie(a.low, a.high, a.triangle, a.corner) < std::tie(b.low, b.high, b.triangle, b.corner);
    });
    std::vector<std::size_t> queue;  // edges between the same two vertices; those from `waiting` on are not paired yet
    std::size_t waiting = 0;         // and run in one direction
    for (std::size_t i = 0; i < edges.size(); ++i) {
      const Edge& edge = edges[i];
      const bool same_pair = i > 0 && edges[i - 1].low == edge.low && edges[i - 1].high == edge.high;
      if (!same_pair) {
        queue.clear();
        waiting = 0;
      }
      if (waiting == queue.size() || edges[queue[waiting]].ascending == edge.ascending) {
        queue.push_back(i);
        continue;
      }
      const Edge& other = edges[queue[waiting++]];
      triangles_[edge.triangle].neighbor[edge.corner] = other.triangle;
      triangles_[other.triangle].neighbor[other.corner] = edge.triangle;
    }
  }

  void find_groups() {
    for (std::uint32_t t = 0; t < triangles_.size(); ++t)
      for (std::uint32_t i = 0; i < 3; ++i) {
        const Triangle& triangle = triangles_[t];
        if (triangle.degenerate || triangle.joins_any_group || triangle.group[i] != kNobody) continue;
        groups_.push_back({vertex(t, i), triangle.preserves_orientation, {}});
        gather(t, static_cast<std::uint32_t>(groups_.size() - 1));
      }
  }

  /// Walks from triangle to triangle around the group's vertex, both ways; a stack of our own, since a fan may be long.
  void gather(std::uint32_t start, std::uint32_t group_index) {
    Group& group = groups_[group_index];
    std::vector<std::uint32_t> stack{start};
    while (!stack.empty()) {
      const std::uint32_t t = stack.back();
      stack.pop_back();
      Triangle& triangle = triangles_[t];
      std::uint32_t i = 0;
      while (i < 2 && vertex(t, i) != group.vertex) ++i;
      if (triangle.group[i] != kNobody) continue;
      const bool in_no_group = triangle.group == std::array<std::uint32_t, 3>{kNobody, kNobody, kNobody};
      if (triangle.joins_any_group && in_no_group) triangle.preserves_orientation = group.preserves_orientation;
      if (triangle.preserves_orientation != group.preserves_orientation) continue;
      triangle.group[i] = group_index;
      group.triangles.push_back(t);
      for (const std::uint32_t next : {triangle.neighbor[(i + 2) % 3], triangle.neighbor[i]})
        if (next != kNobody) stack.push_back(next);
    }
  }

  /// Section 2.2: the mean of the triangles' tangents in the plane of the normal, weighted by their angle at the
  /// vertex.
  Vec4 tangent_of(Group& group) const {
    std::sort(group.triangles.begin(), group.triangles.end());
    const Vec3 n = normal(group.vertex), p = position(group.vertex);
    Vec3 sum;
    for (const std::uint32_t t : group.triangles) {
      if (triangles_[t].joins_any_group) continue;
      std::uint32_t i = 0;
      while (i < 2 && vertex(t, i) != group.vertex) ++i;
      const Vec3 to_previous = across(n, position(vertex(t, (i + 2) % 3)) - p);
      const Vec3 to_next = across(n, position(vertex(t, (i + 1) % 3)) - p);
      const float angle = std::acos(std::clamp(dot(to_previous, to_next), -1.0f, 1.0f));
      sum += across(n, triangles_[t].tangent) * angle;
    }
    return with_sign(normalize_safe(sum), n, group.preserves_orientation ? 1.0f : -1.0f);
  }

  /// A tangent that came out as nothing is replaced by a direction across the normal.
  static Vec4 with_sign(Vec3 tangent, Vec3 n, float sign) {
    if (!not_zero(tangent)) tangent = across(n, std::fabs(n.x) < 0.9f ? Vec3{1, 0, 0} : Vec3{0, 1, 0});
    return {tangent.x, tangent.y, tangent.z, sign};
  }

  std::vector<Vec4> assign() {
    std::vector<Vec4> of_group, out(corners_);
    for (Group& g : groups_) of_group.push_back(tangent_of(g));
    std::vector<std::uint32_t> group_at(mesh_.positions.size(), kNobody);  // some group at a vertex: the first
    const auto group_of = [&](std::size_t c) { return triangles_[c / 3].group[c % 3]; };
    for (std::size_t c = 0; c < corners_; ++c)
      if (group_of(c) != kNobody && group_at[welded_[c]] == kNobody) group_at[welded_[c]] = group_of(c);
    for (std::size_t c = 0; c < corners_; ++c) {
      const std::uint32_t g = group_of(c) != kNobody ? group_of(c) : group_at[welded_[c]];
      out[c] = g != kNobody ? of_group[g] : with_sign({}, normal(welded_[c]), 1);
    }
    return out;
  }

  const TangentInput& mesh_;
  std::size_t corners_;
  std::vector<std::uint32_t> welded_;  ///< per corner the first vertex like its own
  std::vector<Triangle> triangles_;
  std::vector<Group> groups_;
};

/// A vertex with one of the tangents that its corners have.
struct SplitKey {
  std::uint32_t vertex;
  std::array<std::uint32_t, 4> tangent;
  bool operator==(const SplitKey&) const = default;
};

struct SplitKeyHash {
  std::size_t operator()(const SplitKey& k) const {
    const auto& t = k.tangent;
    return VertexKeyHash()({{k.vertex, t[0], t[1], t[2], t[3], 0, 0, 0}});
  }
};

}  // namespace

std::vector<Vec4> corner_tangents(const TangentInput& mesh) { return Mikkelsen(mesh).run(); }

SplitTangents split_by_tangents(const TangentInput& mesh) {
  const auto corners = corner_tangents(mesh);
  const auto count = static_cast<std::uint32_t>(mesh.positions.size());
  SplitTangents out;
  out.tangents.assign(count, Vec4{1, 0, 0, 1});
  for (std::uint32_t i = 0; i < count; ++i) out.source.push_back(i);
  std::vector<bool> taken(count, false);
  // A search along the copies of a vertex would take forever where thousands of triangles meet.
  std::unordered_map<SplitKey, std::uint32_t, SplitKeyHash> known;
  for (std::size_t c = 0; c < corners.size(); ++c) {
    const std::uint32_t v = mesh.indices[c];
    const auto next = taken[v] ? static_cast<std::uint32_t>(out.source.size()) : v;
    const auto [it, is_new] = known.try_emplace({v, std::bit_cast<std::array<std::uint32_t, 4>>(corners[c])}, next);
    if (is_new && taken[v]) {
      out.source.push_back(v);
      out.tangents.push_back({});
    }
    taken[v] = true;
    out.tangents[it->second] = corners[c];
    out.indices.push_back(it->second);
  }
  return out;
}

}  // namespace kiln
