// A process for the tests of ProcessEngine and ProcessInspector: real from the socket to host_engine(), with an engine
// that does what the scene of a task says.
//
//   kiln_engine_child engine [ACTION@STEP [MARKER]]      breaks at a step of its start; with a MARKER only if that file
//   is
//                                                       not there yet, and makes it
//   kiln_engine_child inspect --file F --media-type T    does what the file says
//
// A scene is "ok" or what the engine does wrong (WrongEngine), or "ACTION@STEP".
#include <atomic>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <new>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "base/files.h"
#include "engine/child_process.h"
#include "engine/engine_host.h"
#include "engine/messages.h"
#include "engine/process_inspector.h"
#include "engine/wire.h"

namespace kiln::engine {
namespace {

[[noreturn]] void hang() {
  while (true) ::pause();
}

void break_by(const std::string& action) {
  if (action == "abort") std::abort();
  if (action == "segfault") {
    ::signal(SIGSEGV, SIG_DFL);  // sanitizers have a handler of their own
    ::raise(SIGSEGV);
  }
  if (action == "kill") ::raise(SIGKILL);
  if (action == "stop") ::raise(SIGSTOP);
  if (action == "exit") ::_exit(7);
  if (action == "throw") throw std::bad_alloc();
  if (action == "hang") hang();
  if (action == "close") {
    ::shutdown(kChildSocket, SHUT_RDWR);
    hang();
  }
  if (action == "stranger") {
    (void)send_frame(kChildSocket, to_text(FromEngine(HelloMessage{"kiln 0.0.0"})));
    hang();
  }
  if (action == "garbage") {
    [[maybe_unused]] const ssize_t n = ::write(kChildSocket, "this is no message", 18);
    hang();
  }
}

/// Breaks when `script` is "ACTION@STEP" and this is the step.
void break_at(const std::string& script, std::string_view step) {
  const auto at = script.find('@');
  if (at != std::string::npos && script.substr(at + 1) == step) break_by(script.substr(0, at));
}

void wait_a_pass() { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }

class ScriptedEngine final : public Engine {
 public:
  void open() override { is_open_ = true; }

  EngineStatus status() const override { return {is_open_, "cpu", "a test", is_open_ ? "it was asked for" : "closed"}; }

  void prefetch(const EngineTask& task) override { hint_ = task.request.scene; }

  void preview(const JobId& id, std::uint32_t attempt, const std::filesystem::path& file,
               PreviewCallback done) override {
    if (is_mute_) return;
    std::ofstream(file) << "preview of attempt " << attempt << " of " << to_string(id);
    done(Preview{7, 0.5});
  }

  Result<TracedPicture> render(const EngineTask& task, const ProgressSink& progress, const RenderStop& stop) override {
    const std::string& what = task.request.scene;
    if (what == "throw") throw std::bad_alloc();
    if (what == "invalid") return Error{ErrorCode::invalid_scene, "the scene is empty", "/scenes"};
    if (what == "fault") return Error{ErrorCode::device_fault, "an illegal address", ""};
    if (what == "deaf") hang();
    if (what == "leak") fill_memory();
    is_mute_ = what == "mute";
    progress(0.25);
    if (what == "endless") hang();
    if (what == "patient" || what == "brittle" || what == "mute") return wait_for_stop(task, progress, stop);
    while (what == "deaf but busy") {
      progress(0.5);
      wait_a_pass();
    }
    progress(1);
    return TracedPicture{[this, task] { return finish(task); }, {}};
  }

 private:
  void fill_memory() {
    constexpr std::size_t kBytes = 64 << 20;
    char* memory = static_cast<char*>(std::malloc(kBytes));  // NOLINT(cppcoreguidelines-no-malloc): never given back
    std::memset(memory, 1, kBytes);
    leaked_ = memory;
  }

  Result<TracedPicture> wait_for_stop(const EngineTask& task, const ProgressSink& progress, const RenderStop& stop) {
    while (!stop.cancel.stop_requested() && !stop.suspend.stop_requested()) {
      progress(0.5);
      wait_a_pass();
    }
    if (task.request.scene == "brittle" || is_mute_) break_by("exit");
    if (stop.suspend.stop_requested()) std::ofstream(task.checkpoint_file) << "half a picture";
    const Error stopped{ErrorCode::cancelled, "stopped", ""};
    if (task.request.keep_partial) return TracedPicture{[this, task] { return finish(task); }, stopped};
    return stopped;
  }

  /// "ok until FILE": encoding takes until there is such a file.
  Result<RenderReport> finish(const EngineTask& task) {
    while (!task.environment_file.empty() && !std::filesystem::exists(task.environment_file)) wait_a_pass();
    std::ofstream(task.result_file) << "picture of " << task.request.scene << " after " << hint_;
    RenderReport report;
    report.samples = static_cast<std::uint64_t>(::getpid());
    report.backend = "cpu";
    return report;
  }

  std::atomic<bool> is_open_{false}, is_mute_{false};
  std::string hint_;
  char* volatile leaked_ = nullptr;
};

class ScriptedInspector final : public Inspector {
 public:
  Result<AssetSummary> inspect(const std::filesystem::path& file, const std::string& media_type) override {
    std::ifstream stream(file);
    const std::string what{std::istreambuf_iterator<char>(stream), {}};
    break_by(what);
    volatile int turns = 0;
    while (what == "spin") turns = turns + 1;
    if (what == "invalid") return Error{ErrorCode::invalid_scene, "no scene", "/scenes/0"};
    if (what == "large") memory_.resize(std::size_t{1} << 32);
    AssetSummary summary;
    summary.triangles = 12;
    summary.cameras = {media_type, what};
    return summary;
  }

 private:
  std::string memory_;
};

bool is_to_break(int argc, char** argv) {
  if (argc < 3) return false;
  if (argc < 4) return true;
  if (std::filesystem::exists(argv[3])) return false;
  std::ofstream(argv[3]) << "broken once";
  return true;
}

int run(int argc, char** argv) {
  auto socket = inherited_socket();
  if (!socket) return 2;
  if (std::string(argv[1]) == "inspect") {
    ScriptedInspector inspector;
    return host_inspection(std::move(*socket), inspector, argv[3], argv[5]);
  }
  const std::string at_start = is_to_break(argc, argv) ? argv[2] : "";
  host_engine(std::move(*socket), std::make_unique<ScriptedEngine>(),
              {[at_start](std::string_view step, const EngineTask* task) {
                break_at(task ? task->request.scene : at_start, step);
              }});
}

}  // namespace
}  // namespace kiln::engine

/// The thread sanitizer would wait a second at each exit.
extern "C" const char* __tsan_default_options() {
  return "atexit_sleep_ms=0";
}  // NOLINT(readability-identifier-naming)

int main(int argc, char** argv) { return argc < 2 ? 2 : kiln::engine::run(argc, argv); }
