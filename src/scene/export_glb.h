#pragma once

#include <cstddef>
#include <vector>

#include "kiln/error.h"
#include "kiln/scene.h"

namespace kiln::scene {

/// The scene as a .glb (glTF 2.0 §4) for other programs: meshes, instances, core materials, punctual lights, cameras.
/// A camera without an aspect ratio of its own stays so. Errors: invalid_request for a scene with textures, material
/// extensions or an orthographic camera, which are not written; limit_exceeded above 4 GiB.
Result<std::vector<std::byte>> export_glb(const Scene& scene);

}  // namespace kiln::scene
