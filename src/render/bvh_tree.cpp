#include "render/bvh_tree.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <span>
#include <tbb/parallel_invoke.h>
#include <utility>

namespace kiln::render {
namespace {

constexpr int kMaxBins = 16;
constexpr std::size_t kParallelAbove = 4096;  ///< primitives; below, a task costs more than it gains
constexpr double kNodeCost = 1.0;             ///< of visiting a node, in triangle tests

using Primitives = std::span<BoxedPrimitive>;
using CenterKey = float Vec3::*;
constexpr std::array<CenterKey, 3> kAxes{&Vec3::x, &Vec3::y, &Vec3::z};

/// Halves are added, not sums halved: no overflow at the end of the float range.
Vec3 center(const Box& b) { return b.min * 0.5f + b.max * 0.5f; }

/// Half the surface, in double for the same reason. Zero for an empty box.
double half_area(const Box& b) {
  const double x = double{b.max.x} - b.min.x, y = double{b.max.y} - b.min.y, z = double{b.max.z} - b.min.z;
  return x < 0 ? 0 : x * y + y * z + z * x;
}

struct Bin {
  Box box;
  std::size_t count = 0;

  void add(const Bin& other) {
    box.grow(other.box);
    count += other.count;
  }
};

/// Few primitives need few bins: most nodes of a tree are small ones.
int bin_count_for(std::size_t primitives) {
  return primitives >= std::size_t{2} * kMaxBins ? kMaxBins : std::min(kMaxBins, 2 + static_cast<int>(primitives) / 2);
}

/// Maps a centre to a bin along one axis.
struct Binning {
  CenterKey axis;
  int bins;
  float low, scale;

  Binning(CenterKey along, int bin_count, const Box& centers) : axis(along), bins(bin_count), low(centers.min.*along) {
    const float extent = centers.max.*along - low;
    scale = extent > 0 ? static_cast<float>(bins) / extent : 0;
    if (!std::isfinite(scale)) scale = 0;  // an extent that is denormal or overflows: one bin, so no split here
  }
  int bin_of(const Box& b) const {
    const float at = (center(b).*axis - low) * scale;
    return at > 0 ? static_cast<int>(std::min(at, static_cast<float>(bins - 1))) : 0;
  }
};

struct Split {
  int axis = -1;  ///< -1: none
  int bin = 0;    ///< the first of the right side
  double cost = 0;
};

using Bins = std::array<std::array<Bin, kMaxBins>, 3>;

Bins fill_bins(Primitives primitives, const Box& centers) {
  const int count = bin_count_for(primitives.size());
  const std::array<Binning, 3> binnings{Binning(kAxes[0], count, centers), Binning(kAxes[1], count, centers),
                                        Binning(kAxes[2], count, centers)};
  Bins bins;
  for (const BoxedPrimitive& p : primitives) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      Bin& bin = bins[axis][static_cast<std::size_t>(binnings[axis].bin_of(p.box))];
      bin.box.grow(p.box);
      ++bin.count;
    }
  }
  return bins;
}

/// The cheapest split between two bins, in triangle tests weighted by area; axis -1 where all centres share one bin.
Split best_split(const Bins& bins, int bin_count) {
  const auto count = static_cast<std::size_t>(bin_count);
  Split best;
  for (int axis = 0; axis < 3; ++axis) {
    const auto& row = bins[static_cast<std::size_t>(axis)];
    std::array<Bin, kMaxBins + 1> right;  // right[i]: the bins i and above
    for (std::size_t i = count; i-- > 0;) {
      right[i] = right[i + 1];
      right[i].add(row[i]);
    }
    Bin left;
    for (std::size_t i = 1; i < count; ++i) {
      left.add(row[i - 1]);
      if (left.count == 0 || right[i].count == 0) continue;
      const double cost = half_area(left.box) * static_cast<double>(left.count) +
                          half_area(right[i].box) * static_cast<double>(right[i].count);
      if (best.axis < 0 || cost < best.cost) best = {axis, static_cast<int>(i), cost};
    }
  }
  return best;
}

/// Depth at which n primitives can certainly be single, split evenly: the bound for leaves of any kind.
int levels_needed(std::size_t n) { return std::bit_width(n - 1); }

struct PrimitiveBounds {
  Box boxes, centers;
};

PrimitiveBounds bounds_of(Primitives primitives) {
  PrimitiveBounds b;
  for (const BoxedPrimitive& p : primitives) {
    b.boxes.grow(p.box);
    b.centers.grow(center(p.box));
  }
  return b;
}

class TreeBuilder {
 public:
  TreeBuilder(Primitives all, const std::stop_token& stop) : all_(all), stop_(stop), slots_(all.size(), kFreeSlot) {}

  BoxTree build() {
    BoxTree tree;
    if (all_.empty()) return tree;
    tree.root = build_subtree(all_, 0, bounds_of(all_), kBvhMaxDepth);
    if (stop_.stop_requested()) return {};
    compact();
    if (!is_bvh_leaf(tree.root)) tree.root = 0;  // depth-first order: the root is the first node
    tree.nodes = std::move(slots_);
    tree.order.reserve(all_.size());
    for (const BoxedPrimitive& p : all_) tree.order.push_back(p.id);
    return tree;
  }

 private:
  static constexpr BvhNode kFreeSlot{{}, {}, {}, {}, {}, {}, {kBvhDone, kBvhDone}, {}};

