#include "scene/light_clusters.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace kiln::scene {
namespace {

constexpr std::uint32_t kBins = 12, kMaxLeafLights = 4;
constexpr std::uint32_t kMaxHeuristicDepth = 48;  ///< below that, clusters are halved

bool is_drawn(const BoundedLight& l) {
  return l.intensity > 0 && std::isfinite(dot(l.center, l.center)) && std::isfinite(l.radius);
}

float component(Vec3 v, int axis) { return axis == 0 ? v.x : axis == 1 ? v.y : v.z; }

/// A box around spheres.
struct Box {
  Vec3 min{3e38f, 3e38f, 3e38f}, max{-3e38f, -3e38f, -3e38f};

  void grow(Vec3 a, Vec3 b) {
    min = {std::min(min.x, a.x), std::min(min.y, a.y), std::min(min.z, a.z)};
    max = {std::max(max.x, b.x), std::max(max.y, b.y), std::max(max.z, b.z)};
  }
  void grow(Vec3 center, float radius) {
    const Vec3 r{radius, radius, radius};
    grow(center - r, center + r);
  }
  Vec3 middle() const { return min * 0.5f + max * 0.5f; }
  Vec3 extent() const { return max - min; }
};

/// Two-sided lights have no sign: the axis is taken on one side of a fixed plane.
Vec3 heuristic_axis(const BoundedLight& light) {
  if (light.cos_spread < 0) return {0, 0, 0};
  if (!light.is_two_sided) return light.axis;
  const Vec3 a = light.axis;
  const bool flips = a.y < 0 || (a.y == 0 && (a.x < 0 || (a.x == 0 && a.z < 0)));
  return flips ? -a : a;
}

/// What a split is judged by.
struct Pile {
  Box box;
  Vec3 axes;  ///< summed, weighted by intensity
  float intensity = 0;
  std::uint32_t count = 0;

  void add(const BoundedLight& light) {
    box.grow(light.center, light.radius);
    axes += heuristic_axis(light) * light.intensity;
    intensity += light.intensity;
    ++count;
  }
  void add(const Pile& other) {
    if (other.count == 0) return;
    box.grow(other.box.min, other.box.max);
    axes += other.axes;
    intensity += other.intensity;
    count += other.count;
  }
  /// Intensity, times the area of the sphere around, times the solid angle that is shone into: from pi for lights that
  /// all face one way (the paper's measure of a cone without spread) to 4 pi for those that face all ways.
  double cost() const {
    if (count == 0) return 0;
    const double alike = intensity > 0 ? std::min(1.0f, length(axes) / intensity) : 1.0;
    const Vec3 e = box.extent();
    return static_cast<double>(intensity) * dot(e, e) * (4 - 3 * alike);
  }
};

struct Split {
  int axis = -1;  ///< -1: there is none
  std::uint32_t bin = 0;
  double cost = std::numeric_limits<double>::infinity();
};

class Builder {
 public:
  explicit Builder(std::span<const BoundedLight> lights) : lights_(lights) {
    double sum = 0;
    for (std::uint32_t i = 0; i < lights.size(); ++i) {
      if (!is_drawn(lights[i])) continue;
      order_.push_back(i);
      sum += intensity_of(i);
    }
    result_.intensity = static_cast<float>(std::min(sum, static_cast<double>(std::numeric_limits<float>::max())));
    scale_ = 1 / sum;
  }

  LightClusters build() {
    if (order_.empty()) return {};
    result_.clusters.resize(1);
    std::vector<Range> open{{0, static_cast<std::uint32_t>(order_.size()), 0, 0}};
    while (!open.empty()) {
      const Range range = open.back();
      open.pop_back();
      LightCluster cluster = bounds_of(range);
      if (!is_leaf(range, cluster)) {
        const std::uint32_t middle = divide(range);
        cluster.first_child = static_cast<std::uint32_t>(result_.clusters.size());
        result_.clusters.resize(result_.clusters.size() + 2);
        open.push_back({middle, range.last, cluster.first_child + 1, range.depth + 1});
        open.push_back({range.first, middle, cluster.first_child, range.depth + 1});
      }
      result_.clusters[range.cluster] = cluster;
    }
    for (const std::uint32_t light : order_)
      result_.slots.push_back({light, 0, static_cast<float>(intensity_of(light) * scale_)});
    return std::move(result_);
  }

 private:
  /// Elements [first, last) of the order, and the cluster that they will be.
  struct Range {
    std::uint32_t first, last, cluster, depth;
  };

  const BoundedLight& light(std::uint32_t place) const { return lights_[order_[place]]; }

  double intensity_of(std::uint32_t index) const {
    return std::min(lights_[index].intensity, std::numeric_limits<float>::max());
  }

  LightCluster bounds_of(const Range& range) const {
    LightCluster c;
    c.first_slot = range.first, c.slot_count = range.last - range.first;
    Box box;
    double sum = 0;
    for (std::uint32_t i = range.first; i < range.last; ++i) {
      box.grow(light(i).center, light(i).radius);
      sum += intensity_of(order_[i]);
      c.is_two_sided |= light(i).is_two_sided;
    }
    c.intensity = static_cast<float>(sum * scale_);
    c.center = c.slot_count == 1 ? light(range.first).center : box.middle();
    for (std::uint32_t i = range.first; i < range.last; ++i)
      c.radius = std::max(c.radius, length(light(i).center - c.center) + light(i).radius);
    // Rounding must not put a light outside: neither here nor where distances to the centre are taken.
    const Vec3 far{std::max(std::fabs(box.min.x), std::fabs(box.max.x)),
                   std::max(std::fabs(box.min.y), std::fabs(box.max.y)),
                   std::max(std::fabs(box.min.z), std::fabs(box.max.z))};
    if (c.radius > 0) c.radius = c.radius * 1.00001f + max_component(far) * 1e-6f;
    bound_directions(range, c);
    c.shines_alike = shines_alike(range, c);
    return c;
  }

