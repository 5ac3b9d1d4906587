#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "kiln/error.h"
#include "kiln/image.h"
#include "kiln/render_request.h"
#include "kiln/renderer.h"

#include "render/adaptive_sampling.h"
#include "render/pass_planner.h"

namespace kiln::engine {

/// Which renders may go on from a checkpoint: those whose accumulator comes out the same to the last bit.
struct CheckpointKey {
  std::string sha256;  ///< hex, of the request (without what is done to the finished picture), renderer and build
  std::uint32_t width = 0, height = 0, samples_per_pixel = 0;
  bool is_adaptive = false;  ///< there is a noise threshold
};

CheckpointKey checkpoint_key(const RenderRequest& request, const Renderer& renderer);

/// A frame that is not finished.
struct Checkpoint {
  render::FrameCursor cursor;
  LinearImage accumulator;
  render::AdaptiveState adaptive = {};  ///< empty where there is no noise threshold
};

/// Writes it atomically and durably, by way of a file with ".part" after its name: after a crash the old or the new one
/// is there. With `stop` requested it may return early with Error `cancelled`; the old file is then kept. Errors also:
/// io_error, storage_full.
Result<void> write_checkpoint(const std::filesystem::path& file, const CheckpointKey& key, const Checkpoint& checkpoint,
                              const std::stop_token& stop = {});

/// Reads it; nothing where there is none. One that is damaged, of another format or of another render is removed, with
/// a log line that says why; a ".part" that a crash has left goes too. Memory is taken for the picture of the key only,
/// whatever the file says.
std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& file, const CheckpointKey& key);

}  // namespace kiln::engine
