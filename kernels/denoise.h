#pragma once

#include <cmath>

#include "kernels/guide.h"
#include "kernels/scalar.h"

/// A filter for what noise is left in a picture, guided by what the camera sees of the surfaces. What comes straight
/// from lamps and background is taken off, and the rest divided by the albedo, filtered, and put together again:
///
///   0, 1  the noise of each pixel is estimated from its neighbours, and outliers are cut down to them;
///   2, 3  non-local means (Rousselle et al., "Robust Denoising using Feature and Color Information", 2013) give a
///         pilot picture with little noise;
///   4     first-order regression on place, normal and albedo of the noisy picture, with weights from pilot and
///         features (Bitterli et al., "Nonlinearly Weighted First-order Regression for Denoising Monte Carlo
///         Renderings", 2016).
///
/// A pixel's result depends on the pixels around it alone; all sums have a fixed order.
namespace kiln {

namespace detail {

struct Window {
  std::uint32_t first_x, last_x, first_y, last_y;
};

KILN_HD Window window_around(const DenoiseView& v, std::uint32_t x, std::uint32_t y, std::uint32_t radius) {
  return {x > radius ? x - radius : 0, x + radius < v.width ? x + radius : v.width - 1, y > radius ? y - radius : 0,
          y + radius < v.height ? y + radius : v.height - 1};
}

/// What the radiance is divided by.
KILN_HD Vec3 divisor(const Guide& g) {
  constexpr float kLeast = 0.02f;
  return g.albedo + Vec3{kLeast, kLeast, kLeast};
}

KILN_HD Vec3 over(Vec3 a, Vec3 b) { return {a.x / b.x, a.y / b.y, a.z / b.z}; }

KILN_HD Vec3 demodulated(const DenoiseView& v, std::uint32_t pixel) {
  return over(xyz(v.color[pixel]) - v.guides[pixel].direct, divisor(v.guides[pixel]));
}

KILN_HD float squared(Vec3 a) { return dot(a, a); }

/// exp(-x), near enough and quick: (1 - x/16)^16, 0 from 16 on.
KILN_HD float falling(float x) {
  const float a = max_of(1.0f - x * 0.0625f, 0.0f), b = a * a, c = b * b, d = c * c;
  return d * d;
}

/// How far apart two pixels are in what they show; `sharpness` scales it.
KILN_HD float feature_distance(const Guide& a, const Guide& b) {
  const float depth = (a.depth_m - b.depth_m) / (0.05f * (a.depth_m + b.depth_m) + 1e-6f);
  return 3.0f * squared(a.normal - b.normal) + 3.0f * squared(a.albedo - b.albedo) +
         10.0f * square(a.coverage - b.coverage) + 3.0f * depth * depth;
}

/// Step 0. xyz: what the pixel has, outliers cut down; w: the square of what sets it apart from its neighbours, in the
/// mean of the three colours and scaled so that its expectation is the variance of the noise.
KILN_HD Vec4 set_apart(const DenoiseView& v, std::uint32_t x, std::uint32_t y) {
  constexpr float kMost = 2.0f;  // times the brightest neighbour; what is cut off is missing from the picture
  const std::uint32_t pixel = y * v.width + x;
  const Guide guide = v.guides[pixel];
  Vec3 own = demodulated(v, pixel);
  const Window w = window_around(v, x, y, 1);
  Vec3 sum{0, 0, 0};
  float weights = 0, weights2 = 0, largest = 0;
  for (std::uint32_t j = w.first_y; j <= w.last_y; ++j) {
    for (std::uint32_t i = w.first_x; i <= w.last_x; ++i) {
      const std::uint32_t other = j * v.width + i;
      if (other == pixel) continue;
      const float weight = falling(feature_distance(guide, v.guides[other]));
      const Vec3 e = demodulated(v, other);
      sum += e * weight;
      weights += weight;
      weights2 += weight * weight;
      if (weight > 0.05f) largest = max_of(largest, luminance(e));
    }
  }
  if (!(weights > 0.2f)) return {own.x, own.y, own.z, 0};
  const float own_luminance = luminance(own);
  if (weights > 1.5f && own_luminance > kMost * largest) own = own * (kMost * largest / own_luminance);
  const Vec3 mean = sum * (1.0f / weights);
  const float variance = squared(own - mean) * (1.0f / 3.0f) / (1.0f + weights2 / (weights * weights));
  return {own.x, own.y, own.z, variance};
}

/// Step 1: the noise is much the same all around.
KILN_HD Vec4 estimate_noise(const DenoiseView& v, std::uint32_t x, std::uint32_t y) {
  constexpr std::uint32_t kRadius = 3;
  const std::uint32_t pixel = y * v.width + x;
  const Guide guide = v.guides[pixel];
  const Window w = window_around(v, x, y, kRadius);
  float sum = 0, weights = 0;
  for (std::uint32_t j = w.first_y; j <= w.last_y; ++j) {
    for (std::uint32_t i = w.first_x; i <= w.last_x; ++i) {
      const std::uint32_t other = j * v.width + i;
      const float weight = falling(feature_distance(guide, v.guides[other]));
      sum += v.work1[other].w * weight;
      weights += weight;
    }
  }
  const Vec4 own = v.work1[pixel];
  return {own.x, own.y, own.z, sum / weights};
}

/// Of estimates with variances of their own (w), which are independent.
struct WeightedMean {
  Vec3 sum{0, 0, 0};
  float variance = 0, weights = 0;
};

KILN_HD void add_to(WeightedMean& m, Vec4 e, float weight) {
  m.sum += xyz(e) * weight;
  m.variance += e.w * weight * weight;
  m.weights += weight;
}

KILN_HD Vec4 estimate(const WeightedMean& m) {
  const Vec3 mean = m.sum * (1.0f / m.weights);
  return {mean.x, mean.y, mean.z, m.variance / (m.weights * m.weights)};
}

/// Step 2: a mean over the nearest pixels, by which pixels are compared; w: its variance.
KILN_HD Vec4 surroundings(const DenoiseView& v, std::uint32_t x, std::uint32_t y) {
  const Guide guide = v.guides[y * v.width + x];
  const Window w = window_around(v, x, y, 1);
  WeightedMean mean;
  for (std::uint32_t j = w.first_y; j <= w.last_y; ++j) {
    for (std::uint32_t i = w.first_x; i <= w.last_x; ++i) {
      const std::uint32_t other = j * v.width + i;
      const float weight = falling(feature_distance(guide, v.guides[other]));
      add_to(mean, v.work2[other], weight);
    }
  }
  return estimate(mean);
}

/// How far apart two estimates are, in units of their noise (Rousselle et al. 2013, equation 3).
KILN_HD float color_distance(Vec4 a, Vec4 b, float strength) {
  const float difference = squared(xyz(a) - xyz(b)) * (1.0f / 3.0f);
  return max_of(difference - (a.w + min_of(a.w, b.w)), 0.0f) / (1e-8f + strength * (a.w + b.w));
}

/// Step 3: non-local means.
KILN_HD Vec4 pilot(const DenoiseView& v, std::uint32_t x, std::uint32_t y) {
  constexpr std::uint32_t kRadius = 7;
  constexpr float kStrength = 1.2f;
  const std::uint32_t pixel = y * v.width + x;
  const Guide guide = v.guides[pixel];
  const Window w = window_around(v, x, y, kRadius);
  const Vec4 own = v.out[pixel];
  WeightedMean mean;
  for (std::uint32_t j = w.first_y; j <= w.last_y; ++j) {
    for (std::uint32_t i = w.first_x; i <= w.last_x; ++i) {
      const std::uint32_t other = j * v.width + i;
      const float features = feature_distance(guide, v.guides[other]);
      const float weight = falling(max_of(features, color_distance(own, v.out[other], kStrength)));
      add_to(mean, v.work2[other], weight);
    }
  }
  return estimate(mean);
}

/// Normal equations of a weighted linear fit, with seven regressors and three results.
struct Fit {
  static constexpr int kSize = 7;
  float a[kSize][kSize] = {};
  Vec3 b[kSize] = {};
};

KILN_HD void add_to(Fit& fit, const float* t, Vec3 value, float weight) {
  for (int r = 0; r < Fit::kSize; ++r) {
    const float scaled = weight * t[r];
    for (int c = 0; c <= r; ++c) fit.a[r][c] += scaled * t[c];
    fit.b[r] += value * scaled;
  }
}

/// The fit's value where all regressors but the constant one are 0, by Cholesky's decomposition.
KILN_HD Vec3 value_at_origin(Fit& fit) {
  for (int r = 0; r < Fit::kSize; ++r) {
    for (int c = 0; c <= r; ++c) {
      float sum = fit.a[r][c];
      for (int k = 0; k < c; ++k) sum -= fit.a[r][k] * fit.a[c][k];
      fit.a[r][c] = r == c ? std::sqrt(max_of(sum, 1e-12f)) : sum / fit.a[c][c];
    }
    for (int k = 0; k < r; ++k) fit.b[r] = fit.b[r] - fit.b[k] * fit.a[r][k];
    fit.b[r] = fit.b[r] * (1.0f / fit.a[r][r]);
  }
  return fit.b[Fit::kSize - 1] * (1.0f / fit.a[Fit::kSize - 1][Fit::kSize - 1]);  // the constant stands last
}

/// Step 4.
KILN_HD Vec4 regression(const DenoiseView& v, std::uint32_t x, std::uint32_t y) {
  constexpr std::uint32_t kRadius = 8;
  constexpr float kStrength = 1.0f, kRidge = 0.00005f;
  const std::uint32_t pixel = y * v.width + x;
  const Vec4 color = v.color[pixel];
  const Guide guide = v.guides[pixel];
  if (!(guide.coverage > 0)) return color;
  const Window w = window_around(v, x, y, kRadius);
  const Vec4 own = v.work1[pixel];
  Fit fit;
  float weights = 0;
  for (std::uint32_t j = w.first_y; j <= w.last_y; ++j) {
    for (std::uint32_t i = w.first_x; i <= w.last_x; ++i) {
      const std::uint32_t other = j * v.width + i;
      const Guide g = v.guides[other];
      const float features = feature_distance(guide, g);
      if (features > 16.0f) continue;
      const Vec4 p = v.work1[other];
      const float difference = squared(xyz(p) - xyz(own)) * (1.0f / 3.0f);
      const float colors =
          max_of(difference - 2.0f * own.w, 0.0f) / (1e-8f + kStrength * (v.work2[pixel].w + v.work2[other].w));
      const float weight = falling(max_of(features, 4.0f * colors));
      const Vec3 n = g.normal - guide.normal;
      const float t[Fit::kSize] = {(static_cast<float>(i) - static_cast<float>(x)) / kRadius,
                                   (static_cast<float>(j) - static_cast<float>(y)) / kRadius,
                                   n.x,
                                   n.y,
                                   n.z,
                                   luminance(g.albedo) - luminance(guide.albedo),
                                   1.0f};
      add_to(fit, t, xyz(v.work2[other]), weight);
      weights += weight;
    }
  }
  for (int r = 0; r < Fit::kSize - 1; ++r) fit.a[r][r] += kRidge * weights;
  const Vec3 lit = value_at_origin(fit) * divisor(guide) + guide.direct;
  return {max_of(lit.x, 0.0f), max_of(lit.y, 0.0f), max_of(lit.z, 0.0f), color.w};
}

}  // namespace detail

/// The `step`th of kDenoiseSteps for one pixel; every pixel must have had the step before.
KILN_HD void denoise_pixel(const DenoiseView& view, std::uint32_t step, std::uint32_t pixel) {
  const std::uint32_t x = pixel % view.width, y = pixel / view.width;
  if (step == 0) view.work1[pixel] = detail::set_apart(view, x, y);
  if (step == 1) view.work2[pixel] = detail::estimate_noise(view, x, y);
  if (step == 2) view.out[pixel] = detail::surroundings(view, x, y);
  if (step == 3) view.work1[pixel] = detail::pilot(view, x, y);
  if (step == 4) view.out[pixel] = detail::regression(view, x, y);
}

}  // namespace kiln
