#pragma once

#include <span>

#include "kiln/scene.h"

#include "scene/node_tree.h"
#include "scene/shutter.h"

namespace kiln::scene {

/// Appends the cameras of the visible nodes, in the order of the nodes in the file, and how they move from key to key.
void add_cameras(const Document& document, const NodeTree& tree, std::span<const KeyPose> keys, Scene& scene);

}  // namespace kiln::scene
