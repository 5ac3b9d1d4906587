#pragma once

#include "scene/document.h"
#include "scene/limits.h"

namespace kiln::scene {

/// The first part of validate_structure: what must hold before anything is unpacked. Errors: the same.
Result<void> validate_resources(const Json& json, const Limits& limits);

/// Whether the JSON of a file keeps the rules of glTF 2.0 and of the extensions that are supported: types, ranges,
/// references, byte ranges. Rules on data that no renderer reads (declared bounds of accessors, say) are left alone.
/// Errors: invalid_scene, unsupported_extension, limit_exceeded; the pointer names the place.
Result<void> validate_structure(const Json& json, const Limits& limits);

/// Whether the accessors' contents keep the rules: finite numbers, indices within their targets, unit normals.
/// Errors: invalid_scene.
Result<void> validate_data(const Document& document);

}  // namespace kiln::scene
