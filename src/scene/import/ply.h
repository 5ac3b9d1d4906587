#pragma once

#include <string_view>

#include "kiln/error.h"

#include "scene/import/model_builder.h"
#include "scene/import/scene_files.h"
#include "scene/limits.h"

namespace kiln::scene {

/// PLY (Turk 1994): text and binary of either byte order. Read are of `vertex` x y z, nx ny nz, red green blue alpha
/// (integers, or 0 to 1; as pictures have them, sRGB) and s t or u v; of `face` the polygons, of `tristrips` the
/// strips; and the picture that a comment TextureFile names. Without normals the triangles are flat. `files` may be
/// null. Counts are held against the file's bytes and the limits before memory is taken. Errors: invalid_scene with the
/// element, and the line of a text; limit_exceeded; those of ImportedTextures.
Result<ImportedModel> read_ply(std::string_view bytes, const std::string& name, const SceneFiles* files,
                               const Limits& limits);

}  // namespace kiln::scene
