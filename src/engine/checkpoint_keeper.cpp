#include "engine/checkpoint_keeper.h"

#include <chrono>
#include <memory>
#include <spdlog/spdlog.h>
#include <system_error>
#include <utility>

#include "engine/guard.h"

namespace kiln::engine {
namespace {

void write_or_log(const std::filesystem::path& file, const CheckpointKey& key, const Checkpoint& checkpoint,
                  const std::stop_token& stop) {
  const auto written = guarded([&] { return write_checkpoint(file, key, checkpoint, stop); });
  if (written || written.error().code == ErrorCode::cancelled) return;
  spdlog::warn("the checkpoint {} was not written: {}", file.string(), written.error().message);
}

}  // namespace

CheckpointKeeper::CheckpointKeeper(std::filesystem::path file, CheckpointKey key, double interval_s)
    : file_(std::move(file)), key_(std::move(key)), interval_s_(interval_s) {}

CheckpointKeeper::~CheckpointKeeper() { stop_writing(); }

Result<void> CheckpointKeeper::resume(Renderer& renderer, render::FrameWork& work) {
  if (file_.empty()) return {};
  auto checkpoint = read_checkpoint(file_, key_);
  if (!checkpoint) return {};
  if (auto resumed = render::resume_frame(renderer, work, checkpoint->cursor, checkpoint->accumulator,
                                          std::move(checkpoint->adaptive));
      !resumed) {
    return resumed;
  }
  spdlog::info("job {} goes on from its checkpoint, at {:.0f}%", file_.filename().string(),
               100 * work.planner.progress());
  return {};
}

Result<void> CheckpointKeeper::after_pass(Renderer& renderer, const render::FrameWork& work) {
  if (file_.empty() || interval_s_ <= 0 || since_last_.seconds() < interval_s_ || is_writing()) return {};
  since_last_ = {};
  auto sums = renderer.read_accumulator();
  if (!sums && sums.error().code == ErrorCode::device_fault) return sums.error();
  if (!sums) {
    spdlog::warn("the checkpoint {} was not written: {}", file_.string(), sums.error().message);
    return {};
  }
  const auto checkpoint =
      std::make_shared<const Checkpoint>(Checkpoint{work.planner.cursor(), std::move(*sums), work.adaptive.state()});
  try {
    writing_ = std::async(std::launch::async, [file = file_, key = key_, checkpoint, stop = stop_.get_token()] {
      write_or_log(file, key, *checkpoint, stop);
    });
  } catch (const std::system_error& e) {
    spdlog::warn("the checkpoint {} was not written: {}", file_.string(), e.what());
  }
  return {};
}

void CheckpointKeeper::suspend(Renderer& renderer, const render::FrameWork& work, const std::stop_token& cancel) {
  if (file_.empty()) return;
  stop_writing();
  auto sums = renderer.read_accumulator();
  if (sums) return write_or_log(file_, key_, {work.planner.cursor(), std::move(*sums), work.adaptive.state()}, cancel);
  spdlog::warn("the checkpoint {} was not written: {}", file_.string(), sums.error().message);
}

bool CheckpointKeeper::is_writing() const {
  return writing_.valid() && writing_.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
}

void CheckpointKeeper::stop_writing() {
  stop_.request_stop();
  if (writing_.valid()) writing_.wait();
  stop_ = {};
}

}  // namespace kiln::engine