  /// A cone around the mean of the axes.
  void bound_directions(const Range& range, LightCluster& c) const {
    const Vec3 reference = light(range.first).axis;
    const auto turned = [&](const BoundedLight& l) {
      return c.is_two_sided && dot(l.axis, reference) < 0 ? -l.axis : l.axis;
    };
    Vec3 sum;
    c.cos_emission = 1;
    for (std::uint32_t i = range.first; i < range.last; ++i) {
      sum += turned(light(i)) * static_cast<float>(intensity_of(order_[i]) * scale_);
      c.cos_emission = std::min(c.cos_emission, light(i).cos_emission);
    }
    const float norm = length(sum);
    c.axis = c.slot_count == 1 || !(norm > 1e-30f) ? reference : sum * (1 / norm);
    float widest = 0;
    for (std::uint32_t i = range.first; i < range.last; ++i)
      widest = std::max(widest, angle(dot(c.axis, turned(light(i)))) + angle(light(i).cos_spread));
    c.cos_spread = widest >= 3.14159f ? -1.0f : std::cos(widest);
  }

  /// Angles that are nothing but rounding count as zero.
  static float angle(float cosine) { return cosine > 0.9999995f ? 0.0f : std::acos(std::max(cosine, -1.0f)); }

  /// Lamps that face about one way, or lights that face all ways; no narrow beams.
  bool shines_alike(const Range& range, const LightCluster& c) const {
    constexpr float kAboutOneWay = 0.9f;
    const auto all = [&](auto&& is) {
      return std::all_of(order_.begin() + range.first, order_.begin() + range.last,
                         [&](std::uint32_t i) { return is(lights_[i]); });
    };
    return all([&](const BoundedLight& l) { return l.is_two_sided == c.is_two_sided && l.cos_emission <= 0; }) &&
           (c.cos_spread >= kAboutOneWay || all([](const BoundedLight& l) { return l.cos_spread <= -1; }));
  }

  /// One light, or the pieces of a lamp that cutting does not tell apart: hardly larger together than the largest, and
  /// facing one way, as the halves of a rectangle.
  bool is_leaf(const Range& range, const LightCluster& c) const {
    constexpr float kAsLarge = 1.1f, kAsNarrow = 0.98f;
    if (c.slot_count == 1) return true;
    if (c.slot_count > kMaxLeafLights || c.cos_spread < kAsNarrow) return false;
    float largest = 0;
    for (std::uint32_t i = range.first; i < range.last; ++i) largest = std::max(largest, light(i).radius);
    return c.radius <= kAsLarge * largest;
  }

  /// Puts the two parts of the range apart and gives the first place of the second. Neither is empty.
  std::uint32_t divide(const Range& range) {
    const std::uint32_t half = range.first + (range.last - range.first) / 2;
    if (range.depth >= kMaxHeuristicDepth) return half;
    Box centers;
    for (std::uint32_t i = range.first; i < range.last; ++i) centers.grow(light(i).center, 0);
    Split best;
    const Vec3 extent = centers.extent();
    for (int axis = 0; axis < 3; ++axis)
      if (component(extent, axis) > 0) find_split(range, centers, axis, best);
    if (best.axis < 0) return half;
    const auto middle = std::stable_partition(
        order_.begin() + range.first, order_.begin() + range.last,
        [&](std::uint32_t l) { return bin_of(lights_[l].center, centers, best.axis) <= best.bin; });
    return static_cast<std::uint32_t>(middle - order_.begin());
  }

  static std::uint32_t bin_of(Vec3 center, const Box& centers, int axis) {
    const float low = component(centers.min, axis), extent = component(centers.max, axis) - low;
    const float at = (component(center, axis) - low) / extent * kBins;
    return at < kBins ? static_cast<std::uint32_t>(std::max(at, 0.0f)) : kBins - 1;
  }

  void find_split(const Range& range, const Box& centers, int axis, Split& best) const {
    std::array<Pile, kBins> bins;
    for (std::uint32_t i = range.first; i < range.last; ++i) bins[bin_of(light(i).center, centers, axis)].add(light(i));
    std::array<double, kBins> above{};  // cost of the bins from this one on
    Pile sum;
    for (std::uint32_t b = kBins; b-- > 1;) {
      sum.add(bins[b]);
      above[b] = sum.cost();
    }
    const std::uint32_t all = range.last - range.first;
    const Vec3 extent = centers.extent();
    const double thin = max_component(extent) / component(extent, axis);  // the paper's k_r
    sum = {};
    for (std::uint32_t b = 0; b + 1 < kBins; ++b) {
      sum.add(bins[b]);
      const double cost = thin * (sum.cost() + above[b + 1]);
      if (sum.count > 0 && sum.count < all && cost < best.cost) best = {axis, b, cost};
    }
  }

  std::span<const BoundedLight> lights_;
  std::vector<std::uint32_t> order_;
  LightClusters result_;
  double scale_ = 0;
};

}  // namespace

LightClusters cluster_lights(std::span<const BoundedLight> lights) { return Builder(lights).build(); }

}  // namespace kiln::scene
