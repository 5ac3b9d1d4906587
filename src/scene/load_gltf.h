#pragma once

#include <filesystem>
#include <memory>

#include "kiln/error.h"
#include "kiln/scene.h"

#include "scene/gltf_scene.h"
#include "scene/limits.h"

namespace kiln::scene {

/// Loads a .glb, a self-contained .gltf (data: URIs only), an OBJ, PLY or STL file, or a ZIP package of one of these
/// and the files that it names; the bytes tell which, not the name. The scene is the file's default one, else its
/// first, else all nodes. `decoded` may be a scene of a file with the same bytes, in whatever pose: pictures that it
/// has are copied from it instead of being decoded again. Pure but for reading the file: any thread, several at once.
///
/// Errors, with a JSON pointer into the glTF where there is a place: invalid_scene, unsupported_extension,
/// external_uri, limit_exceeded, invalid_image, io_error; with a pointer into the render request: unknown_animation,
/// unknown_variant.
Result<GltfScene> load_gltf(const std::filesystem::path& file, const LoadOptions& options, const Limits& limits = {},
                            const GltfScene* decoded = nullptr);

/// The scene as the file rests, with its default materials.
Result<std::shared_ptr<const Scene>> load_gltf(const std::filesystem::path& file, const Limits& limits = {});

}  // namespace kiln::scene
