#include "engine/checkpoint.h"

#include <cstring>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "engine/code_id.h"
#include "tests/engine/fake_renderer.h"
#include "tests/store/temp_folder.h"

namespace kiln::engine::test {
namespace {

namespace fs = std::filesystem;

/// What is logged while it lives.
class Log {
 public:
  Log() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
  }
  ~Log() { spdlog::set_default_logger(before_); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

class CheckpointFile : public testing::Test {
 protected:
  CheckpointFile() {
    request.scene = "sample:cornell-box";
    request.width = 3;
    request.height = 2;
    request.samples_per_pixel = 8;
    for (int i = 0; i < 6; ++i) checkpoint.accumulator.pixels.push_back({static_cast<float>(i), 0.1f, -2, 5e-20f});
  }
  CheckpointKey key() const { return checkpoint_key(request, renderer); }
  void write() const { ASSERT_TRUE(write_checkpoint(file, key(), checkpoint)); }
  bool is_taken() const { return read_checkpoint(file, key()).has_value(); }

  /// Whether the file is refused and removed.
  bool is_discarded() const { return !is_taken() && !fs::exists(file); }

  void put(std::span<const std::byte> bytes) const {
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

  Log log;
  kiln::test::TempFolder folder;
  fs::path file = folder.path() / "checkpoint";
  RendererScript script;
  FakeRenderer renderer{script};
  RenderRequest request;
  Checkpoint checkpoint{{3, 2, 4}, {3, 2, {}}};
};

TEST(CodeId, NamesTheBuildOfTheProgram) {
  EXPECT_THAT(code_id(), testing::ContainsRegex("^[^ ]+ [0-9a-f]{40}"));
  EXPECT_EQ(code_id(), code_id());
}

TEST_F(CheckpointFile, GivesBackWhatWasWritten) {
  write();
  const auto read = read_checkpoint(file, key());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->cursor, checkpoint.cursor);
  ASSERT_EQ(read->accumulator.pixels.size(), 6u);
  EXPECT_EQ(std::memcmp(read->accumulator.pixels.data(), checkpoint.accumulator.pixels.data(), 6 * sizeof(Vec4)), 0);
  EXPECT_TRUE(fs::exists(file));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

class AdaptiveCheckpointFile : public CheckpointFile {
 protected:
  AdaptiveCheckpointFile() {
    request.samples_per_pixel = 64;
    request.noise_threshold = 0.1f;
    checkpoint.cursor = {40, 8, 2};
    checkpoint.adaptive.limits = {64, 32, 40, 64, 64, 32};
    for (int i = 0; i < 6; ++i) {
      const auto f = static_cast<float>(i);
      checkpoint.adaptive.noise.push_back({{f, 1, 2, 3}, {4, 5, f, 7}, 0.5f * f});
    }
  }
};

TEST_F(AdaptiveCheckpointFile, GivesBackTheNoiseAndTheLimitsToo) {
  write();
  const auto read = read_checkpoint(file, key());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->cursor, checkpoint.cursor);
  EXPECT_EQ(read->adaptive.limits, checkpoint.adaptive.limits);
  ASSERT_EQ(read->adaptive.noise.size(), 6u);
  EXPECT_EQ(std::memcmp(read->adaptive.noise.data(), checkpoint.adaptive.noise.data(), 6 * sizeof(render::PixelNoise)),
            0);
}

TEST_F(AdaptiveCheckpointFile, IsDiscardedWhereverAByteIsFlipped) {
  write();
  const auto good = read_file(file, 1 << 20).value();
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] ^= std::byte{0x40};
    put(bad);
    ASSERT_TRUE(is_discarded()) << "byte " << at;
  }
}

TEST_F(AdaptiveCheckpointFile, IsDiscardedWhereItsLimitsCannotBe) {
  checkpoint.adaptive.limits[1] = 65;
  write();
  EXPECT_TRUE(is_discarded());
  checkpoint.adaptive.limits[1] = 32;
  checkpoint.cursor.next_pixel = 4;  // three pixels go on
  write();
  EXPECT_TRUE(is_discarded());
}

TEST_F(AdaptiveCheckpointFile, IsDiscardedForAnotherExposure) {
  write();
  request.format = ImageFormat::exr;
  EXPECT_TRUE(is_taken());
  request.exposure_ev = 1;
  EXPECT_TRUE(is_discarded());
}

TEST_F(CheckpointFile, IsNotMissedWhereThereIsNone) { EXPECT_FALSE(is_taken()); }

TEST_F(CheckpointFile, IsDiscardedWhereverAByteIsFlipped) {
  write();
  const auto good = read_file(file, 1 << 20).value();
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const unsigned flip : {0x01u, 0x80u, 0xffu}) {
      auto bad = good;
      bad[at] ^= static_cast<std::byte>(flip);
      put(bad);
      ASSERT_TRUE(is_discarded()) << "byte " << at << ", bits " << flip;
    }
  }
  put(good);
  EXPECT_TRUE(is_taken());
}

