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

/// Triangle k of a mesh in object space, without its instance.
BvhTriangle mesh_triangle(const Scene& scene, const Mesh& mesh, std::uint32_t k) {
  const std::size_t at = mesh.first_index + std::size_t{3} * k;
  const auto corner = [&](std::size_t i) { return scene.positions[mesh.first_vertex + scene.indices[at + i]]; };
  return {corner(0), k, corner(1), kNone, corner(2), 0};
}

BvhTriangle world_triangle(const Scene& scene, std::uint32_t instance, std::uint32_t k) {
  const Affine& place = scene.instances[instance].world_from_object;
  BvhTriangle t = mesh_triangle(scene, scene.meshes[scene.instances[instance].mesh], k);
  t.p0 = transform_point(place, t.p0);
  t.p1 = transform_point(place, t.p1);
  t.p2 = transform_point(place, t.p2);
  t.instance = instance;
  t.culled = culled_winding(scene.instances[instance], scene.materials[scene.instances[instance].material], true);
  return t;
}

Box box_of(const BvhTriangle& t) {
  Box box;
  box.grow(t.p0);
  box.grow(t.p1);
  box.grow(t.p2);
  return box;
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
    primitives[k] = {box_of(mesh_triangle(scene, mesh, k)), k};
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
      : scene_(scene), stop_(stop), uses_(scene.meshes.size()), meshes_(scene.meshes.size()) {
    for (const Instance& instance : scene.instances) ++uses_[instance.mesh];
  }

  /// Good for nothing once the stop is requested.
  Bvh build() {
    build_shared_meshes();
    if (!stop_.stop_requested()) build_top_level();
    return std::move(bvh_);
  }

 private:
  /// A mesh that is placed once goes into the top level as triangles: nothing is saved by a tree of its own, and rays
  /// need no way there and back.
  bool is_shared(std::uint32_t mesh) const { return uses_[mesh] > 1; }

  void build_shared_meshes() {
    tbb::parallel_for(std::size_t{0}, meshes_.size(), [&](std::size_t m) {
      if (uses_[m] > 1 && !stop_.stop_requested()) meshes_[m] = build_mesh_tree(scene_, scene_.meshes[m], stop_);
    });
    if (stop_.stop_requested()) return;
    for (std::size_t m = 0; m < meshes_.size(); ++m) {
      const auto first = static_cast<std::uint32_t>(bvh_.triangles.size());
      meshes_[m].root = append_nodes(meshes_[m].tree, bvh_.nodes, [&](BvhRef leaf) {
        return make_bvh_leaf(first + bvh_leaf_first(leaf), bvh_leaf_count(leaf));
      });
      for (const std::uint32_t k : meshes_[m].tree.order) {
        bvh_.triangles.push_back(mesh_triangle(scene_, scene_.meshes[m], k));
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
      primitives[i] = {
          whole ? instance_box(item.instance) : box_of(world_triangle(scene_, item.instance, item.triangle)),
          static_cast<std::uint32_t>(i), whole};
    });
    const BoxTree tree = build_box_tree(std::move(primitives), stop_);
    if (stop_.stop_requested()) return;

    std::vector<std::uint32_t> place(items.size());  // of each position of the order, in its array
    for (std::size_t i = 0; i < items.size(); ++i) {
      const TopPrimitive& item = items[tree.order[i]];
      place[i] = item.triangle == kNone ? append_instance(item.instance) : append_triangle(item);
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
      if (is_shared(m) && triangles > 0) items.push_back({i, kNone});
      if (is_shared(m)) continue;
      for (std::uint32_t k = 0; k < triangles; ++k) items.push_back({i, k});
    }
    return items;
  }

  Box instance_box(std::uint32_t i) const {
    const Instance& instance = scene_.instances[i];
    return world_box(instance.world_from_object, meshes_[instance.mesh].box);
  }

  std::uint32_t append_instance(std::uint32_t i) {
    const Instance& instance = scene_.instances[i];
    const Windings culled = culled_winding(instance, scene_.materials[instance.material], false);
    bvh_.instances.push_back({instance.object_from_world, i, meshes_[instance.mesh].root, culled, 0});
    return static_cast<std::uint32_t>(bvh_.instances.size() - 1);
  }

  std::uint32_t append_triangle(const TopPrimitive& item) {
    bvh_.triangles.push_back(world_triangle(scene_, item.instance, item.triangle));
    return static_cast<std::uint32_t>(bvh_.triangles.size() - 1);
  }

  const Scene& scene_;
  const std::stop_token& stop_;
  std::vector<std::uint32_t> uses_;  ///< of each mesh, by instances
  std::vector<MeshTree> meshes_;     ///< of the shared ones
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
