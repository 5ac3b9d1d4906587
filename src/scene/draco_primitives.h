#pragma once

#include "scene/decompress.h"
#include "scene/json_view.h"

namespace kiln::scene {

/// Decodes the primitives of a document whose resources and accessors are valid that hold
/// KHR_draco_mesh_compression, attributes mapped by their ids. One whose accessors have bytes of their own is read from
/// these where the extension is not required. Faults are reported.
void unpack_draco_primitives(Document& document, Unpacked& unpacked, Report& report);

}  // namespace kiln::scene
