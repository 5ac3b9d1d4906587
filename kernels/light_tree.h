#pragma once

#include "kernels/scalar.h"
#include "kernels/scene_view.h"

/// Choosing one of many lights by what it may send to a point: a tree of clusters, gone down with a chance in each node
/// that is proportional to a bound of what each child sends (Conty Estevez and Kulla, "Importance Sampling of Many
/// Lights with Adaptive Tree Splitting", 2018; one light per sample, so no cluster is split).
namespace kiln {

/// Where and when light arrives.
struct Receiver {
  Vec3 position;
  Vec3 normal{0, 0, 0};  ///< unit: no light counts that arrives from behind; zero: light counts from everywhere
  float time = 0;        ///< as in Ray
};

namespace detail {

/// A bound of cos(max(a - b, 0)), for b up to a right angle, that needs no root; 0 where the cosine is not positive.
KILN_HD float cos_at_most(float cos_a, float sin_b) {
  return cos_a + sin_b > 0 ? min_of(max_of(cos_a, 0.0f) + sin_b, 1.0f) : 0.0f;
}

/// The cosine of the angle by which the direction to the receiver lies outside the cone of the lights' axes.
KILN_HD float cos_outside_spread(const LightNode& node, float cos_axis) {
  if (cos_axis >= node.cos_spread) return 1;
  if (node.cos_spread >= 1) return cos_axis;
  return cos_axis * node.cos_spread + safe_sqrt(1.0f - square(cos_axis)) * safe_sqrt(1.0f - square(node.cos_spread));
}

}  // namespace detail

/// A bound of the irradiance that the lights below the node give, were nothing in between (equation 3 of the paper,
/// with the radiant intensity for the energy). Within the sphere around the lights the distance is taken as its radius.
/// It is 0 only where no light of the node is seen from its bright side, or all of them lie behind the receiver.
KILN_HD float light_importance(const LightNode& node, const Receiver& to) {
  constexpr float kLeastSquared = 1e-20f, kLeastCosine = 0.05f;  // glossy reflection is not small at grazing angles
  const Vec3 d = node.center - to.position;
  const float squared = dot(d, d), radius_squared = square(node.radius);
  const float nearest = node.intensity / max_of(max_of(squared, radius_squared), kLeastSquared);
  if (squared <= radius_squared) return nearest;
  const float per_distance = 1.0f / std::sqrt(squared), sin_radius = node.radius * per_distance;
  float cos_axis = -dot(node.axis, d) * per_distance;
  if (node.is_two_sided) cos_axis = std::fabs(cos_axis);
  const float cos_emitted = detail::cos_at_most(detail::cos_outside_spread(node, cos_axis), sin_radius);
  if (cos_emitted <= node.cos_emission) return 0;
  if (to.normal == Vec3{0, 0, 0}) return nearest * cos_emitted;
  const float cos_received = detail::cos_at_most(dot(to.normal, d) * per_distance, sin_radius);
  if (!(cos_received > 0)) return 0;
  return nearest * cos_emitted * max_of(cos_received, kLeastCosine);
}

/// The chance that draw_light gives the slot.
KILN_HD float light_probability(const LightTreeView& tree, const Receiver& to, std::uint32_t slot) {
  const LightSlot place = tree.slots[slot];
  float probability = place.share;
  for (std::uint32_t i = place.leaf; i != 0; i = tree.nodes[i].parent) {
    const float own = light_importance(tree.nodes[i], to), other = light_importance(tree.nodes[i ^ 1u], to);
    if (!(own > 0)) return 0;
    probability *= own / (own + other);
  }
  return probability;
}

struct LightDraw {
  std::uint32_t slot = kNone;  ///< kNone: no light of the cluster that was drawn can reach the receiver
  float probability = 0;
};

namespace detail {

/// Takes a decision off the uniform number `u`: true with the given chance, and a fresh number is left.
KILN_HD bool decide(float& u, float chance) {
  constexpr float kBelowOne = 0.99999994f;
  const bool yes = u < chance;
  u = min_of(yes ? u / chance : (u - chance) / (1.0f - chance), kBelowOne);
  return yes;
}

}  // namespace detail

/// Draws a light of a tree that is not empty. `u` and, once the bits of that are used up, `more` choose the leaf.
/// `place` chooses within it, since a leaf of several is one lamp cut in pieces: what is left of it may choose the
/// point on the light, and then spreads over the whole lamp as evenly as `place` does.
KILN_HD LightDraw draw_light(const LightTreeView& tree, const Receiver& to, float u, float more, float& place) {
  constexpr float kUsedUp = 1.0f / 4096;
  LightDraw draw{0, 1};
  LightNode node = tree.nodes[0];
  bool is_fresh = true;
  while (node.count == 0) {
    const LightNode left = tree.nodes[node.first], right = tree.nodes[node.first + 1];
    const float a = light_importance(left, to), b = light_importance(right, to);
    if (!(a + b > 0)) return {};
    const float chance = a / (a + b);
    const bool goes_left = detail::decide(u, chance);
    draw.probability *= goes_left ? chance : b / (a + b);
    node = goes_left ? left : right;
    if (is_fresh && draw.probability < kUsedUp) u = more, is_fresh = false;
  }
  float rest = 1;
  draw.slot = node.first;
  for (const std::uint32_t last = node.first + node.count - 1; draw.slot < last; ++draw.slot) {
    const float share = tree.slots[draw.slot].share;
    if (detail::decide(place, share / rest)) break;
    rest -= share;
  }
  draw.probability *= tree.slots[draw.slot].share;
  return draw;
}

}  // namespace kiln
