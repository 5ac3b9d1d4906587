#include "scene/environment.h"

#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <numbers>
#include <stdlib.h>

#include "kernels/environment.h"

#include "render/scene_view.h"

namespace kiln {
namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
  std::vector<std::byte> out;
  for (const char c : text) out.push_back(static_cast<std::byte>(c));
  return out;
}

/// A 4 x 2 Radiance picture, one pixel of radiance 1 (red 128 at exponent 129), the rest black.
std::string one_lit_pixel(std::size_t which) {
  std::string data = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 4\n";
  for (std::size_t i = 0; i < 8; ++i) data += i == which ? std::string("\x80\x80\x80\x81", 4) : std::string(4, '\0');
  return data;
}

/// With which light sampling draws a pixel.
float chance_of_pixel(const EnvironmentImage& image, std::uint32_t pixel) {
  const EnvironmentView e = render::make_environment_view(image);
  const std::uint32_t row = pixel / e.width;
  return chance_of(environment_rows(e), row) * chance_of(environment_columns(e, row), pixel % e.width);
}

double sum_of_chances(const EnvironmentImage& image) {
  double sum = 0;
  for (std::uint32_t pixel = 0; pixel < image.width * image.height; ++pixel) sum += chance_of_pixel(image, pixel);
  return sum;
}

TEST(Environment, ReadsAPicture) {
  const auto image = decode_environment(bytes_of(one_lit_pixel(2)));
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ((*image)->width, 4u);
  EXPECT_EQ((*image)->height, 2u);
  EXPECT_TRUE((*image)->pixels[2] == (Vec3{1, 1, 1}));
  EXPECT_NEAR(sum_of_chances(**image), 1, 1e-6);
}

TEST(Environment, ReadsAFileAndNamesOneThatIsMissing) {
  char folder[] = "/tmp/kiln-environment-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const auto file = std::filesystem::path(folder) / "sky.hdr";
  std::ofstream(file, std::ios::binary) << one_lit_pixel(0);
  EXPECT_TRUE(load_environment(file));
  EXPECT_EQ(load_environment(file, {10, 1000}).error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(load_environment(file, {1000, 7}).error().code, ErrorCode::limit_exceeded);
  const auto missing = load_environment(file.string() + "x");
  EXPECT_EQ(missing.error().code, ErrorCode::io_error);
  EXPECT_NE(missing.error().message.find("sky.hdrx"), std::string::npos);
  std::filesystem::remove_all(folder);
}

TEST(Environment, SamplesNeighboursOfALitPixelTooAndNothingElse) {
  // Pixel 5 is in the second row; bilinear lookup shows its light in all of columns 0 to 2.
  const auto image = decode_environment(bytes_of(one_lit_pixel(5)));
  ASSERT_TRUE(image);
  const auto p = [&](std::uint32_t i) { return chance_of_pixel(**image, i); };
  EXPECT_EQ(p(3), 0);
  EXPECT_EQ(p(7), 0);
  EXPECT_GT(p(0), 0);
  EXPECT_GT(p(4), 0);
  EXPECT_NEAR(p(5) / p(4), 6, 1e-4f);  // 3/4 to 1/8
  EXPECT_NEAR(p(5) / p(1), 7, 1e-4f);  // its own row is repeated at the pole: 3/4 + 1/8 to 1/8
}

TEST(Environment, HasADensityWhereverLookupFindsLight) {
  const auto image = decode_environment(bytes_of(one_lit_pixel(5)));
  ASSERT_TRUE(image);
  const auto view = render::make_environment_view(**image);
  for (int i = 0; i < 400; ++i)
    for (int j = 0; j < 200; ++j) {
      const Vec3 d =
          environment_direction(view, {(static_cast<float>(i) + 0.5f) / 400, (static_cast<float>(j) + 0.5f) / 200});
      if (luminance(environment_radiance(view, d)) > 1e-5f) {
        ASSERT_GT(environment_pdf(view, d), 0) << i << " " << j;
      }
    }
}

TEST(Environment, ConstantIsOnePixel) {
  const auto image = constant_environment({1, 2, 3});
  EXPECT_EQ(image->width * image->height, 1u);
  EXPECT_TRUE(image->pixels[0] == (Vec3{1, 2, 3}));
  EXPECT_EQ(chance_of_pixel(*image, 0), 1);
}

TEST(Studio, LightsAWhiteFloorToOne) {
  const auto image = studio_environment();
  const auto view = render::make_environment_view(*image);
  double irradiance = 0;
  constexpr int kSteps = 400;
  for (int i = 0; i < 2 * kSteps; ++i)
    for (int j = 0; j < kSteps; ++j) {  // uniform in azimuth and in the sine of the elevation, upper half
      const double azimuth = std::numbers::pi * (i + 0.5) / kSteps, y = (j + 0.5) / kSteps, r = std::sqrt(1 - y * y);
      const Vec3 d{static_cast<float>(r * std::cos(azimuth)), static_cast<float>(y),
                   static_cast<float>(r * std::sin(azimuth))};
      irradiance += luminance(environment_radiance(view, d)) * y * 2 * std::numbers::pi / (2.0 * kSteps * kSteps);
    }
  EXPECT_NEAR(irradiance / std::numbers::pi, 1, 0.01);
}

TEST(Studio, IsNeutralAndTheSameEveryTime) {
  const auto image = studio_environment();
  EXPECT_EQ(image, studio_environment());
  EXPECT_EQ(image->pixels.size(), std::size_t{image->width} * image->height);
  for (const Vec3 p : image->pixels) {
    ASSERT_EQ(p.x, p.y);
    ASSERT_EQ(p.y, p.z);
    ASSERT_GT(p.x, 0);
    ASSERT_LT(p.x, 50);
  }
}

}  // namespace
}  // namespace kiln
