#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
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
  std::filesystem::path checkpoint_file;   ///< where an unfinished render is kept and resumed from; empty: nowhere
};

struct EngineStatus {
  bool ready = false;
  std::string backend;  ///< "cuda", "cpu"
  std::string device;
  std::string reason;         ///< why this backend, or why not ready; one sentence
  std::string renderer = {};  ///< what decides a picture's bytes beside its request: build and arithmetic
};

/// Called from the engine's thread with the share of finished samples: between passes, and before the first one, with
/// 0, after each step of loading the scene.
using ProgressSink = std::function<void(double progress)>;

/// The two ways to end a render early; both make it answer Error `cancelled`.
struct RenderStop {
  std::stop_token cancel;   ///< no more of the picture is wanted: nothing is kept but by a request with keep_partial
  std::stop_token suspend;  ///< it is wanted later: what is there goes to the checkpoint file first
};

/// The second half of a render: encodes the picture and writes it to the task's result file. Blocks; any thread, while
/// the engine renders the next task; called once, or dropped (nothing is written then). It must not outlive the engine.
using FinishPicture = std::function<Result<RenderReport>()>;

/// What a render gives when its last sample is traced.
struct TracedPicture {
  FinishPicture finish;
  std::optional<Error> stopped_by;  ///< it is the picture so far, kept for keep_partial: cancelled, time_limit_exceeded
};

/// What a preview shows.
struct Preview {
  std::uint64_t samples = 0;  ///< camera paths, of all pixels together
  double newest_for_s = 0;    ///< so long there will be no newer one
};
using PreviewCallback = std::function<void(Result<Preview>)>;

/// What the GPU worker thread drives.
class Engine {
 public:
  virtual ~Engine() = default;

  /// Makes the engine ready (starts the device or the process); nothing to do when it is. Blocks, seconds at times.
  /// Called by the thread that renders, before the first render() and again whenever status() says not ready; how it
  /// went is told by status().
  virtual void open() = 0;

  /// Renders one task, from its checkpoint where a good one is there. Blocks until the last sample is traced, or until
  /// the time budget of the request is spent and every pixel has a sample; called by one thread at a time. When a stop
  /// is requested it returns Error `cancelled`: within some tens of milliseconds when cancelled, after writing the
  /// checkpoint when suspended. Where the request has keep_partial, a cancel and the time limit end it with the picture
  /// so far, once every pixel has a sample.
  /// Errors also: those of loading a scene and an image, unknown_camera, out_of_memory, time_limit_exceeded; and those
  /// that is_engine_loss() knows, after which the same task may be tried again.
  virtual Result<TracedPicture> render(const EngineTask& task, const ProgressSink& progress,
                                       const RenderStop& stop) = 0;

  /// Writes the picture so far of the attempt that is being rendered to `file`, as PNG; pixels without a sample are
  /// transparent or black. Returns at once; any thread. `done` is called once, on a thread of the engine or within the
  /// call, and must not block. Pictures that would slow the render by more than some percent wait until they do not.
  /// Errors: job_not_running, also when the attempt ends first or has no sample yet; out_of_memory, storage_full,
  /// io_error.
  virtual void preview(const JobId& id, std::uint32_t attempt, const std::filesystem::path& file,
                       PreviewCallback done) = 0;

  /// Says which task will probably come next, so that its scene is loaded, built and uploaded beside the render that is
  /// under way. Returns at once; any thread; a new hint replaces one that has not begun. Failures are kept for
  /// render().
  virtual void prefetch(const EngineTask& task) = 0;

  /// Never waits for a render; may be called from any thread.
  virtual EngineStatus status() const = 0;
};

/// Whether the engine (and not the job) ended the attempt: the job may be tried again on a fresh one.
constexpr bool is_engine_loss(ErrorCode code) {
  return code == ErrorCode::engine_lost || code == ErrorCode::engine_crashed || code == ErrorCode::engine_stalled ||
         code == ErrorCode::device_fault || code == ErrorCode::out_of_device_memory;
}

/// Looks into an uploaded file: validates it all and summarises it. Blocks; any thread, several at once.
/// Errors: invalid_scene, unsupported_extension, external_uri, limit_exceeded, invalid_image, unsupported_media_type.
class Inspector {
 public:
  virtual ~Inspector() = default;
  virtual Result<AssetSummary> inspect(const std::filesystem::path& file, const std::string& media_type) = 0;
};

}  // namespace kiln
