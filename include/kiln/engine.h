#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "kiln/asset.h"
#include "kiln/error.h"
#include "kiln/job.h"

namespace kiln {

/// One job as the engine sees it: files in, a file out. Nothing here but plain values, so that it may cross a process
/// boundary.
struct EngineTask {
  JobId id;
  std::uint32_t attempt = 1;
  RenderRequest request;
  std::filesystem::path scene_file;        ///< empty for a built-in sample
  std::filesystem::path environment_file;  ///< empty when the request names no image
  std::filesystem::path result_file;       ///< where to write the encoded picture; does not exist yet
};

struct EngineStatus {
  bool ready = false;
  std::string backend;  ///< "cuda", "cpu"
  std::string device;
  std::string reason;  ///< why this backend, or why not ready; one sentence
};

/// Called from the engine's thread between passes, with the share of finished samples.
using ProgressSink = std::function<void(double progress)>;

/// What the GPU worker thread drives.
class Engine {
 public:
  virtual ~Engine() = default;

  /// Makes the engine ready (starts the device or the process); nothing to do when it is. Blocks, seconds at times.
  /// Called by the thread that renders, before the first render() and again whenever status() says not ready; how it
  /// went is told by status().
  virtual void open() = 0;

  /// Renders one task and writes its picture. Blocks; called by one thread at a time. When `stop` is requested it
  /// returns Error `cancelled` within some tens of milliseconds and leaves no file behind; one that is being written at
  /// that moment is removed right after.
  virtual Result<RenderReport> render(const EngineTask& task, const ProgressSink& progress, std::stop_token stop) = 0;

  /// Never waits for a render; may be called from any thread.
  virtual EngineStatus status() const = 0;
};

/// Looks into an uploaded file: validates it all and summarises it. Blocks; any thread, several at once.
/// Errors: invalid_scene, unsupported_extension, external_uri, limit_exceeded, invalid_image, unsupported_media_type.
class Inspector {
 public:
  virtual ~Inspector() = default;
  virtual Result<AssetSummary> inspect(const std::filesystem::path& file, const std::string& media_type) = 0;
};

}  // namespace kiln
