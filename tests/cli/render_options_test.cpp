#include "cli/render_options.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace kiln::cli {
namespace {

Result<RenderRequest> request_of(std::vector<std::string> arguments, const std::string& output = "a.png") {
  CLI::App app;
  RenderOptions options;
  add_render_options(app, options);
  arguments.insert(arguments.begin(), "scene.glb");
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them last first
  app.parse(arguments);
  return to_request(options, output);
}

}  // namespace

TEST(RenderOptions, TellsTheFormatFromTheOutputsName) {
  EXPECT_EQ(request_of({}, "a.png")->format, ImageFormat::png);
  EXPECT_EQ(request_of({}, "b.jpg")->format, ImageFormat::jpeg);
  EXPECT_EQ(request_of({}, "c.webp")->format, ImageFormat::webp);
  EXPECT_EQ(request_of({}, "d.exr")->format, ImageFormat::exr);
  EXPECT_EQ(request_of({"--format", "exr"}, "d")->format, ImageFormat::exr);
  EXPECT_EQ(request_of({}, "d.gif").error().code, ErrorCode::invalid_request);
}

TEST(RenderOptions, ReadsCameras) {
  const auto orbit = std::get<OrbitCamera>(request_of({"--orbit", "1", "2", "3", "30", "60", "5"})->camera.placement);
  EXPECT_EQ(orbit.target, (Vec3{1, 2, 3}));
  EXPECT_FLOAT_EQ(orbit.theta_deg, 30);
  EXPECT_FLOAT_EQ(orbit.phi_deg, 60);
  EXPECT_FLOAT_EQ(orbit.radius, 5);
  EXPECT_EQ(std::get<std::uint32_t>(std::get<GltfCamera>(request_of({"--camera", "2"})->camera.placement).which), 2u);
  EXPECT_EQ(std::get<std::string>(std::get<GltfCamera>(request_of({"--camera", "front"})->camera.placement).which),
            "front");
  EXPECT_THROW((void)request_of({"--camera", "2", "--orbit", "1", "2", "3", "30", "60", "5"}), CLI::Error);
}

TEST(RenderOptions, ReadWhatOfAFileIsShown) {
  const auto at_rest = request_of({});
  EXPECT_FALSE(at_rest->time_s);
  EXPECT_FALSE(at_rest->variant);
  const auto shown = request_of({"--animation", "2", "--time-s", "1.5", "--variant", "red", "--turn-deg", "-45"});
  EXPECT_EQ(shown->animation, 2u);
  EXPECT_EQ(shown->time_s, 1.5f);
  EXPECT_EQ(shown->variant, "red");
  EXPECT_EQ(shown->camera.turn_deg, -45);
  EXPECT_EQ(request_of({"--orbit", "0", "0", "0", "0", "90", "1", "--turn-deg", "30"})->camera.turn_deg, 30);
  for (const char* bad : {"-1", "nan", "1e9"}) {
    EXPECT_THROW((void)request_of({"--time-s", bad}), CLI::Error) << bad;
    EXPECT_THROW((void)request_of({"--time-s", "0", "--shutter", bad}), CLI::Error) << bad;
  }
  EXPECT_EQ(request_of({"--time-s", "1", "--shutter", "0.5"})->shutter_s, 0.5f);
  EXPECT_THROW((void)request_of({"--shutter", "0.5"}), CLI::Error) << "a file at rest does not move";
}

TEST(RenderOptions, ReadHowMuchNoiseMayStay) {
  EXPECT_FALSE(request_of({})->noise_threshold);
  EXPECT_FALSE(request_of({})->firefly_clamp);
  const auto bounded = request_of({"--noise-threshold", "0.02", "--firefly-clamp", "8"});
  EXPECT_EQ(bounded->noise_threshold, 0.02f);
  EXPECT_EQ(bounded->firefly_clamp, 8.0f);
  for (const char* option : {"--noise-threshold", "--firefly-clamp"}) {
    for (const char* bad : {"0", "-1", "nan", "1e10"}) {
      EXPECT_THROW((void)request_of({option, bad}), CLI::Error) << option << ' ' << bad;
    }
  }
}

TEST(RenderOptions, ReadTheLens) {
  const auto request = request_of({"--f-stop", "2.8", "--focus-distance-m", "3", "--camera", "1"});
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->camera.f_stop, 2.8f);
  EXPECT_EQ(request->camera.focus_distance_m, 3);
  EXPECT_EQ(request_of({"--lens-radius-m", "0.1"})->camera.lens_radius_m, 0.1f);
  EXPECT_FALSE(request_of({})->camera.lens_radius_m);
  EXPECT_EQ(request_of({"--focus-distance-m", "3"}).error().code, ErrorCode::invalid_request);
  EXPECT_THROW((void)request_of({"--f-stop", "2", "--lens-radius-m", "1"}), CLI::Error);
  EXPECT_THROW((void)request_of({"--f-stop", "nan"}), CLI::Error);
}

