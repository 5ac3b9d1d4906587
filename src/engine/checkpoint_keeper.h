#pragma once

#include <filesystem>
#include <future>
#include <optional>
#include <stop_token>

#include "kiln/error.h"
#include "kiln/renderer.h"

#include "base/clock.h"
#include "engine/checkpoint.h"
#include "render/render_frame.h"

namespace kiln::engine {

/// Keeps the checkpoint file of one render. Used by the thread that renders; a file is written on a thread of its own,
/// one at a time. What cannot be written is logged: the render goes on without.
class CheckpointKeeper {
 public:
  /// Writes every `interval_s`; 0: only when it is suspended. An empty `file`: never.
  CheckpointKeeper(std::filesystem::path file, CheckpointKey key, double interval_s);

  /// Stops what is being written: no file comes any more.
  ~CheckpointKeeper();
  CheckpointKeeper(const CheckpointKeeper&) = delete;
  CheckpointKeeper& operator=(const CheckpointKeeper&) = delete;

  /// Takes up the frame that was begun, where a good checkpoint is there. Errors: those of the renderer.
  Result<void> resume(Renderer& renderer, render::FrameWork& work);

  /// Writes in the background where it is time to. Errors: device_fault.
  Result<void> after_pass(Renderer& renderer, const render::FrameWork& work);

  /// Writes what is there before it returns; gives up once `cancel` is requested.
  void suspend(Renderer& renderer, const render::FrameWork& work, const std::stop_token& cancel);

 private:
  bool is_writing() const;
  void stop_writing();

  std::filesystem::path file_;
  CheckpointKey key_;
  double interval_s_;
  Stopwatch since_last_;
  std::stop_source stop_;
  std::future<void> writing_;
};

}  // namespace kiln::engine
