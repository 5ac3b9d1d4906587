#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <tiny_gltf.h>
#include <vector>

#include "kiln/error.h"

#include "scene/gltf_container.h"
#include "scene/gltf_json.h"

namespace kiln::scene {

/// A glTF file in memory whose structure is valid: every reference of the model resolves, every accessor lies within
/// its bytes. `model` leaves out what is read elsewhere: buffers, images, cameras and animations.
struct Document {
  tinygltf::Model model;
  Json json;                                        ///< the whole document
  std::vector<std::byte> file;                      ///< its bytes; the spans below point here or into `decoded`
  std::vector<std::vector<std::byte>> decoded;      ///< what data URIs held
  std::vector<std::span<const std::byte>> buffers;  ///< of the declared length each
  std::vector<std::span<const std::byte>> images;   ///< encoded pictures
};

/// Reads, checks and resolves a file; see load_gltf for the errors.
Result<Document> read_document(std::vector<std::byte> file, const Limits& limits);

}  // namespace kiln::scene