TEST(RenderOptions, ReadTheFilm) {
  const auto request =
      request_of({"--width", "100", "--height", "80", "--region", "60", "70", "40", "10", "--filter-width-px", "2"});
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->region, (Region{60, 70, 40, 10}));
  EXPECT_EQ(request->filter_width_px, 2);
  EXPECT_FALSE(request_of({})->region);
  for (const char* width : {"41", "0", "4294967295"}) {
    const auto bad = request_of({"--width", "100", "--region", "60", "0", width, "10"});
    ASSERT_FALSE(bad) << width;
    EXPECT_EQ(bad.error().code, ErrorCode::invalid_request);
  }
  EXPECT_THROW((void)request_of({"--filter-width-px", "0"}), CLI::Error);
}

TEST(RenderOptions, ReadsBackgrounds) {
  EXPECT_EQ(request_of({"--background", "transparent"})->background.kind, BackgroundKind::transparent);
  EXPECT_EQ(request_of({"--background", "0.1,0.2,0.3"})->background.color, (Vec3{0.1f, 0.2f, 0.3f}));
  EXPECT_EQ(request_of({"--background", "pink"}).error().code, ErrorCode::invalid_request);
}

TEST(RenderOptions, ReadsASkyAsFarAsItIsGiven) {
  EXPECT_EQ(std::get<SkyRequest>(request_of({"--sky", "12.5"})->environment.source).sun_elevation_deg, 12.5f);
  EXPECT_EQ(std::get<SkyRequest>(request_of({"--sky", "12.5"})->environment.source).turbidity, SkyRequest().turbidity);
  EXPECT_EQ(std::get<SkyRequest>(request_of({"--sky=-3,120,4,0.5"})->environment.source),
            (SkyRequest{-3, 120, 4, 0.5f}));
  for (const char* bad : {"x", "10,", "10,,3", "91", "-6", "10,0,0.9", "10,0,2,1.1", "10,0,2,1,0", "nan", "10,inf"}) {
    EXPECT_EQ(request_of({std::string("--sky=") + bad}).error().code, ErrorCode::invalid_request) << bad;
  }
  EXPECT_THROW((void)request_of({"--sky", "10", "--environment", "1,1,1"}), CLI::Error);
}

TEST(RenderOptions, PutTheSceneOnAGroundThatShowsItsShadow) {
  EXPECT_EQ(request_of({})->ground, Ground::none);
  EXPECT_EQ(request_of({"--ground-shadow"})->ground, Ground::shadow);
}

TEST(RenderOptions, ReadHowThePictureIsFinished) {
  EXPECT_FALSE(request_of({})->white_balance_k);
  EXPECT_EQ(request_of({"--white-balance", "3200"})->white_balance_k, 3200);
  EXPECT_EQ(request_of({"--bit-depth", "16"})->bit_depth, 16u);
  EXPECT_EQ(request_of({"--bit-depth", "16"}, "a.webp").error().code, ErrorCode::invalid_request);
  EXPECT_THROW((void)request_of({"--bit-depth", "10"}), CLI::Error);
  EXPECT_FALSE(request_of({})->denoise);
  EXPECT_TRUE(request_of({"--denoise"})->denoise);
  EXPECT_EQ(request_of({"--aov", "depth", "--aov", "albedo"}, "a.exr")->aovs, (std::set{Aov::albedo, Aov::depth}));
  EXPECT_EQ(request_of({"--aov", "depth"}, "a.png").error().code, ErrorCode::invalid_request);
  EXPECT_EQ(request_of({"--denoise", "--width", "8192", "--height", "8192"}).error().code, ErrorCode::invalid_request);
  EXPECT_THROW((void)request_of({"--aov", "beauty"}, "a.exr"), CLI::Error);
  EXPECT_THROW((void)request_of({"--white-balance", "1000"}), CLI::Error);
}

TEST(RenderOptions, RefusesATransparentJpeg) {
  EXPECT_EQ(request_of({"--background", "transparent"}, "a.jpg").error().code, ErrorCode::invalid_request);
}

TEST(RenderOptions, RefusesColoursThatAreNone) {
  for (const char* text : {"", "1", "1,2", "1,2,3,4", "1,2,x", "nan,0,0", "-1,0,0", "1 2 3"}) {
    EXPECT_FALSE(parse_color(text)) << text;
  }
}

}  // namespace kiln::cli
