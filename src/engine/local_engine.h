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
  std::uint64_t scene_cache_bytes = std::uint64_t{2} << 30;        ///< prepared scenes kept for the next job, at most
  std::uint64_t environment_cache_bytes = std::uint64_t{1} << 29;  ///< likewise environment images
  double checkpoint_s = 10;  ///< between two checkpoints of a render; 0: only when it is suspended
  double preview_s = 0.5;    ///< the shortest time between two previews
  /// Whether what an OBJ or PLY file names is looked for beside it. Not for files of strangers: what lies there is not
  /// theirs.
  bool reads_folder = false;
};

/// Renders in this process. Scenes are loaded on threads of its own (scene_loader.h), so that a render that is stopped
/// answers at once. render() opens the engine if nobody has. A renderer that reports a device fault is given up:
/// status() says so, and open() makes a new one. Where memory ran out, everything that is kept for the next jobs is let
/// go; where it was the device's, the task is then tried once more. Nothing that a scene file or a renderer does ends a
/// thread: std::bad_alloc becomes Error out_of_memory, any other exception internal with its text.
std::unique_ptr<Engine> make_local_engine(RendererFactory factory, LocalEngineOptions options = {});

/// Inspects in this process. Exceptions become errors likewise. `reads_folder` as above.
std::unique_ptr<Inspector> make_local_inspector(const scene::Limits& limits = {}, bool reads_folder = false);

}  // namespace kiln::engine
