#pragma once

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "glb_builder.h"

/// Small files whose nodes, skins and morph targets an animation moves.
namespace kiln::scene::test {

using Floats = std::vector<float>;

/// Animates a node by these keys, in the file's first animation; returns the accessor of the values.
inline int animate_with(GlbBuilder& b, int node, const char* path, const char* interpolation, const Floats& times,
                        int values) {
  const int input = b.floats(times, "SCALAR", 1);
  b.json["accessors"][input]["min"] = {times.front()};
  b.json["accessors"][input]["max"] = {times.back()};
  Json& animation = b.json["animations"][0];
  animation["samplers"].push_back({{"input", input}, {"output", values}, {"interpolation", interpolation}});
  animation["channels"].push_back(
      {{"sampler", animation["samplers"].size() - 1}, {"target", {{"node", node}, {"path", path}}}});
  return values;
}

inline void animate(GlbBuilder& b, int node, const char* path, const char* interpolation, const Floats& times,
                    const Floats& values) {
  const std::string name = path;
  const char* type = name == "rotation" ? "VEC4" : name == "weights" ? "SCALAR" : "VEC3";
  const int width = name == "rotation" ? 4 : name == "weights" ? 1 : 3;
  animate_with(b, node, path, interpolation, times, b.floats(values, type, width));
}

/// A quaternion about Z.
inline Floats about_z(double angle_deg) {
  const double half_rad = angle_deg * std::numbers::pi / 360;
  return {0, 0, static_cast<float>(std::sin(half_rad)), static_cast<float>(std::cos(half_rad))};
}

inline Floats joined(const Floats& a, const Floats& b) {
  Floats out = a;
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

/// A triangle with two morph targets: one pushes along +Z, the other along +X.
inline int morphing_triangle(GlbBuilder& b) {
  const int base = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0});
  const int up = b.positions({0, 0, 1, 0, 0, 1, 0, 0, 1}), aside = b.positions({1, 0, 0, 1, 0, 0, 1, 0, 0});
  return b.node_with(
      {{"attributes", {{"POSITION", base}}}, {"targets", Json::array({{{"POSITION", up}}, {{"POSITION", aside}}})}});
}

/// A triangle whose last vertex (0, 1, 0) follows a second joint, which is returned.
inline int skinned_triangle(GlbBuilder& b) {
  const int position = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0});
  const int joints =
      b.accessor(std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}, "VEC4", kUnsignedByte, 3);
  const int weights = b.floats({1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}, "VEC4", 4);
  const int node =
      b.node_with({{"attributes", {{"POSITION", position}, {"JOINTS_0", joints}, {"WEIGHTS_0", weights}}}});
  const int root = b.add("nodes", Json::object()), tip = b.add("nodes", {{"translation", {0, 0, 0}}});
  b.json["nodes"][root]["children"] = {tip};
  b.json["nodes"][node]["skin"] = b.add("skins", {{"joints", {root, tip}}});
  return tip;
}

}  // namespace kiln::scene::test
