#pragma once

#include "kiln/scene.h"

#include "scene/node_tree.h"

namespace kiln::scene {

/// Appends the cameras of the visible nodes, in the order of the nodes in the file.
void add_cameras(const Document& document, const NodeTree& tree, Scene& scene);

}  // namespace kiln::scene
