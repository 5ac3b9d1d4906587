// Kiln with an engine that breaks on purpose. A job with seed 666 meets the fault of KILN_FAULT each time it is
// rendered, one with seed 667 at its first attempt only.
//
//   abort, segfault, stop (SIGSTOP), endless (a pass that never ends), exit, bad_alloc, device_fault, device_memory,
//   eat_memory, cuda_illegal_address, cuda_launch_failure: within a pass, when some are done
//   cuda_memory: before the first pass
//   garbage, exit@STEP: at a step of the conversation (src/engine/engine_host.h), garbage at "progress"; a step before
//   the first job is met whatever the seeds are
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <new>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "kiln/renderer.h"

#include "cli/run.h"
#include "engine/child_process.h"
#include "tests/faults/cuda_faults.h"

namespace kiln {
namespace {

constexpr std::uint64_t kAlways = 666, kOnce = 667;
constexpr int kGoodPasses = 3;  // before the fault

std::string chosen_fault() {
  const char* name = std::getenv("KILN_FAULT");
  return name == nullptr ? "" : name;
}

std::atomic<std::uint32_t> current_attempt = 1;  // of the task that is being rendered

bool is_due(std::uint64_t seed, std::uint32_t attempt) { return seed == kAlways || (seed == kOnce && attempt == 1); }

void wait_for_ever() {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

[[noreturn]] void segfault() {
  ::raise(SIGSEGV);
  std::abort();
}

/// Touched, so that it is resident.
void eat_memory() {
  static std::vector<std::vector<char>> eaten;
  for (int i = 0; i < 64; ++i) eaten.emplace_back(4 << 20, 'x');
}

/// Error, or a fault that does not come back.
Result<void> strike(const std::string& fault) {
  if (fault == "abort") std::abort();
  if (fault == "segfault") segfault();
  if (fault == "stop") ::raise(SIGSTOP);
  if (fault == "endless") wait_for_ever();
  if (fault == "exit") ::_exit(0);
  if (fault == "bad_alloc") throw std::bad_alloc();
  if (fault == "eat_memory") eat_memory();
#ifdef KILN_HAVE_CUDA
  test::break_cuda(fault);
#endif
  if (fault == "device_fault") return Error{ErrorCode::device_fault, "the device reported an illegal address", ""};
  if (fault == "device_memory") return Error{ErrorCode::out_of_device_memory, "the device's memory is used up", ""};
  return {};
}

/// A renderer whose passes go wrong.
class FaultyRenderer final : public Renderer {
 public:
  explicit FaultyRenderer(std::unique_ptr<Renderer> inner) : inner_(std::move(inner)) {}

  std::string backend() const override { return inner_->backend(); }
  std::string device() const override { return inner_->device(); }
  std::string arithmetic() const override { return inner_->arithmetic(); }
  void end() override { inner_->end(); }
  void trim() override { inner_->trim(); }
  Result<std::shared_ptr<const PreparedScene>> prepare(std::shared_ptr<const Scene> scene,
                                                       std::stop_token stop) override {
    return inner_->prepare(std::move(scene), std::move(stop));
  }
  Result<void> begin(std::shared_ptr<const PreparedScene> scene, const FrameSettings& settings) override {
    seed_ = settings.seed;
    passes_ = 0;
    if (chosen_fault() == "cuda_memory" && is_due(seed_, current_attempt)) strike("cuda_memory").value();
    return inner_->begin(std::move(scene), settings);
  }
  Result<void> restore(const LinearImage& accumulator) override { return inner_->restore(accumulator); }
  Result<void> choose_pixels(std::vector<std::uint32_t> pixels) override {
    return inner_->choose_pixels(std::move(pixels));
  }
  Result<void> render(const Pass& pass, std::stop_token stop) override {
    if (++passes_ == kGoodPasses && is_due(seed_, current_attempt)) {
      if (auto struck = strike(chosen_fault()); !struck) return struck;
    }
    return inner_->render(pass, std::move(stop));
  }
  Result<LinearImage> read_accumulator() override { return inner_->read_accumulator(); }
  Result<void> render_features(std::uint32_t first_pixel, std::uint32_t sample_count, std::span<PixelFeatures> out,
                               std::stop_token stop) override {
    return inner_->render_features(first_pixel, sample_count, out, std::move(stop));
  }
  Result<LinearImage> denoise(const LinearImage& picture, std::span<const Guide> guides,
                              const std::function<Result<void>()>& at_work, std::stop_token stop) override {
    return inner_->denoise(picture, guides, at_work, std::move(stop));
  }
  std::uint64_t rays_traced() const override { return inner_->rays_traced(); }

 private:
  std::unique_ptr<Renderer> inner_;
  std::uint64_t seed_ = 0;
  int passes_ = 0;
};

engine::RendererFactory wrap(engine::RendererFactory factory) {
  return [factory = std::move(factory)]() -> Result<engine::MadeRenderer> {
    auto made = factory();
    if (!made) return made;
    return engine::MadeRenderer{std::make_unique<FaultyRenderer>(std::move(made->renderer)), made->reason};
  };
}

void at_step(std::string_view step, const EngineTask* task) {
  if (task != nullptr && step == "render") current_attempt = task->attempt;
  if (task != nullptr && !is_due(task->request.seed, task->attempt)) return;
  const std::string fault = chosen_fault();
  if (fault == "exit@" + std::string(step)) ::_exit(0);
  if (fault == "garbage" && step == "progress") {
    const std::string garbage(64, '\xff');
    if (::write(engine::kChildSocket, garbage.data(), garbage.size()) < 0) std::abort();
  }
}

}  // namespace
}  // namespace kiln

int main(int argc, char** argv) {
  kiln::cli::EngineHooks hooks;
  hooks.wrap_renderer = kiln::wrap;
  hooks.host.at_step = kiln::at_step;
  return kiln::cli::run(argc, argv, hooks);
}
