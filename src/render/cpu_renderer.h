#pragma once

#include <memory>

#include "kiln/renderer.h"

namespace kiln::render {

/// Renders with Embree on threads of the lowest priority. `threads` = 0: as many as the process may run at once. The
/// picture does not depend on their number. A scene is prepared on as many threads, beside a frame on half of them.
std::unique_ptr<Renderer> make_cpu_renderer(unsigned threads);

}  // namespace kiln::render
