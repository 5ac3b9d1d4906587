#pragma once

#include <span>
#include <string>

#include "kiln/error.h"

#include "base/file_kind.h"
#include "scene/import/model_builder.h"
#include "scene/import/scene_files.h"
#include "scene/limits.h"

namespace kiln::scene {

/// Whether files of this kind are read by import_model().
bool is_imported(FileKind kind);

/// An OBJ, PLY or STL file as a glTF document. `name` is its path within `files`, which may be null. Errors: see
/// read_obj, read_ply and read_stl.
Result<ImportedModel> import_model(FileKind kind, std::span<const std::byte> bytes, const std::string& name,
                                   const SceneFiles* files, const Limits& limits);

}  // namespace kiln::scene
