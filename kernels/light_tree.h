#pragma once

#include "kernels/scalar.h"
#include "kernels/scene_view.h"

/// Choosing one of many lights by what it may send to a point: a tree of clusters, gone down with a chance in each node
/// that is proportional to a bound of what each cluster sends (Conty Estevez and Kulla, "Importance Sampling of Many
/// Lights with Adaptive Tree Splitting", 2018; one light per sample, so no cluster is split), down to a cluster that is
/// small for its distance. The four clusters of a node are judged side by side, in the lanes of a vector.
namespace kiln {

/// Where and when light arrives.
struct Receiver {
  Vec3 position;
  Vec3 normal{0, 0, 0};  ///< unit: no light counts that arrives from behind; zero: light counts from everywhere
  float time = 0;        ///< as in Ray
};

/// Of each cluster in a node.
struct LightImportances {
  float of[kLightNodeWidth];
};

KILN_HD float sum_of(const LightImportances& importances) {
  float sum = 0;
  for (const float importance : importances.of) sum += importance;
  return sum;
}

/// About what the lights in each cluster give of irradiance, were nothing in between (equation 3 of the paper, with the
/// radiant intensity for the energy, and cos a + sin b for the cosine of an angle a that may be smaller by up to b).
/// Within the sphere around the lights the distance is taken as its radius, and nothing of angles. It is 0 only where
/// no light of the cluster is seen from its bright side, or all of them lie behind the receiver.
KILN_HD LightImportances light_importances(const LightNode& node, const Receiver& to) {
  constexpr float kLeastSquared = 1e-20f, kLeastCosine = 0.05f;  // glossy reflection is not small at grazing angles
  const float from_anywhere = to.normal == Vec3{0, 0, 0} ? 1.0f : 0.0f;
  LightImportances result;
  for (std::uint32_t i = 0; i < kLightNodeWidth; ++i) {
    const float x = node.center_x[i] - to.position.x, y = node.center_y[i] - to.position.y,
                z = node.center_z[i] - to.position.z;
    const float squared = max_of(x * x + y * y + z * z, kLeastSquared), per_distance = 1.0f / std::sqrt(squared);
    const float radius_squared = square(node.radius[i]);
    const float sin_radius = squared > radius_squared ? node.radius[i] * per_distance : 2.0f;
    const float nearest = node.intensity[i] / max_of(squared, radius_squared);
    const float forwards = -(node.axis_x[i] * x + node.axis_y[i] * y + node.axis_z[i] * z) * per_distance;
    const float cos_axis = max_of(forwards, -forwards * node.backwards[i]);
    const float beside = cos_axis * node.cos_spread[i] + safe_sqrt(1.0f - square(cos_axis)) * node.sin_spread[i];
    const float cos_emitted = min_of((cos_axis < node.cos_spread[i] ? beside : 1.0f) + sin_radius, 1.0f);
    const float facing = (to.normal.x * x + to.normal.y * y + to.normal.z * z) * per_distance + from_anywhere;
    const float cos_received = min_of(facing + sin_radius, 1.0f);
    const float is_seen = cos_emitted > max_of(node.cos_emission[i], 0.0f) ? nearest : 0.0f;
    const float is_faced = cos_received > 0 ? is_seen : 0.0f;
    result.of[i] = is_faced * cos_emitted * max_of(cos_received, kLeastCosine);
  }
  return result;
}

namespace detail {

/// Whether the cluster's lights are told apart no more.
KILN_HD bool are_alike(const LightNode& node, std::uint32_t lane, Vec3 position) {
  const Vec3 d = Vec3{node.center_x[lane], node.center_y[lane], node.center_z[lane]} - position;
  return dot(d, d) > node.alike_from[lane];
}

}  // namespace detail

/// The chance that draw_light gives the slot.
KILN_HD float light_probability(const LightTreeView& tree, const Receiver& to, std::uint32_t slot) {
  const LightSlot place = tree.slots[slot];
  float probability = 1;
  for (std::uint32_t at = place.leaf; at != kNone;) {
    const LightNode& node = tree.nodes[at / kLightNodeWidth];
    const std::uint32_t lane = at % kLightNodeWidth;
    // What was found of its parts is void where they are not looked at.
    if (detail::are_alike(node, lane, to.position)) probability = place.intensity / node.intensity[lane];
    if (node.width > 1) {
      const LightImportances importance = light_importances(node, to);
      const float sum = sum_of(importance);
      probability = sum > 0 ? probability * (importance.of[lane] / sum) : 0.0f;
    }
    at = node.parent;
  }
  return probability;
}

struct LightDraw {
  std::uint32_t slot = kNone;  ///< kNone: no light of the cluster that was drawn can reach the receiver
  float probability = 0;
};

namespace detail {

inline constexpr float kBelowOne = 0.99999994f;

/// One of the node's clusters, with a chance proportional to its importance; at least one is above zero. A fresh
/// uniform number is left in `u`.
KILN_HD std::uint32_t draw_cluster(const LightImportances& importance, float sum, float& u) {
  const float at = u * sum;
  std::uint32_t lane = 0;
  float below = 0, start = 0;
  for (std::uint32_t i = 0; i < kLightNodeWidth; ++i) {
    if (importance.of[i] > 0 && at >= below) lane = i, start = below;
    below += importance.of[i];
  }
  u = min_of((at - start) / importance.of[lane], kBelowOne);
  return lane;
}

/// One of the cluster's lights, with a chance proportional to its intensity. A fresh uniform number is left in `u`.
KILN_HD std::uint32_t draw_slot(const LightTreeView& tree, const LightNode& node, std::uint32_t lane, float& u) {
  std::uint32_t slot = node.first_slot[lane];
  const std::uint32_t last = slot + node.slot_count[lane] - 1;
  float at = u * node.intensity[lane];
  while (slot < last && at >= tree.slots[slot].intensity) at -= tree.slots[slot++].intensity;
  u = min_of(at / tree.slots[slot].intensity, kBelowOne);
  return slot;
}

}  // namespace detail

/// Draws a light of a tree that is not empty. `u` and, once the bits of that are used up, `more` choose the cluster.
/// `place` chooses within it, since its lights are about one lamp cut in pieces: what is left of it may choose the
/// point on the light, and then spreads over the whole lamp as evenly as `place` does.
KILN_HD LightDraw draw_light(const LightTreeView& tree, const Receiver& to, float u, float more, float& place) {
  constexpr float kUsedUp = 1.0f / 4096;
  float probability = 1;
  bool is_fresh = true;
  for (std::uint32_t index = 0;;) {
    const LightNode& node = tree.nodes[index];
    std::uint32_t lane = 0;
    if (node.width > 1) {
      const LightImportances importance = light_importances(node, to);
      const float sum = sum_of(importance);
      if (!(sum > 0)) return {};
      lane = detail::draw_cluster(importance, sum, u);
      probability *= importance.of[lane] / sum;
    }
    if (detail::are_alike(node, lane, to.position)) {
      const std::uint32_t slot = detail::draw_slot(tree, node, lane, place);
      return {slot, probability * (tree.slots[slot].intensity / node.intensity[lane])};
    }
    index = node.child[lane];
    if (is_fresh && probability < kUsedUp) u = more, is_fresh = false;
  }
}

}  // namespace kiln