  /// A subtree over n primitives has at most n - 1 inner nodes and owns as many slots from `slot` on: threads share no
  /// counter, and the slots stand in depth-first order whoever fills them.
  BvhRef build_subtree(Primitives range, std::uint32_t slot, const PrimitiveBounds& bounds, int depth_left) {
    if (range.size() > kParallelAbove && stop_.stop_requested()) return kBvhDone;
    const std::size_t left_count = split(range, bounds, depth_left);
    if (left_count == 0) {
      const auto first = static_cast<std::uint32_t>(range.data() - all_.data());
      return make_bvh_leaf(first, range[0].alone ? 0 : static_cast<std::uint32_t>(range.size()));
    }
    const auto build_side = [&](std::size_t side, Primitives half, std::uint32_t half_slot) {
      const PrimitiveBounds half_bounds = bounds_of(half);
      set_child(slots_[slot], side, half_bounds.boxes, build_subtree(half, half_slot, half_bounds, depth_left - 1));
    };
    const auto build_left = [&] { build_side(0, range.first(left_count), slot + 1); };
    const auto build_right = [&] {
      build_side(1, range.subspan(left_count), slot + static_cast<std::uint32_t>(left_count));
    };
    if (range.size() > kParallelAbove) {
      tbb::parallel_invoke(build_left, build_right);
    } else {
      build_left();
      build_right();
    }
    return slot;
  }

  static void set_child(BvhNode& node, std::size_t side, const Box& box, BvhRef child) {
    node.min_x[side] = box.min.x, node.max_x[side] = box.max.x;
    node.min_y[side] = box.min.y, node.max_y[side] = box.max.y;
    node.min_z[side] = box.min.z, node.max_z[side] = box.max.z;
    node.child[side] = child;
  }

  /// Reorders the range into a left and a right side and returns the size of the left one; 0: make it a leaf.
  static std::size_t split(Primitives range, const PrimitiveBounds& bounds, int depth_left) {
    if (range.size() == 1) return 0;
    const Split best = best_split(fill_bins(range, bounds.centers), bin_count_for(range.size()));
    if (may_be_leaf(range)) {
      const double area = half_area(bounds.boxes);
      const bool split_pays = best.axis >= 0 && kNodeCost * area + best.cost < area * static_cast<double>(range.size());
      if (!split_pays) return 0;
    }
    if (best.axis >= 0) {
      const std::size_t left_count = partition(range, bounds.centers, best);
      if (levels_needed(std::max(left_count, range.size() - left_count)) < depth_left) return left_count;
    }
    return split_at_median(range, bounds.centers);
  }

  static bool may_be_leaf(Primitives range) {
    return range.size() <= kBvhMaxLeafTriangles &&
           std::ranges::none_of(range, [](const BoxedPrimitive& p) { return p.alone; });
  }

  static std::size_t partition(Primitives range, const Box& centers, const Split& split) {
    const Binning binning(kAxes[static_cast<std::size_t>(split.axis)], bin_count_for(range.size()), centers);
    const auto middle = std::partition(range.begin(), range.end(),
                                       [&](const BoxedPrimitive& p) { return binning.bin_of(p.box) < split.bin; });
    return static_cast<std::size_t>(middle - range.begin());
  }

  /// Equal halves along the longest extent of the centres; ids decide between equal centres.
  static std::size_t split_at_median(Primitives range, const Box& centers) {
    const Vec3 extent = centers.max * 0.5f - centers.min * 0.5f;
    const CenterKey axis = extent.x >= extent.y && extent.x >= extent.z ? &Vec3::x
                           : extent.y >= extent.z                       ? &Vec3::y
                                                                        : &Vec3::z;
    const std::size_t half = range.size() / 2;
    std::nth_element(range.begin(), range.begin() + static_cast<std::ptrdiff_t>(half), range.end(),
                     [axis](const BoxedPrimitive& a, const BoxedPrimitive& b) {
                       const float ca = center(a.box).*axis, cb = center(b.box).*axis;
                       return ca != cb ? ca < cb : a.id < b.id;
                     });
    return half;
  }

  /// Closes the gaps that leaves of several primitives left among the slots.
  void compact() {
    std::vector<std::uint32_t> place(slots_.size());
    std::uint32_t used = 0;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      place[i] = used;
      if (slots_[i].child[0] != kBvhDone) slots_[used++] = slots_[i];
    }
    slots_.resize(used);
    slots_.shrink_to_fit();
    for (BvhNode& node : slots_) {
      for (BvhRef& child : node.child) {
        if (!is_bvh_leaf(child)) child = place[child];
      }
    }
  }

  Primitives all_;
  const std::stop_token& stop_;
  std::vector<BvhNode> slots_;
};

}  // namespace

void Box::grow(Vec3 p) {
  min = {std::min(min.x, p.x), std::min(min.y, p.y), std::min(min.z, p.z)};
  max = {std::max(max.x, p.x), std::max(max.y, p.y), std::max(max.z, p.z)};
}

void Box::grow(const Box& b) {
  min = {std::min(min.x, b.min.x), std::min(min.y, b.min.y), std::min(min.z, b.min.z)};
  max = {std::max(max.x, b.max.x), std::max(max.y, b.max.y), std::max(max.z, b.max.z)};
}

BoxTree build_box_tree(std::vector<BoxedPrimitive> primitives, const std::stop_token& stop) {
  return TreeBuilder(primitives, stop).build();
}

}  // namespace kiln::render
