#include "render/bvh_builder.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <new>
#include <string>
#include <tbb/parallel_for.h>
#include <utility>

#include "render/bvh_tree.h"

namespace kiln::render {
namespace {

/// A triangle of a mesh, in object space, or moved by `place`.
struct PlacedTriangle {
  const Scene& scene;
  const Mesh& mesh;
  std::uint32_t index;
  const Affine* place = nullptr;

  bool deforms() const { return mesh.first_motion != kNone; }
  std::uint32_t keys() const { return deforms() ? scene.motion_keys : 1; }

  BvhCorners corners(std::uint32_t key) const {
    const Vec3* positions = scene.positions_at(mesh, key);
    const std::uint32_t* corner = &scene.indices[mesh.first_index + std::size_t{3} * index];
    const auto at = [&](int i) {
      const Vec3 p = positions[corner[i]];
      return place == nullptr ? p : transform_point(*place, p);
    };
    return {at(0), at(1), at(2)};
  }

  /// Around all of its way.
  Box box() const {
    Box box;
    for (std::uint32_t key = 0; key < keys(); ++key) {
      const BvhCorners c = corners(key);
      box.grow(c.p0);
      box.grow(c.p1);
      box.grow(c.p2);
    }
    return box;
  }
};

PlacedTriangle mesh_triangle(const Scene& scene, const Mesh& mesh, std::uint32_t k) { return {scene, mesh, k}; }

PlacedTriangle world_triangle(const Scene& scene, std::uint32_t instance, std::uint32_t k) {
  const Instance& placed = scene.instances[instance];
  return {scene, scene.meshes[placed.mesh], k, &placed.world_from_object};
}

/// Moves the nodes of a tree behind those that are there and gives each leaf its place by `place_leaf`.
template <class PlaceLeaf>
BvhRef append_nodes(const BoxTree& tree, std::vector<BvhNode>& nodes, PlaceLeaf&& place_leaf) {
  const auto first = static_cast<std::uint32_t>(nodes.size());
  const auto moved = [&](BvhRef ref) {
    if (ref == kBvhDone) return ref;
    return is_bvh_leaf(ref) ? place_leaf(ref) : ref + first;
  };
  for (BvhNode node : tree.nodes) {
    for (BvhRef& child : node.child) child = moved(child);
    nodes.push_back(node);
  }
  return moved(tree.root);
}

/// The bottom-level tree of one mesh.
struct MeshTree {
  BoxTree tree;
  Box box;                 ///< in object space
  BvhRef root = kBvhDone;  ///< once it is among the others
};

MeshTree build_mesh_tree(const Scene& scene, const Mesh& mesh, const std::stop_token& stop) {
  MeshTree result;
  std::vector<BoxedPrimitive> primitives(mesh.triangle_count);
  for (std::uint32_t k = 0; k < mesh.triangle_count; ++k) {
    primitives[k] = {mesh_triangle(scene, mesh, k).box(), k};
    result.box.grow(primitives[k].box);
  }
  result.tree = build_box_tree(std::move(primitives), stop);
  return result;
}

/// The world box of an instance: of the transformed corners of its object-space box, and a little more. The ray meets
/// it in the world but the triangles in object space; the margin covers the rounding of the way there and of this one.
Box world_box(const Affine& world_from_object, const Box& box) {
  Box world;
  float reach = 0;
  for (unsigned corner = 0; corner < 8; ++corner) {
    const Vec3 p{corner & 1 ? box.max.x : box.min.x, corner & 2 ? box.max.y : box.min.y,
                 corner & 4 ? box.max.z : box.min.z};
    const Vec3 q = transform_point(world_from_object, p);
    world.grow(q);
    reach = std::max({reach, std::abs(q.x), std::abs(q.y), std::abs(q.z)});
  }
  const Vec3 margin = Vec3{1, 1, 1} * (reach * 1e-6f);
  return {world.min - margin, world.max + margin};
}

class Builder {
 public:
  Builder(const Scene& scene, const std::stop_token& stop)
      : scene_(scene), stop_(stop), is_instanced_(scene.meshes.size()), meshes_(scene.meshes.size()) {
    std::vector<bool> is_used(scene.meshes.size());
    for (const Instance& instance : scene.instances) {
      if (is_used[instance.mesh] || instance.first_motion != kNone) is_instanced_[instance.mesh] = 1;
      is_used[instance.mesh] = true;
    }
    deforms_ = std::ranges::any_of(scene.meshes, [](const Mesh& m) { return m.first_motion != kNone; });
  }

  /// Good for nothing once the stop is requested.
  Bvh build() {
    build_instanced_meshes();
    if (!stop_.stop_requested()) build_top_level();
    bvh_.transforms = scene_.motion_transforms.data();
    bvh_.key_count = scene_.motion_keys;
    return std::move(bvh_);
  }

 private:
  /// A mesh that is placed once and does not move as a whole goes into the top level as triangles: nothing is saved by
  /// a tree of its own, and rays need no way there and back.
  bool is_instanced(std::uint32_t mesh) const { return is_instanced_[mesh] != 0; }

  void build_instanced_meshes() {
    tbb::parallel_for(std::size_t{0}, meshes_.size(), [&](std::size_t m) {
      if (is_instanced_[m] != 0 && !stop_.stop_requested()) {
        meshes_[m] = build_mesh_tree(scene_, scene_.meshes[m], stop_);
      }
    });
    if (stop_.stop_requested()) return;
    for (std::size_t m = 0; m < meshes_.size(); ++m) {
      const auto first = static_cast<std::uint32_t>(bvh_.triangles.size());
      meshes_[m].root = append_nodes(meshes_[m].tree, bvh_.nodes, [&](BvhRef leaf) {
        return make_bvh_leaf(first + bvh_leaf_first(leaf), bvh_leaf_count(leaf));
      });
      for (const std::uint32_t k : meshes_[m].tree.order) {
        append_triangle(mesh_triangle(scene_, scene_.meshes[m], k), kNone, 0);
      }
      meshes_[m].tree = {};
    }
  }

