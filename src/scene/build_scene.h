#pragma once

#include <span>

#include "scene/document.h"
#include "scene/gltf_scene.h"
#include "scene/limits.h"
#include "scene/shutter.h"

namespace kiln::scene {

/// The Scene of a checked document, in the pose of the nodes of its model. Pictures that `decoded` has, a scene of the
/// same file, are taken from there. `keys`: how it moves while the shutter is open (pose_for_shutter); empty: not at
/// all. Errors as load_gltf.
Result<GltfScene> build_scene(const Document& document, const Limits& limits, const GltfScene* decoded = nullptr,
                              std::span<const KeyPose> keys = {});

}  // namespace kiln::scene
