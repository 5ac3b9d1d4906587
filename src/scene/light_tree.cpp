#include "scene/light_tree.h"

#include <algorithm>
#include <boost/container/static_vector.hpp>
#include <cmath>
#include <limits>

#include "kernels/scalar.h"

namespace kiln::scene {
namespace {

/// Clusters of few lights are taken whole from this many times their radius on.
constexpr float kFar = 4;
constexpr std::uint32_t kFewLights = 32;

using Gathered = boost::container::static_vector<std::uint32_t, kLightNodeWidth>;

/// How much there is to gain from dividing the cluster; 0 where it is not to be divided.
float size_of(const LightCluster& c) { return c.first_child == kNone ? 0 : c.intensity * square(c.radius); }

/// The parts of the cluster, divided up to the width of a node; itself where it has none.
Gathered parts_of(const LightClusters& all, std::uint32_t cluster) {
  Gathered parts{cluster};
  const auto smaller = [&](std::uint32_t a, std::uint32_t b) {
    return size_of(all.clusters[a]) < size_of(all.clusters[b]);
  };
  while (parts.size() < kLightNodeWidth) {
    std::uint32_t& largest = *std::max_element(parts.begin(), parts.end(), smaller);
    const std::uint32_t child = all.clusters[largest].first_child;
    if (child == kNone) break;
    largest = child;
    parts.push_back(child + 1);
  }
  return parts;
}

float alike_from(const LightCluster& c) {
  if (c.first_child == kNone) return -1;
  const bool is_ever = c.shines_alike && c.slot_count <= kFewLights;
  return is_ever ? square(kFar * c.radius) : std::numeric_limits<float>::infinity();
}

void put(LightNode& node, std::uint32_t lane, const LightCluster& c) {
  node.center_x[lane] = c.center.x, node.center_y[lane] = c.center.y, node.center_z[lane] = c.center.z;
  node.radius[lane] = c.radius;
  node.axis_x[lane] = c.axis.x, node.axis_y[lane] = c.axis.y, node.axis_z[lane] = c.axis.z;
  node.cos_spread[lane] = c.cos_spread;
  node.sin_spread[lane] = safe_sqrt(1 - square(c.cos_spread));
  node.cos_emission[lane] = c.cos_emission;
  node.backwards[lane] = c.is_two_sided ? 1.0f : -1.0f;
  node.intensity[lane] = c.intensity;
  node.alike_from[lane] = alike_from(c);
  node.child[lane] = kNone;
  node.first_slot[lane] = c.first_slot;
  node.slot_count[lane] = c.slot_count;
}

}  // namespace

LightTree build_light_tree(std::span<const BoundedLight> lights) {
  LightClusters all = cluster_lights(lights);
  LightTree tree;
  if (all.clusters.empty()) return tree;
  tree.slots = std::move(all.slots);
  tree.intensity = all.intensity;
  tree.nodes.resize(1);
  std::vector<std::uint32_t> divided{0};  // the cluster whose parts a node holds
  for (std::uint32_t i = 0; i < tree.nodes.size(); ++i) {
    for (const std::uint32_t cluster : parts_of(all, divided[i])) {
      const LightCluster& c = all.clusters[cluster];
      const std::uint32_t lane = tree.nodes[i].width++, place = i * kLightNodeWidth + lane;
      put(tree.nodes[i], lane, c);
      if (c.first_child == kNone) {
        for (std::uint32_t slot = 0; slot < c.slot_count; ++slot) tree.slots[c.first_slot + slot].leaf = place;
      } else {
        tree.nodes[i].child[lane] = static_cast<std::uint32_t>(tree.nodes.size());
        tree.nodes.emplace_back().parent = place;
        divided.push_back(cluster);
      }
    }
  }
  return tree;
}

}  // namespace kiln::scene
