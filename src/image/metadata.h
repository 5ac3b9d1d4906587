#pragma once

#include <string>
#include <vector>

#include "image/encode.h"

namespace kiln::image {

struct MetadataField {
  std::string key;    ///< "Software", "Scene", "Samples per pixel"
  std::string value;  ///< UTF-8
};

/// What is known of the picture, in that order; empty ones left out.
std::vector<MetadataField> metadata_fields(const PictureInfo& info);

/// "Software: kiln 0.1.0\nScene: ...", one field a line.
std::string metadata_text(const PictureInfo& info);

/// The same as an XMP packet (ISO 16684-1), the software as xmp:CreatorTool, the rest under the namespace "urn:kiln:".
std::string metadata_xmp(const PictureInfo& info);

}  // namespace kiln::image
