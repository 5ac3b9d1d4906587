#pragma once

#include <filesystem>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/job_id.h"
#include "engine/local_engine.h"
#include "tests/engine/fake_renderer.h"
#include "tests/store/temp_folder.h"

namespace kiln::engine::test {

/// Holds a call of prepare() that looks at no stop token, as a driver that allocates, until it is opened.
class Gate {
 public:
  Gate() : opened_(open_->get_future().share()) {}
  ~Gate() { open(); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// For RendererScript::on_prepare, for one call.
  std::function<void(const std::stop_token&)> hook() const {
    return [reached = reached_, opened = opened_](const std::stop_token&) {
      reached->set_value();
      opened.wait();
    };
  }
  void wait_until_reached() { reached_->get_future().wait(); }
  void open() {
    if (!std::exchange(is_open_, true)) open_->set_value();
  }

 private:
  std::shared_ptr<std::promise<void>> reached_ = std::make_shared<std::promise<void>>();
  std::shared_ptr<std::promise<void>> open_ = std::make_shared<std::promise<void>>();
  std::shared_future<void> opened_;
  bool is_open_ = false;
};

/// A local engine over a FakeRenderer.
class LocalEngineFixture : public testing::Test {
 protected:
  std::unique_ptr<Engine> make(LocalEngineOptions options = {}) {
    const auto factory = [this]() -> Result<MadeRenderer> {
      if (factory_error) return *factory_error;
      return MadeRenderer{std::make_unique<FakeRenderer>(script), "asked for"};
    };
    return make_local_engine(factory, options);
  }

  EngineTask task(const std::string& scene = "sample:cornell-box") {
    EngineTask t;
    t.id = random_job_id();
    t.request.scene = scene;
    t.request.width = 8;
    t.request.height = 6;
    t.request.samples_per_pixel = 4;
    t.result_file = folder.path() / "result";
    return t;
  }

  /// Both halves of a render.
  Result<RenderReport> render(const EngineTask& t, const RenderStop& stop = {}) {
    const auto picture = engine->render(
        t, [this](double p) { progress.push_back(p); }, stop);
    if (!picture) return picture.error();
    return picture->finish();
  }

  ErrorCode error_of(const EngineTask& t) {
    const auto report = render(t);
    EXPECT_FALSE(report);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "a failed render must leave no file";
    return report ? ErrorCode::internal : report.error().code;
  }

  kiln::test::TempFolder folder;
  RendererScript script;
  std::optional<Error> factory_error;
  static void do_nothing(const std::stop_token&) {}
  std::unique_ptr<Engine> engine = make();
  std::vector<double> progress;
};

}  // namespace kiln::engine::test