  /// A primitive of the top level: a triangle of an instance, or with kNone the instance as a whole.
  struct TopPrimitive {
    std::uint32_t instance, triangle;
  };

  void build_top_level() {
    const std::vector<TopPrimitive> items = list_top_primitives();
    std::vector<BoxedPrimitive> primitives(items.size());
    tbb::parallel_for(std::size_t{0}, items.size(), [&](std::size_t i) {
      const TopPrimitive& item = items[i];
      const bool whole = item.triangle == kNone;
      primitives[i] = {whole ? instance_box(item.instance) : world_triangle(scene_, item.instance, item.triangle).box(),
                       static_cast<std::uint32_t>(i), whole};
    });
    const BoxTree tree = build_box_tree(std::move(primitives), stop_);
    if (stop_.stop_requested()) return;

    std::vector<std::uint32_t> place(items.size());  // of each position of the order, in its array
    for (std::size_t i = 0; i < items.size(); ++i) {
      const TopPrimitive& item = items[tree.order[i]];
      place[i] = item.triangle == kNone ? append_instance(item.instance) : append_world_triangle(item);
    }
    bvh_.root = append_nodes(tree, bvh_.nodes, [&](BvhRef leaf) {
      return make_bvh_leaf(place[bvh_leaf_first(leaf)], bvh_leaf_count(leaf));
    });
  }

  std::vector<TopPrimitive> list_top_primitives() const {
    std::vector<TopPrimitive> items;
    for (std::uint32_t i = 0; i < scene_.instances.size(); ++i) {
      const std::uint32_t m = scene_.instances[i].mesh;
      const std::uint32_t triangles = scene_.meshes[m].triangle_count;
      if (is_instanced(m) && triangles > 0) items.push_back({i, kNone});
      if (is_instanced(m)) continue;
      for (std::uint32_t k = 0; k < triangles; ++k) items.push_back({i, k});
    }
    return items;
  }

  Box instance_box(std::uint32_t i) const {
    const Instance& instance = scene_.instances[i];
    const std::uint32_t keys = instance.first_motion == kNone ? 1 : scene_.motion_keys;
    Box all;
    for (std::uint32_t key = 0; key < keys; ++key) {
      all.grow(world_box(scene_.place_at(instance, key), meshes_[instance.mesh].box));
    }
    return all;
  }

  std::uint32_t append_instance(std::uint32_t i) {
    const Instance& instance = scene_.instances[i];
    const Windings culled = culled_winding(instance, scene_.materials[instance.material], false);
    bvh_.instances.push_back(
        {instance.object_from_world, i, meshes_[instance.mesh].root, culled, instance.first_motion});
    return static_cast<std::uint32_t>(bvh_.instances.size() - 1);
  }

  std::uint32_t append_world_triangle(const TopPrimitive& item) {
    const Instance& instance = scene_.instances[item.instance];
    const Windings culled = culled_winding(instance, scene_.materials[instance.material], true);
    append_triangle(world_triangle(scene_, item.instance, item.triangle), item.instance, culled);
    return static_cast<std::uint32_t>(bvh_.triangles.size() - 1);
  }

  void append_triangle(const PlacedTriangle& t, std::uint32_t instance, Windings culled) {
    const BvhCorners c = t.corners(0);
    bvh_.triangles.push_back({c.p0, t.index, c.p1, instance, c.p2, culled | (t.deforms() ? kBvhDeforms : 0)});
    if (!deforms_) return;
    bvh_.deforming.push_back(t.deforms() ? static_cast<std::uint32_t>(bvh_.corners.size() / t.keys()) : 0);
    for (std::uint32_t key = 0; t.deforms() && key < t.keys(); ++key) bvh_.corners.push_back(t.corners(key));
  }

  const Scene& scene_;
  const std::stop_token& stop_;
  std::vector<char> is_instanced_;  ///< each mesh; no vector<bool>: it is read by many threads
  std::vector<MeshTree> meshes_;    ///< of the instanced ones
  bool deforms_ = false;            ///< some mesh
  Bvh bvh_;
};

Result<void> check_limits(const Scene& scene) {
  std::uint64_t triangles = 0;
  for (const Mesh& mesh : scene.meshes) triangles += mesh.triangle_count;
  const auto too_many = [](std::uint64_t count, const char* what, std::uint64_t limit) {
    return Error{
        ErrorCode::limit_exceeded,
        "the scene has " + std::to_string(count) + " " + what + "; the renderer takes up to " + std::to_string(limit),
        ""};
  };
  if (triangles > kBvhMaxTriangles) return too_many(triangles, "triangles", kBvhMaxTriangles);
  if (scene.instances.size() > kBvhMaxInstances) return too_many(scene.instances.size(), "instances", kBvhMaxInstances);
  return {};
}

}  // namespace

Result<Bvh> build_bvh(const Scene& scene, const std::stop_token& stop) {
  if (const auto checked = check_limits(scene); !checked) return checked.error();
  try {
    Bvh built = Builder(scene, stop).build();
    if (stop.stop_requested()) return Error{ErrorCode::cancelled, "preparing the scene was cancelled", ""};
    return built;
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::out_of_memory, "not enough memory to build the acceleration structure of the scene", ""};
  }
}

}  // namespace kiln::render
