#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <tiny_gltf.h>
#include <vector>

#include "kiln/error.h"

#include "scene/gltf_container.h"
#include "scene/gltf_json.h"
#include "scene/import/package.h"

namespace kiln::scene {

/// A scene file in memory, as a glTF document whose structure is valid: every reference of the model resolves, every
/// accessor lies within its bytes. `model` leaves out what is read elsewhere: buffers, images, cameras and animations.
struct Document {
  tinygltf::Model model;
  Json json;                    ///< the whole document, what was compressed unpacked
  std::vector<std::byte> file;  ///< its bytes, or what it became; the spans below point here or into `decoded`
  std::vector<std::vector<std::byte>> decoded;      ///< what data URIs held, and what was unpacked
  std::shared_ptr<const PackageFiles> package;      ///< that it came in, if any; spans may point there too
  std::vector<std::span<const std::byte>> buffers;  ///< of the declared length each
  std::vector<std::span<const std::byte>> images;   ///< encoded pictures
  std::vector<std::string> warnings;                ///< what of the file is not in the picture, a sentence each

  /// Of the file and of all that was decoded: how much an honest document describes goes by it.
  std::uint64_t data_bytes() const;
};

/// Makes document.model from the JSON once more, after a change of values in it. Errors: invalid_scene.
Result<void> read_model_again(Document& document);

/// Reads, checks and resolves a file of any kind that load_gltf takes, whose errors these are. `beside`, if any, is
/// where a file that is neither glTF nor a package finds what it names; its own name there is `name`.
Result<Document> read_document(std::vector<std::byte> file, const Limits& limits, const SceneFiles* beside = nullptr,
                               const std::string& name = {});

}  // namespace kiln::scene
