#pragma once

#include <string_view>

#include "kiln/error.h"

#include "scene/import/model_builder.h"
#include "scene/import/scene_files.h"
#include "scene/limits.h"

namespace kiln::scene {

/// Wavefront OBJ with its material libraries and their pictures, which are looked for in `files` (null: there are none)
/// beside the file `name`. What is missing is left out with a warning: faces without a material that is known are grey.
/// Faces with normals have these; those without are smooth within their smoothing group and flat where there is none.
/// Errors: invalid_scene with the line, limit_exceeded, those of ImportedTextures.
Result<ImportedModel> read_obj(std::string_view text, const std::string& name, const SceneFiles* files,
                               const Limits& limits);

}  // namespace kiln::scene
