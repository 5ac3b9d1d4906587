#pragma once

#include "scene/document.h"
#include "scene/limits.h"

namespace kiln::scene {

/// Unpacked bytes of a document, as buffers of their own behind those of the file. What a file may unpack to is bounded
/// by its size, before anything is decoded.
class Unpacked {
 public:
  Unpacked(Document& document, const Limits& limits);

  /// Whether that much more is allowed; it counts from now on.
  bool reserve(std::uint64_t bytes);
  std::uint64_t limit_bytes() const { return limit_bytes_; }

  /// Appends a buffer, to the JSON too; returns its index.
  std::size_t add_buffer(std::vector<std::byte> bytes);

 private:
  Document& document_;
  std::uint64_t limit_bytes_, left_bytes_;
};

/// Puts plain bytes in place of what EXT_meshopt_compression, KHR_meshopt_compression and KHR_draco_mesh_compression
/// hold: the document's JSON and buffers are then those of a file without these extensions, and so is all that comes
/// after. The buffers must be resolved and validate_resources have passed. The decoders are libraries', their input is
/// hostile: sizes and counts are checked before, indices and numbers by validate_data after. Errors: invalid_scene,
/// limit_exceeded.
Result<void> decompress(Document& document, const Limits& limits);

}  // namespace kiln::scene
