#pragma once

#include <chrono>
#include <filesystem>
#include <future>
#include <mutex>
#include <optional>
#include <vector>

#include "kiln/engine.h"
#include "kiln/image.h"
#include "kiln/renderer.h"

#include "image/resolve.h"
#include "render/render_frame.h"

namespace kiln::engine {

/// What Engine::preview answers about a job that has no picture so far.
Error job_not_running(const JobId& id);

/// Gives the picture so far of the render under way to whoever asks. Between two passes the thread that renders copies
/// the accumulator, all the rest is done on a thread beside it. A copy and what is done with it cost the render some
/// time: the next one waits until that is no more than 2 % of the time between the two.
class Previewer {
 public:
  /// `pause_s`: the shortest time between two copies.
  explicit Previewer(double pause_s);

  /// Waits for the picture that is being written. No render may be under way.
  ~Previewer() = default;
  Previewer(const Previewer&) = delete;
  Previewer& operator=(const Previewer&) = delete;

  /// See Engine::preview. Any thread.
  void ask(const JobId& id, std::uint32_t attempt, const std::filesystem::path& file, PreviewCallback done);

  // The thread that renders:

  /// Copies where it is time to and somebody wants it. The first call of an attempt opens it to those who ask.
  /// Error: device_fault.
  Result<void> after_pass(const EngineTask& task, Renderer& renderer, const render::FrameWork& work);

  /// The attempt ends: who still waits is told.
  void end();

 private:
  using Clock = std::chrono::steady_clock;

  struct Question {
    std::filesystem::path file;
    PreviewCallback done;
  };
  struct Copy {
    RenderRequest request;
    LinearImage sums;
    SampleCounts counts;
    double copy_s = 0;
    Clock::time_point taken_at;
    std::vector<Question> questions;
  };

  std::optional<std::vector<Question>> take_questions();
  void write(const Copy& copy);
  void finish(Clock::time_point due_at);

  const Clock::duration pause_;
  std::mutex mutex_;                ///< of all below, but for writing_
  std::optional<EngineTask> task_;  ///< the render under way, once it has a sample
  std::vector<Question> questions_;
  bool is_busy_ = false;  ///< a copy is being made or written
  Clock::time_point due_at_{};
  std::future<void> writing_;  // last: it uses all of the above
};

}  // namespace kiln::engine
