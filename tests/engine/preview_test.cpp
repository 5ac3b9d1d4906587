// Pictures so far: with a script for what is done when, and with the CPU renderer for what they show.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <future>
#include <thread>

#include "base/files.h"
#include "image/decode.h"
#include "render/renderer_choice.h"
#include "tests/engine/engine_fixture.h"

namespace kiln::engine::test {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kHang{60};

Rgba8Image picture_in(const fs::path& file) { return decode_image(read_file(file, 1 << 22).value(), 1 << 22).value(); }

/// A question and its answer.
class Asked {
 public:
  PreviewCallback callback() {
    return [this](const Result<Preview>& preview) { answer_.set_value(preview); };
  }
  bool is_answered() const { return coming_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
  Result<Preview> answer() const {
    if (coming_.wait_for(kHang) != std::future_status::ready) throw std::runtime_error("no answer came");
    return coming_.get();
  }
  ErrorCode error() const {
    const auto preview = answer();
    return preview ? ErrorCode::internal : preview.error().code;
  }

 private:
  std::promise<Result<Preview>> answer_;
  std::shared_future<Result<Preview>> coming_ = answer_.get_future().share();
};

class PictureSoFar : public LocalEngineFixture {
 protected:
  PictureSoFar() { t.request.width = t.request.height = 100, t.request.samples_per_pixel = 1u << 30; }

  void ask(Asked& who, const fs::path& where) { engine->preview(t.id, t.attempt, where, who.callback()); }

  /// Renders until `is_enough`, which is asked after each pass, and cancels then.
  void render_until(const std::function<bool()>& is_enough) {
    std::stop_source cancel;
    script.on_pass = [&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));  // so that there are many
      if (is_enough()) cancel.request_stop();
      return Result<void>();
    };
    EXPECT_FALSE(engine->render(t, [](double) {}, {cancel.get_token(), {}}));
  }

  EngineTask t = task();
  fs::path file = folder.path() / "preview";
  Asked asked;
};

TEST_F(PictureSoFar, ShowsTheSamplesThatAreThere) {
  render_until([&] {
    if (script.passes == 5) ask(asked, file);
    return script.passes > 5 && asked.is_answered();
  });
  const auto preview = asked.answer();
  ASSERT_TRUE(preview) << preview.error().message;
  EXPECT_GT(preview->samples, 100u * 100);
  const Rgba8Image picture = picture_in(file);
  EXPECT_EQ(picture.width, 100u);
  EXPECT_EQ(picture.height, 100u);
  EXPECT_GT(picture.texels[0] & 255, 100u);
  EXPECT_EQ(std::ranges::count(picture.texels, picture.texels[0]), 100 * 100) << "each by its own samples";
}

TEST_F(PictureSoFar, LeavesOutPixelsThatHaveNoSampleYet) {
  t.request.background.kind = BackgroundKind::transparent;
  t.request.height = 4000;  // many passes for one sample each
  render_until([&] {
    if (script.passes == 2) ask(asked, file);
    return script.passes > 2 && asked.is_answered();
  });
  const auto preview = asked.answer();
  ASSERT_TRUE(preview) << preview.error().message;
  EXPECT_LT(preview->samples, 100u * 4000);
  const Rgba8Image picture = picture_in(file);
  EXPECT_EQ(picture.texels.front() >> 24, 255u);
  EXPECT_EQ(picture.texels.back(), 0u);
  EXPECT_EQ(std::ranges::count(picture.texels, picture.texels[0]), static_cast<std::ptrdiff_t>(preview->samples));
}

