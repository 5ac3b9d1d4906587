#include "engine/previewer.h"

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <memory>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/files.h"
#include "engine/finish_picture.h"
#include "engine/guard.h"
#include "image/encode.h"

namespace kiln::engine {
namespace {

constexpr double kLongestShare = 0.01;  ///< of the time between two copies; the rest of 2 % is for who sends them

/// The processor time of this thread.
double processor_s() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// What a thread beside takes from a render that keeps every processor at work; from one on a GPU it takes less.
double share_of_the_processors(double seconds) { return seconds / std::max(1u, std::thread::hardware_concurrency()); }

Result<std::vector<std::byte>> encode_so_far(const RenderRequest& request, const LinearImage& sums,
                                             const SampleCounts& counts) {
  EncodeSettings settings = encode_settings(request);
  settings.format = ImageFormat::png;
  settings.bit_depth = 8;
  settings.quick = true;
  const auto samples = static_cast<std::uint32_t>(total_samples(counts, sums.pixels.size()) / sums.pixels.size());
  return encode(resolve_accumulator(sums, counts), settings, {request.scene, samples, "kiln " KILN_VERSION});
}

/// A crash may take it along: nothing is synced.
Result<void> write_file(const std::filesystem::path& file, std::span<const std::byte> bytes) {
  const auto fd = create_file(file);
  if (!fd) return fd.error();
  return write_all(fd->get(), bytes, file);
}

}  // namespace

Error job_not_running(const JobId& id) {
  return {ErrorCode::job_not_running, "job " + to_string(id) + " has no picture so far: it is not being rendered", ""};
}

Previewer::Previewer(double pause_s)
    : pause_(std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(pause_s))) {}

void Previewer::ask(const JobId& id, std::uint32_t attempt, const std::filesystem::path& file, PreviewCallback done) {
  {
    const std::lock_guard lock(mutex_);
    if (task_ && task_->id == id && task_->attempt == attempt) {
      questions_.push_back({file, std::move(done)});
      return;
    }
  }
  done(job_not_running(id));
}

std::optional<std::vector<Previewer::Question>> Previewer::take_questions() {
  const std::lock_guard lock(mutex_);
  if (questions_.empty() || is_busy_ || Clock::now() < due_at_) return std::nullopt;
  is_busy_ = true;
  return std::exchange(questions_, {});
}

Result<void> Previewer::after_pass(const EngineTask& task, Renderer& renderer, const render::FrameWork& work) {
  if (const std::lock_guard lock(mutex_); !task_) task_ = task;
  auto questions = take_questions();
  if (!questions) return {};
  const Clock::time_point now = Clock::now();
  const Stopwatch copying;
  auto sums = guarded([&] { return renderer.read_accumulator(); });
  auto copy =
      std::make_shared<Copy>(Copy{task.request, {}, work.counts(), copying.seconds(), now, std::move(*questions)});
  Error error;
  if (sums) {
    copy->sums = std::move(*sums);
    try {
      // The future keeps the lambda, which must not keep the picture.
      writing_ = std::async(std::launch::async, [this, copy]() mutable { write(*std::exchange(copy, nullptr)); });
      return {};
    } catch (const std::system_error& e) {
      error = {ErrorCode::out_of_memory, std::string("there is no thread to write a preview: ") + e.what(), ""};
    }
  } else {
    error = sums.error();
  }
  finish(now + pause_);
  for (const Question& question : copy->questions) question.done(error);
  if (error.code == ErrorCode::device_fault) return error;
  return {};
}

void Previewer::write(const Copy& copy) {
  const auto bytes = guarded([&] { return encode_so_far(copy.request, copy.sums, copy.counts); });
  std::vector<Result<void>> written;
  for (const Question& question : copy.questions) {
    written.push_back(bytes ? guarded([&] { return write_file(question.file, *bytes); }) : bytes.error());
  }
  const double cost_s = copy.copy_s + share_of_the_processors(processor_s());
  const auto rest = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(cost_s / kLongestShare));
  const Clock::time_point due_at = copy.taken_at + std::max(pause_, rest);
  finish(due_at);
  const double left_s = std::chrono::duration<double>(due_at - Clock::now()).count();
  const Preview preview{total_samples(copy.counts, copy.sums.pixels.size()), std::max(0.0, left_s)};
  for (std::size_t i = 0; i < written.size(); ++i) {
    copy.questions[i].done(written[i] ? Result<Preview>(preview) : Result<Preview>(written[i].error()));
  }
}

void Previewer::finish(Clock::time_point due_at) {
  const std::lock_guard lock(mutex_);
  due_at_ = due_at;
  is_busy_ = false;
}

void Previewer::end() {
  std::optional<EngineTask> task;
  std::vector<Question> left;
  {
    const std::lock_guard lock(mutex_);
    task = std::exchange(task_, std::nullopt);
    left = std::exchange(questions_, {});
  }
  for (const Question& question : left) question.done(job_not_running(task->id));
}

}  // namespace kiln::engine
