#pragma once

#include <span>

#include "kiln/scene.h"

#include "scene/light_clusters.h"

namespace kiln::scene {

/// The clusters of cluster_lights, gathered in nodes of up to four, the largest divided first.
LightTree build_light_tree(std::span<const BoundedLight> lights);

}  // namespace kiln::scene
