#pragma once

#include <cstdint>
#include <vector>

#include "kernels/vec.h"
#include "kiln/error.h"

#include "scene/document.h"
#include "scene/limits.h"

namespace kiln::scene {

/// Where the nodes of a document are at one key of its motion (kernels/motion.h).
struct KeyPose {
  std::vector<Affine> world_from_node;
  std::vector<std::vector<double>> weights;  ///< morph weights by node; empty: those of its mesh
};

/// The poses of an animation while the shutter is open from `open_s` for `shutter_s`: 2, 3, 5, 9 or 17 keys, the fewest
/// by which nothing strays from the straight lines between them by more than a hundredth of the way that it goes; that
/// is looked at in 17 moments (3, where there are very many nodes), the most that there can be. Empty where nothing
/// moves. Leaves the nodes of the document in the middle of that time.
/// Errors: those of apply_animation and resolve_nodes; limit_exceeded for too many morph weights.
Result<std::vector<KeyPose>> pose_for_shutter(Document& document, std::uint32_t animation, double open_s,
                                              double shutter_s, const Limits& limits);

bool is_same(const Affine& a, const Affine& b);

/// Gives what is flattened to nothing at some keys a thousandth of its extent at the nearest key at which it is not, so
/// that all transforms, and `middle`, which stands for the time between them, can be inverted. False: it is flattened
/// always.
bool unflatten(std::vector<Affine>& keys, Affine& middle);

}  // namespace kiln::scene
