#pragma once

#include <string>

#include "kiln/renderer.h"

namespace kiln::engine {

/// Says what decides the bytes of a picture beside its request: the backend, its arithmetic and the machine code. Of
/// renderers that say the same, pictures of equal requests are equal. E.g. "cpu-" and 32 hex digits.
std::string renderer_id(const Renderer& renderer);

}  // namespace kiln::engine