TEST_F(CheckpointFile, IsDiscardedWhereItIsTooShortOrTooLong) {
  write();
  const auto good = read_file(file, 1 << 20).value();
  for (std::size_t size = 0; size < good.size(); ++size) {
    put(std::span(good).first(size));
    ASSERT_TRUE(is_discarded()) << size << " bytes";
  }
  auto longer = good;
  longer.push_back(std::byte{0});
  put(longer);
  EXPECT_TRUE(is_discarded());
}

TEST_F(CheckpointFile, IsDiscardedForAnotherRender) {
  const RenderRequest same = request;
  const auto other = [&](auto change) {
    request = same;
    write();
    change(request);
    return is_discarded();
  };
  EXPECT_TRUE(other([](RenderRequest& r) { r.scene = "sample:terrain"; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.width = 2, r.height = 3; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.width = 16384, r.height = 16384; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.samples_per_pixel = 9; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.max_depth = 3; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.seed = 1; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.camera.placement = OrbitCamera{}; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.environment.rotation_deg = 1e-7f; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.background.kind = BackgroundKind::transparent; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.environment.source = SkyRequest{}; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.ground = Ground::shadow; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.camera.turn_deg = 1; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.camera.lens_radius_m = 0.1f; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.camera.f_stop = 2; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.filter_width_px = 2; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.region = Region{0, 0, r.width, 1}; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.time_s = 0; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.animation = 1; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.variant = "red"; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.noise_threshold = 0.1f; }));
  EXPECT_TRUE(other([](RenderRequest& r) { r.firefly_clamp = 10; }));
}

TEST_F(CheckpointFile, IsTakenWhateverIsDoneToTheFinishedPicture) {
  write();
  request.format = ImageFormat::exr;
  request.exposure_ev = 1;
  request.white_balance_k = 3200;
  request.bit_depth = 16;
  request.denoise = true;
  request.aovs = {Aov::normal};
  request.tone_mapping = ToneMapping::none;
  request.metadata = R"({"a":1})";
  request.time_limit_s = 3;
  request.time_budget_s = 2;
  request.keep_partial = true;
  EXPECT_TRUE(is_taken());
}

TEST_F(CheckpointFile, IsDiscardedForARendererThatRoundsOtherwise) {
  write();
  script.arithmetic = "other";
  EXPECT_TRUE(is_discarded());
  EXPECT_NE(log.text().find(file.string() + " is discarded: it belongs to another render or build"), std::string::npos)
      << log.text();
}

TEST_F(CheckpointFile, IsDiscardedWhereTheCursorCannotBe) {
  for (const render::FrameCursor cursor : {render::FrameCursor{3, 2, 7}, {3, 0, 4}, {7, 2, 0}, {9, 0, 0}}) {
    checkpoint.cursor = cursor;
    write();
    EXPECT_TRUE(is_discarded()) << cursor.first_sample << ' ' << cursor.sample_count << ' ' << cursor.next_pixel;
  }
}

TEST_F(CheckpointFile, KeepsTheOldOneWhereTheNewOneIsStopped) {
  write();
  std::stop_source stop;
  stop.request_stop();
  checkpoint.cursor.next_pixel = 5;
  const auto stopped = write_checkpoint(file, key(), checkpoint, stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
  EXPECT_EQ(read_checkpoint(file, key())->cursor.next_pixel, 4u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST_F(CheckpointFile, IsReadPastOneThatACrashHasLeftHalfWritten) {
  write();
  fs::copy_file(file, file.string() + ".part");
  fs::resize_file(file.string() + ".part", 50);
  EXPECT_TRUE(is_taken());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST_F(CheckpointFile, NamesAFolderThatIsNotThere) {
  const auto written = write_checkpoint(folder.path() / "none" / "checkpoint", key(), checkpoint);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::io_error);
}

}  // namespace
}  // namespace kiln::engine::test
