#include "scene/shutter.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "kernels/motion.h"

#include "scene/gltf_animations.h"
#include "scene/node_tree.h"

namespace kiln::scene {
namespace {

constexpr std::size_t kMostMoments = kMaxMotionKeys, kFewestMoments = 3;
constexpr std::size_t kManyNodes = 200'000;

Result<std::size_t> moments_for(const Document& document, const Limits& limits) {
  const auto& nodes = document.model.nodes;
  const std::size_t moments = nodes.size() > kManyNodes ? kFewestMoments : kMostMoments;
  std::uint64_t weights = 0;
  for (const auto& node : nodes) {
    if (node.mesh < 0) continue;
    const auto& primitives = document.model.meshes[static_cast<std::size_t>(node.mesh)].primitives;
    if (!primitives.empty()) weights += primitives.front().targets.size();
  }
  if (weights * moments <= limits.max_pose_weights) return moments;
  return Error{ErrorCode::limit_exceeded,
               "the scene has " + std::to_string(weights) + " morph weights, too many for motion blur", "/nodes"};
}

Result<KeyPose> pose_at(Document& document, std::uint32_t animation, double time_s, const Limits& limits) {
  if (auto posed = apply_animation(document, animation, time_s, limits); !posed) return posed.error();
  auto tree = resolve_nodes(document);
  if (!tree) return tree.error();
  KeyPose pose;
  pose.world_from_node = std::move(tree->world_from_node);
  for (const auto& node : document.model.nodes)
    pose.weights.push_back(node.mesh < 0 ? decltype(node.weights){} : node.weights);
  return pose;
}

/// Whether the values that `at` gives for all moments run straight between every `step`th of them.
template <class At>
bool is_straight(At at, std::size_t moments, std::size_t step) {
  constexpr float kOfWay = 0.01f, kRounding = 1e-5f;
  float way = 0, largest = 0;
  for (std::size_t i = 0; i < moments; ++i) {
    if (i > 0) way += length(at(i) - at(i - 1));
    largest = std::max(largest, length(at(i)));
  }
  const float tolerance = std::max(kOfWay * way, kRounding * largest);
  for (std::size_t i = 0; i < moments; ++i) {
    const std::size_t first = i / step * step;
    if (i == first) continue;
    const float fraction = static_cast<float>(i - first) / static_cast<float>(step);
    if (!(length(at(i) - lerp(at(first), at(first + step), fraction)) <= tolerance)) return false;
  }
  return true;
}

bool is_straight(const std::vector<KeyPose>& poses, std::size_t step) {
  for (std::size_t n = 0; n < poses.front().world_from_node.size(); ++n) {
    const auto node = [&](std::size_t i) -> const Affine& { return poses[i].world_from_node[n]; };
    for (const auto column : {&Affine::x, &Affine::y, &Affine::z, &Affine::t})
      if (!is_straight([&](std::size_t i) { return node(i).*column; }, poses.size(), step)) return false;
    for (std::size_t w = 0; w < poses.front().weights[n].size(); ++w) {
      const auto weight = [&](std::size_t i) { return Vec3{static_cast<float>(poses[i].weights[n][w]), 0, 0}; };
      if (!is_straight(weight, poses.size(), step)) return false;
    }
  }
  return true;
}

bool is_same(const KeyPose& a, const KeyPose& b) {
  const auto same_place = [](const Affine& p, const Affine& q) { return scene::is_same(p, q); };
  return a.weights == b.weights && std::ranges::equal(a.world_from_node, b.world_from_node, same_place);
}

/// Those that are needed to say where everything is.
std::vector<KeyPose> keys_among(std::vector<KeyPose> moments) {
  const auto is_first = [&](const KeyPose& pose) { return is_same(pose, moments.front()); };
  if (std::ranges::all_of(moments, is_first)) return {};
  std::size_t step = moments.size() - 1;
  while (step > 1 && !is_straight(moments, step)) step /= 2;
  std::vector<KeyPose> keys;
  for (std::size_t i = 0; i < moments.size(); i += step) keys.push_back(std::move(moments[i]));
  return keys;
}

bool is_invertible(const Affine& m) { return is_finite(inverse(m)); }

/// `flat`, with as much of `other` as lets it be inverted.
Affine with_some_of(const Affine& flat, const Affine& other) {
  float share = 1e-3f;
  while (share < 1) {
    const Affine m = lerp(flat, other, share);
    if (is_invertible(m)) return m;
    share *= 3;
  }
  return other;
}

}  // namespace

bool is_same(const Affine& a, const Affine& b) { return a.x == b.x && a.y == b.y && a.z == b.z && a.t == b.t; }

Result<std::vector<KeyPose>> pose_for_shutter(Document& document, std::uint32_t animation, double open_s,
                                              double shutter_s, const Limits& limits) {
  const auto moments = moments_for(document, limits);
  if (!moments) return moments.error();
  std::vector<KeyPose> poses;
  for (std::size_t i = 0; i < *moments; ++i) {
    const double time_s = open_s + shutter_s * static_cast<double>(i) / static_cast<double>(*moments - 1);
    auto pose = pose_at(document, animation, time_s, limits);
    if (!pose) return pose.error();
    poses.push_back(*std::move(pose));
  }
  if (auto posed = apply_animation(document, animation, open_s + shutter_s / 2, limits); !posed) return posed.error();
  return keys_among(std::move(poses));
}

bool unflatten(std::vector<Affine>& keys, Affine& middle) {
  std::vector<std::size_t> good;
  for (std::size_t k = 0; k < keys.size(); ++k)
    if (is_invertible(keys[k])) good.push_back(k);
  const bool has_middle = is_invertible(middle);
  if (good.empty() && !has_middle) return false;
  const std::vector<Affine> before = keys;
  for (std::size_t k = 0; k < keys.size(); ++k) {
    if (std::ranges::binary_search(good, k)) continue;
    const auto distance = [k](std::size_t other) { return other < k ? k - other : other - k; };
    const auto nearest = std::ranges::min_element(good, {}, distance);
    keys[k] = with_some_of(keys[k], nearest == good.end() ? middle : before[*nearest]);
  }
  if (!has_middle) middle = with_some_of(middle, keys[keys.size() / 2]);
  return true;
}

}  // namespace kiln::scene
