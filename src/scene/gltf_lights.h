#pragma once

#include "kiln/scene.h"

#include "scene/node_tree.h"

namespace kiln::scene {

/// Appends the lights of the visible nodes (KHR_lights_punctual); those without intensity are left out.
void add_punctual_lights(const Document& document, const NodeTree& tree, Scene& scene);

}  // namespace kiln::scene
