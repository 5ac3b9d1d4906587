// What is done between the last sample and the encoder: AOVs and denoising.
#include <ImfChannelList.h>
#include <ImfFrameBuffer.h>
#include <ImfHeader.h>
#include <ImfInputFile.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <set>
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

constexpr int kSide = 32;

std::unique_ptr<Engine> cpu_engine() {
  return make_local_engine([]() -> Result<MadeRenderer> {
    auto chosen = render::make_renderer(render::BackendChoice::cpu, 2);
    if (!chosen) return chosen.error();
    return MadeRenderer{std::move(chosen->renderer), "asked for"};
  });
}

/// A small picture of a sample, as EXR with these layers.
EngineTask small_task(const std::string& scene, const std::set<Aov>& aovs, const std::filesystem::path& file) {
  EngineTask t;
  t.id = random_job_id();
  t.request.scene = scene;
  t.request.width = t.request.height = kSide;
  t.request.samples_per_pixel = 4;
  t.request.format = ImageFormat::exr;
  t.request.aovs = aovs;
  t.result_file = file;
  return t;
}

/// One channel of a picture of small_task().
template <class T>
std::vector<T> channel(const std::filesystem::path& path, const std::string& name, Imf::PixelType type) {
  const auto bytes = read_file(path, 1 << 20).value();
  image::MemoryInput stream(bytes);
  Imf::InputFile file(stream);
  EXPECT_NE(file.header().channels().findChannel(name), nullptr) << name;
  std::vector<T> values(kSide * kSide);
  Imf::FrameBuffer frame;
  frame.insert(name, Imf::Slice(type, reinterpret_cast<char*>(values.data()), 4, 4 * kSide));
  file.setFrameBuffer(frame);
  file.readPixels(0, kSide - 1);
  return values;
}

TEST(RealFeatures, CryptomattesOfEveryPixelAddUpToItsAlpha) {
  kiln::test::TempFolder folder;
  const auto engine = cpu_engine();
  const EngineTask t =
      small_task("sample:spheres-in-studio", {Aov::alpha, Aov::depth, Aov::object_id, Aov::cryptomatte_object},
                 folder.path() / "picture");
  const auto picture = engine->render(t, [](double) {}, {});
  ASSERT_TRUE(picture);
  ASSERT_TRUE(picture->finish());

  std::vector<float> sum(kSide * kSide);
  for (const char* name : {"00.G", "00.A", "01.G", "01.A", "02.G", "02.A"}) {
    const auto shares = channel<float>(t.result_file, std::string("cryptomatte_object") + name, Imf::FLOAT);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += shares[i];
  }
  const auto alpha = channel<float>(t.result_file, "alpha.A", Imf::FLOAT);
  float covered = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    EXPECT_NEAR(sum[i], alpha[i], 1e-5f);
    covered += alpha[i];
  }
  EXPECT_GT(covered, 10);
}

/// In a small picture of the Cornell box most of the error stands at the edges of the lamp, which filtering leaves.
TEST(RealDenoiser, KnowsTheEdgesOfALamp) {
  kiln::test::TempFolder folder;
  const auto engine = cpu_engine();
  const auto green = [&](std::uint32_t samples, std::uint64_t seed, bool denoise) {
    EngineTask t = small_task("sample:cornell-box", {}, folder.path() / "picture");
    t.request.samples_per_pixel = samples;
    t.request.seed = seed;
    t.request.denoise = denoise;
    const auto picture = engine->render(t, [](double) {}, {});
    EXPECT_TRUE(picture && picture->finish());
    return channel<float>(t.result_file, "G", Imf::FLOAT);
  };
  const auto reference = green(512, 2, false);
  const auto error = [&](const std::vector<float>& values) {
    float sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += std::fabs(values[i] - reference[i]);
    return sum;
  };
  EXPECT_LT(error(green(8, 1, true)), 0.5f * error(green(8, 1, false)));
}

/// With a threshold the pixels that show the even background end first; what was denoised has its counts all the same.
TEST(RealFeatures, SampleCountsSayWhereTheSamplesWent) {
  kiln::test::TempFolder folder;
  const auto engine = cpu_engine();
  EngineTask t = small_task("sample:spheres-in-studio", {Aov::sample_count}, folder.path() / "picture");
  t.request.samples_per_pixel = 128;
  t.request.noise_threshold = 0.02f;
  t.request.camera.placement = OrbitCamera{{0, 0, 0}, 30, 60, 40};  // from so far that most of it is background
  t.request.background = {BackgroundKind::color, {0.5f, 0.5f, 0.5f}};
  t.request.denoise = true;
  const auto picture = engine->render(t, [](double) {}, {});
  ASSERT_TRUE(picture);
  const auto report = picture->finish();
  ASSERT_TRUE(report);

  const auto counts = channel<std::uint32_t>(t.result_file, "sample_count.id", Imf::UINT);
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}), report->samples);
  EXPECT_EQ(*std::ranges::min_element(counts), 32u) << "the background";
  EXPECT_GT(*std::ranges::max_element(counts), 64u);
}

}  // namespace
}  // namespace kiln::engine::test
