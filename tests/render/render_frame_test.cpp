#include "render/render_frame.h"

#include <gtest/gtest.h>
#include <map>

#include "render/cpu_renderer.h"
#include "render/pass_planner.h"
#include "render/renderer_choice.h"
#include "render_scenes.h"
#include "scene/environment.h"

namespace kiln::render {
namespace {

/// Runs a planner to its end at `seconds_per_sample`; counts how often each pixel got each sample.
struct PlannedFrame {
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> given;
  double longest_pass_s = 0;
  std::size_t passes = 0;
};

PlannedFrame plan(std::uint32_t pixels, std::uint32_t samples, double seconds_per_sample) {
  PlannedFrame frame;
  std::map<std::uint32_t, std::uint32_t> next_sample;
  PassPlanner planner(pixels, samples);
  while (const auto pass = planner.next()) {
    for (std::uint32_t p = pass->first_pixel; p < pass->first_pixel + pass->pixel_count; ++p) {
      EXPECT_EQ(next_sample[p], pass->first_sample) << "samples come in order";
      next_sample[p] = pass->first_sample + pass->sample_count;
      for (std::uint32_t s = 0; s < pass->sample_count; ++s) ++frame.given[{p, pass->first_sample + s}];
    }
    const double seconds = static_cast<double>(pass->pixel_count) * pass->sample_count * seconds_per_sample;
    frame.longest_pass_s = std::max(frame.longest_pass_s, seconds);
    ++frame.passes;
    planner.finished(seconds);
  }
  EXPECT_EQ(planner.progress(), 1);
  return frame;
}

TEST(PassPlanner, GivesEveryPixelEverySampleOnce) {
  for (const double speed : {1e-9, 1e-6, 1e-4}) {
    const PlannedFrame frame = plan(1000, 37, speed);
    EXPECT_EQ(frame.given.size(), 37000u);
    for (const auto& [at, times] : frame.given) ASSERT_EQ(times, 1);
  }
}

TEST(PassPlanner, KeepsPassesShortOnceItKnowsTheSpeed) {
  EXPECT_LT(plan(20000, 20, 2e-6).longest_pass_s, 0.1);
  EXPECT_GT(plan(20000, 20, 2e-6).passes, 5u);
  EXPECT_LT(plan(20000, 20, 1e-9).passes, 30u) << "a fast device gets few, large passes";
}

TEST(PassPlanner, HasNothingToDoWithoutSamples) {
  PassPlanner planner(100, 0);
  EXPECT_FALSE(planner.next().has_value());
  EXPECT_EQ(planner.progress(), 1);
}

/// A planner is left after any number of passes; another one at another speed does the rest.
TEST(PassPlanner, GoesOnFromAnyCursor) {
  constexpr std::uint32_t kPixels = 700, kSamples = 23;
  for (int passes = 0; passes < 200; ++passes) {
    std::vector<std::uint32_t> samples(kPixels);
    const auto run = [&samples](PassPlanner& planner, int most, double seconds_per_sample) {
      for (int i = 0; i < most; ++i) {
        const auto pass = planner.next();
        if (!pass) return;
        for (std::uint32_t p = pass->first_pixel; p < pass->first_pixel + pass->pixel_count; ++p) {
          ASSERT_EQ(samples[p], pass->first_sample);
          samples[p] += pass->sample_count;
        }
        planner.finished(pass->pixel_count * pass->sample_count * seconds_per_sample);
      }
    };
    PassPlanner first(kPixels, kSamples), second(kPixels, kSamples);
    run(first, passes, 1e-4);
    ASSERT_TRUE(PassPlanner::is_possible(first.cursor(), kPixels, kSamples));
    second.resume(first.cursor());
    EXPECT_EQ(second.cursor(), first.cursor());
    EXPECT_EQ(second.progress(), first.progress());
    run(second, 1000, 1e-5);
    EXPECT_EQ(second.progress(), 1);
    ASSERT_EQ(samples, std::vector<std::uint32_t>(kPixels, kSamples)) << "after " << passes << " passes";
  }
}

TEST(PassPlanner, HasNoMorePassesOnceTheFrameIsGoodEnough) {
  PassPlanner planner(1000, 8);
  ASSERT_TRUE(planner.next());
  planner.finished(0.01);
  const FrameCursor reached = planner.cursor();
  planner.end();
  EXPECT_FALSE(planner.next());
  EXPECT_EQ(planner.cursor(), reached);
}

TEST(PassPlanner, EndsRoundsWhereItIsToldToAndGoesOnWithThePixelsThatAreLeft) {
  const auto next_multiple_of_ten = [](std::uint32_t first) { return first - first % 10 + 10; };
  PassPlanner planner(1000, 40, next_multiple_of_ten);
  std::vector<std::uint32_t> ends;
  std::uint64_t samples = 0;
  while (const auto pass = planner.next()) {
    samples += std::uint64_t{pass->pixel_count} * pass->sample_count;
    planner.finished(1e-6);
    const auto end = planner.round_ended_at();
    if (!end || *end % 10 != 0) continue;
    ends.push_back(*end);
    if (*end == 10) planner.go_on_with({250, 750 * 10});
    if (*end == 30) planner.go_on_with({0, 750 * 10 + 250 * 30});
  }
  EXPECT_EQ(ends, (std::vector<std::uint32_t>{10, 20, 30}));
  EXPECT_EQ(samples, 750u * 10 + 250 * 30);
  EXPECT_EQ(planner.progress(), 1);
}

TEST(FrameCursor, CountsSamples) {
  EXPECT_EQ((FrameCursor{4, 2, 10}.samples(100)), 4 * 100 + 2 * 10u);
  EXPECT_EQ((FrameCursor{8, 0, 0}.samples(100)), 800u);
  EXPECT_FALSE((FrameCursor{0, 1, 99}.covers(100)));
  EXPECT_TRUE((FrameCursor{0, 1, 100}.covers(100)));
  EXPECT_TRUE((FrameCursor{1, 1, 0}.covers(100)));
}

TEST(PassPlanner, KnowsWhichCursorsCannotBe) {
  for (const FrameCursor cursor :
       {FrameCursor{0, 1, 101}, {0, 0, 0}, {11, 0, 0}, {9, 2, 0}, {0, ~0u, 0}, {~0u, 1, 0}}) {
    EXPECT_FALSE(PassPlanner::is_possible(cursor, 100, 10)) << cursor.first_sample << ' ' << cursor.sample_count;
  }
  for (const FrameCursor cursor : {FrameCursor{0, 1, 0}, {0, 10, 100}, {10, 0, 0}, {4, 6, 99}}) {
    EXPECT_TRUE(PassPlanner::is_possible(cursor, 100, 10));
  }
}

std::shared_ptr<const Scene> lit_square() {
  SceneBuilder builder;
  return builder.square(builder.material(matte({0.5f, 0.5f, 0.5f}))).build();
}

FrameSettings square_from_above(std::uint32_t samples) {
  FrameSettings s = looking({0, 2, 0}, {0, -1, 0}, 0.3f, 64, samples);
  s.environment = constant_environment({1, 1, 1});
  return s;
}

TEST(RenderFrame, ReportsAscendingProgressUpToOne) {
  const auto renderer = make_cpu_renderer(2);
  const auto prepared = renderer->prepare(lit_square(), {});
  ASSERT_TRUE(prepared.has_value());
  double last = 0;
  const auto image = render_frame(*renderer, *prepared, square_from_above(8),
                                  [&](double progress) {
                                    EXPECT_GT(progress, last);
                                    last = progress;
                                  },
                                  {});
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(last, 1);
  EXPECT_GT(renderer->rays_traced(), 64u * 64 * 8);
}

TEST(RenderFrame, StopsWhenAskedTo) {
  const auto renderer = make_cpu_renderer(2);
  const auto prepared = renderer->prepare(lit_square(), {});
  ASSERT_TRUE(prepared.has_value());
  std::stop_source stop;
  const auto image = render_frame(
      *renderer, *prepared, square_from_above(1u << 30), [&](double) { stop.request_stop(); }, stop.get_token());
  ASSERT_FALSE(image.has_value());
  EXPECT_EQ(image.error().code, ErrorCode::cancelled);
  EXPECT_TRUE(render_frame(*renderer, *prepared, square_from_above(1), {}, {}).has_value())
      << "the next frame is not concerned";
}

TEST(RenderFrame, OfAnEmptySceneShowsTheBackground) {
  SceneBuilder builder;
  builder.material({});
  const Vec4 seen = mean(picture(builder.build(), square_from_above(1)));
  EXPECT_EQ(seen.x, 1);
  EXPECT_EQ(seen.w, 1);
}

TEST(RendererChoice, TakesTheCpuWhenAskedAndSaysWhy) {
  const auto chosen = make_renderer(BackendChoice::cpu, 1);
  ASSERT_TRUE(chosen.has_value());
  EXPECT_EQ(chosen->renderer->backend(), "cpu");
  EXPECT_EQ(chosen->reason, "The CPU was asked for.");
  EXPECT_NE(chosen->renderer->device().find("1 thread"), std::string::npos);
}

TEST(RendererChoice, KnowsItsNames) {
  for (const auto choice : {BackendChoice::automatic, BackendChoice::cuda, BackendChoice::cpu}) {
    EXPECT_EQ(backend_choice_from_name(name_of(choice)), choice);
  }
  EXPECT_FALSE(backend_choice_from_name("gpu").has_value());
}

}  // namespace
}  // namespace kiln::render