TEST_F(PictureSoFar, IsThereOnlyWhileTheAttemptIsRendered) {
  std::array<Asked, 5> all;
  ask(all[0], file);
  render_until([&] {
    if (script.passes == 1) ask(all[1], file);  // its first sample is not reported yet
    if (script.passes == 3) engine->preview(t.id, t.attempt + 1, file, all[2].callback());
    if (script.passes == 3) engine->preview(random_job_id(), t.attempt, file, all[3].callback());
    return script.passes == 4;
  });
  ask(all[4], file);
  for (const int i : {0, 1, 2, 3, 4}) EXPECT_EQ(all.at(i).error(), ErrorCode::job_not_running) << i;
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(PictureSoFar, ComesNoSoonerThanItMayAndNotAfterTheEnd) {
  LocalEngineOptions options;
  options.preview_s = 3600;
  engine = make(options);
  Asked second, third;
  render_until([&] {
    if (script.passes == 2) ask(asked, file);
    if (script.passes < 4 || !asked.is_answered()) return false;
    ask(second, folder.path() / "second");
    ask(third, folder.path() / "third");
    return true;
  });
  ASSERT_TRUE(asked.answer());
  EXPECT_GT(asked.answer()->newest_for_s, 1800);
  EXPECT_EQ(second.error(), ErrorCode::job_not_running);
  EXPECT_EQ(third.error(), ErrorCode::job_not_running);
  EXPECT_FALSE(fs::exists(folder.path() / "second"));
}

TEST_F(PictureSoFar, AnswersAllWhoAskAtOnceWithTheSame) {
  Asked second;
  render_until([&] {
    if (script.passes == 2) ask(asked, file);
    if (script.passes == 2) ask(second, folder.path() / "second");
    return script.passes > 2 && asked.is_answered() && second.is_answered();
  });
  ASSERT_TRUE(asked.answer() && second.answer());
  EXPECT_EQ(asked.answer()->samples, second.answer()->samples);
  EXPECT_EQ(read_file(file, 1 << 20).value(), read_file(folder.path() / "second", 1 << 20).value());
}

TEST_F(PictureSoFar, DoesNotEndARenderThatHasNoMemoryForIt) {
  render_until([&] {
    if (script.passes == 2) ask(asked, file);
    if (script.passes == 2) script.on_read = []() -> Result<void> { throw std::bad_alloc(); };
    return asked.is_answered();
  });
  EXPECT_EQ(asked.error(), ErrorCode::out_of_memory);
}

TEST_F(PictureSoFar, SaysThatItCannotBeWritten) {
  render_until([&] {
    if (script.passes == 2) ask(asked, folder.path() / "none" / "preview");
    return script.passes > 2 && asked.is_answered();
  });
  EXPECT_EQ(asked.error(), ErrorCode::io_error);
}

TEST_F(PictureSoFar, ADeviceThatFailsIsToldToBoth) {
  script.on_pass = [this] {
    if (script.passes == 2) ask(asked, file);
    return Result<void>();
  };
  script.on_read = [] { return Error{ErrorCode::device_fault, "illegal address", ""}; };
  EXPECT_EQ(engine->render(t, [](double) {}, {}).error().code, ErrorCode::device_fault);
  EXPECT_EQ(asked.error(), ErrorCode::device_fault);
}

Result<MadeRenderer> cpu_renderer() {
  auto chosen = render::make_renderer(render::BackendChoice::cpu, 2);
  if (!chosen) return chosen.error();
  return MadeRenderer{std::move(chosen->renderer), std::move(chosen->reason)};
}

class RealPictureSoFar : public testing::Test {
 protected:
  RealPictureSoFar() {
    LocalEngineOptions options;
    options.preview_s = 0;
    engine = make_local_engine(cpu_renderer, options);
    task.id = random_job_id();
    task.request.scene = "sample:cornell-box";
    task.request.width = task.request.height = 64;
    task.request.samples_per_pixel = 128;
    task.request.seed = 3;
    task.result_file = folder.path() / "result";
  }

  /// Mean difference of the channels, of 255.
  static double distance(const Rgba8Image& a, const Rgba8Image& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.texels.size(); ++i) {
      for (const int shift : {0, 8, 16}) {
        sum += std::abs(static_cast<int>(a.texels[i] >> shift & 255) - static_cast<int>(b.texels[i] >> shift & 255));
      }
    }
    return sum / (3.0 * static_cast<double>(a.texels.size()));
  }

  kiln::test::TempFolder folder;
  EngineTask task;
  std::atomic<bool> is_wanted{true};
  std::atomic<int> shown{0};
  std::unique_ptr<Engine> engine;  // it answers until its end
};

TEST_F(RealPictureSoFar, IsNearTheFinishedOneAndDoesNotChangeIt) {
  const auto undisturbed = engine->render(task, [](double) {}, {}).value().finish();
  ASSERT_TRUE(undisturbed);
  const auto tell = [&](double progress) {
    if (progress < 0.3 || !is_wanted.exchange(false)) return;
    engine->preview(task.id, 1, folder.path() / "preview", [this](const Result<Preview>& preview) {
      if (preview) ++shown;
      is_wanted = true;
    });
  };
  const auto report = engine->render(task, tell, {}).value().finish();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->result_sha256, undisturbed->result_sha256);
  ASSERT_GT(shown, 0);
  const Rgba8Image preview = picture_in(folder.path() / "preview");
  ASSERT_EQ(preview.width, 64u);
  ASSERT_EQ(preview.texels.size(), 64u * 64);
  EXPECT_LT(distance(preview, picture_in(task.result_file)), 8);
}

}  // namespace
}  // namespace kiln::engine::test
