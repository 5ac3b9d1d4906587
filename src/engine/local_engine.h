#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "kiln/engine.h"
#include "kiln/renderer.h"

#include "scene/limits.h"

namespace kiln::engine {

/// Makes the renderer; called on the thread that renders. `reason` is one sentence why it is this one.
struct MadeRenderer {
  std::unique_ptr<Renderer> renderer;
  std::string reason;
};
using RendererFactory = std::function<Result<MadeRenderer>()>;  ///< error: backend_unavailable

struct LocalEngineOptions {
  scene::Limits limits;                                            ///< of scene files
  std::uint64_t scene_cache_bytes = std::uint64_t{2} << 30;        ///< loaded scenes kept for the next job, at most
  std::uint64_t environment_cache_bytes = std::uint64_t{1} << 29;  ///< likewise environment images
};

/// Renders in this process, on a thread of its own, so that a render that is stopped answers at once (prompt_engine.h).
/// render() opens the engine if nobody has. A renderer that reports
/// a device fault is given up: status() says so, and open() makes a new one. Nothing that a scene file or a renderer
/// does ends that thread: std::bad_alloc becomes Error out_of_memory, any other exception internal with its text.
std::unique_ptr<Engine> make_local_engine(RendererFactory factory, LocalEngineOptions options = {});

/// Inspects in this process. Exceptions become errors likewise.
std::unique_ptr<Inspector> make_local_inspector(const scene::Limits& limits = {});

}  // namespace kiln::engine
