// What is done between the last sample and the encoder: AOVs and denoising.
#include <ImfChannelList.h>
#include <ImfFrameBuffer.h>
#include <ImfHeader.h>
#include <ImfInputFile.h>
#include <chrono>
#include <map>
#include <thread>

#include "base/files.h"
#include "base/hashing.h"
#include "image/exr_stream.h"
#include "render/renderer_choice.h"
#include "tests/engine/engine_fixture.h"

namespace kiln::engine::test {
namespace {

namespace Imf = OPENEXR_IMF_NAMESPACE;

class AfterTheLastSample : public LocalEngineFixture {
 protected:
  EngineTask featured_task() {
    EngineTask t = task();
    t.request.format = ImageFormat::exr;
    t.request.aovs = {Aov::albedo};
    t.request.denoise = true;
    return t;
  }

  /// Does it in the first pass of features.
  void in_features(const std::function<void()>& what) {
    script.on_pass = [this, what] {
      if (script.feature_passes == 1) what();
      return Result<void>();
    };
  }

  std::vector<std::string> channels_of(const EngineTask& t) {
    const auto bytes = read_file(t.result_file, 1 << 20).value();
    image::MemoryInput stream(bytes);
    const Imf::InputFile file(stream);
    std::vector<std::string> names;
    for (auto c = file.header().channels().begin(); c != file.header().channels().end(); ++c) names.push_back(c.name());
    return names;
  }
};

TEST_F(AfterTheLastSample, NothingIsDoneThatNobodyWants) {
  ASSERT_TRUE(render(task()));
  EXPECT_EQ(script.feature_passes, 0);
  EXPECT_EQ(script.denoised, 0);
}

TEST_F(AfterTheLastSample, AovsAreTracedAndWritten) {
  EngineTask t = featured_task();
  t.request.denoise = false;
  ASSERT_TRUE(render(t));
  EXPECT_GT(script.feature_passes, 0);
  EXPECT_EQ(script.denoised, 0);
  EXPECT_EQ(channels_of(t), (std::vector<std::string>{"B", "G", "R", "albedo.B", "albedo.G", "albedo.R"}));
}

TEST_F(AfterTheLastSample, ThePictureIsDenoised) {
  EngineTask t = task();
  ASSERT_TRUE(render(t));
  const std::string noisy = sha256_of_file(t.result_file).value();
  t.request.denoise = true;
  const auto report = render(t);
  ASSERT_TRUE(report);
  EXPECT_EQ(script.denoised, 1);
  EXPECT_FALSE(report->partial);
  EXPECT_EQ(report->samples, 8u * 6 * 4);
  EXPECT_EQ(report->result_sha256, noisy) << "this renderer's pictures have no noise";
}

TEST_F(AfterTheLastSample, ACancelIsHeard) {
  const EngineTask t = featured_task();
  std::stop_source cancel;
  in_features([&] { cancel.request_stop(); });
  const auto report = render(t, {cancel.get_token(), {}});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::cancelled);
  EXPECT_EQ(script.denoised, 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(AfterTheLastSample, APictureThatIsKeptThenGoesWithout) {
  EngineTask t = featured_task();
  t.request.keep_partial = true;
  std::stop_source cancel;
  in_features([&] { cancel.request_stop(); });
  const auto picture = engine->render(t, [](double) {}, {cancel.get_token(), {}});
  ASSERT_TRUE(picture);
  ASSERT_TRUE(picture->stopped_by);
  const auto report = picture->finish();
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->partial);
  EXPECT_EQ(channels_of(t), (std::vector<std::string>{"B", "G", "R"}));
}

TEST_F(AfterTheLastSample, ASuspendedOneGoesOnBehindItsLastPass) {
  EngineTask t = featured_task();
  t.checkpoint_file = folder.path() / "checkpoint";
  std::stop_source suspend;
  in_features([&] { suspend.request_stop(); });
  EXPECT_EQ(render(t, {{}, suspend.get_token()}).error().code, ErrorCode::cancelled);
  const int passes = script.passes;
  ASSERT_TRUE(render(t));
  EXPECT_EQ(script.passes, passes);
  EXPECT_EQ(channels_of(t).size(), 6u);
}

TEST_F(AfterTheLastSample, TheTimeLimitHolds) {
  EngineTask t = featured_task();
  t.request.time_limit_s = 0.05f;
  in_features([] { std::this_thread::sleep_for(std::chrono::milliseconds(60)); });
  EXPECT_EQ(render(t).error().code, ErrorCode::time_limit_exceeded);
}

TEST(RealFeatures, CryptomattesOfEveryPixelAddUpToItsAlpha) {
  kiln::test::TempFolder folder;
  const auto engine = make_local_engine([]() -> Result<MadeRenderer> {
    auto chosen = render::make_renderer(render::BackendChoice::cpu, 2);
    if (!chosen) return chosen.error();
    return MadeRenderer{std::move(chosen->renderer), "asked for"};
  });
  EngineTask t;
  t.id = random_job_id();
  t.request.scene = "sample:spheres-in-studio";
  t.request.width = t.request.height = 24;
  t.request.samples_per_pixel = 4;
  t.request.format = ImageFormat::exr;
  t.request.aovs = {Aov::alpha, Aov::depth, Aov::object_id, Aov::cryptomatte_object};
  t.result_file = folder.path() / "picture";
  const auto picture = engine->render(t, [](double) {}, {});
  ASSERT_TRUE(picture);
  ASSERT_TRUE(picture->finish());

  const auto bytes = read_file(t.result_file, 1 << 20).value();
  image::MemoryInput stream(bytes);
  Imf::InputFile file(stream);
  constexpr std::size_t kPixels = 24 * 24;
  std::map<std::string, std::vector<float>> channels;
  Imf::FrameBuffer frame;
  for (const char* name : {"alpha.A", "cryptomatte_object00.G", "cryptomatte_object00.A", "cryptomatte_object01.G",
                           "cryptomatte_object01.A", "cryptomatte_object02.G", "cryptomatte_object02.A"}) {
    auto& values = channels[name];
    values.resize(kPixels);
    frame.insert(name, Imf::Slice(Imf::FLOAT, reinterpret_cast<char*>(values.data()), 4, 4 * 24));
  }
  file.setFrameBuffer(frame);
  file.readPixels(0, 23);
  float covered = 0;
  for (std::size_t i = 0; i < kPixels; ++i) {
    float sum = 0;
    for (const auto& [name, values] : channels) sum += name == "alpha.A" ? 0 : values[i];
    EXPECT_NEAR(sum, channels["alpha.A"][i], 1e-5f);
    covered += channels["alpha.A"][i];
  }
  EXPECT_GT(covered, 10);
}

}  // namespace
}  // namespace kiln::engine::test
