#pragma once

#include "scene/decompress.h"
#include "scene/json_view.h"

namespace kiln::scene {

/// Whether a buffer is declared to be a fallback of EXT_meshopt_compression or KHR_meshopt_compression: only views that
/// are compressed refer to it, and so it is never read.
bool is_fallback(const JsonView& buffer);

/// Decodes the compressed buffer views of a document whose resources are valid. Faults are reported.
void unpack_meshopt_views(Document& document, Unpacked& unpacked, Report& report);

}  // namespace kiln::scene
