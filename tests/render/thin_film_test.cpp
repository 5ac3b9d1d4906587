#include "kernels/thin_film.h"

#include <cmath>
#include <complex>
#include <gtest/gtest.h>

namespace kiln::testing {
namespace {

/// The receptors of the eye, by the analytic fits of Wyman, Sloan and Shirley ("Simple Analytic Approximations to the
/// CIE XYZ Color Matching Functions", JCGT 2013), multi-lobe form.
double lobe(double nm, double center, double left, double right) {
  const double t = (nm - center) * (nm < center ? left : right);
  return std::exp(-0.5 * t * t);
}

struct Xyz {
  double x = 0, y = 0, z = 0;
};

Xyz receptors(double nm) {
  return {0.362 * lobe(nm, 442.0, 0.0624, 0.0374) + 1.056 * lobe(nm, 599.8, 0.0264, 0.0323) -
              0.065 * lobe(nm, 501.1, 0.0490, 0.0382),
          0.821 * lobe(nm, 568.8, 0.0213, 0.0247) + 0.286 * lobe(nm, 530.9, 0.0613, 0.0322),
          1.217 * lobe(nm, 437.0, 0.0845, 0.0278) + 0.681 * lobe(nm, 459.0, 0.0385, 0.0725)};
}

/// Airy's sum over all bounces in the film, with Schlick's reflectance at both interfaces as the model takes it.
double reflectance(double nm, const ThinFilm& film, double base_f0, double cosine) {
  const double ior = film.ior, cosine2 = std::sqrt(1 - (1 - cosine * cosine) / (ior * ior));
  const double root = std::sqrt(base_f0), base_ior = (1 + root) / (1 - root);
  const double f12 = std::pow((ior - 1) / (ior + 1), 2), f23 = std::pow((base_ior - ior) / (base_ior + ior), 2);
  const double r12 = f12 + (1 - f12) * std::pow(1 - cosine, 5), r23 = f23 + (1 - f23) * std::pow(1 - cosine2, 5);
  const double phase = 2 * M_PI / nm * 2 * ior * film.thickness_nm * cosine2;
  // Amplitudes: reflection at the denser film turns the phase by half a turn, at the base when that is denser still.
  const double a12 = -std::sqrt(r12), a23 = (base_ior > ior ? -1 : 1) * std::sqrt(r23);
  const std::complex<double> turn = std::polar(1.0, phase), sum = (a12 + a23 * turn) / (1.0 + a12 * a23 * turn);
  return std::norm(sum);
}

/// The colour of an equally bright spectrum after that reflection, white balanced to that spectrum.
Xyz spectral_reference(const ThinFilm& film, double base_f0, double cosine) {
  Xyz sum, white;
  for (double nm = 380; nm <= 780; nm += 1) {
    const Xyz eye = receptors(nm);
    const double r = reflectance(nm, film, base_f0, cosine);
    sum.x += eye.x * r, sum.y += eye.y * r, sum.z += eye.z * r;
    white.x += eye.x, white.y += eye.y, white.z += eye.z;
  }
  return {sum.x / white.x, sum.y / white.y, sum.z / white.z};
}

double luminance_of(Vec3 c) { return 0.2126 * c.x + 0.7152 * c.y + 0.0722 * c.z; }

TEST(ThinFilm, BrightnessFollowsTheSpectrum) {
  for (const float thickness : {150.0f, 250.0f, 400.0f, 550.0f, 800.0f})
    for (const float cosine : {0.4f, 0.7f, 1.0f})
      for (const float f0 : {0.04f, 0.2f, 0.6f}) {
        const ThinFilm film{1.33f, thickness};
        const double want = spectral_reference(film, f0, cosine).y;
        EXPECT_NEAR(luminance_of(fresnel_thin_film(film, {f0, f0, f0}, cosine)), want, 0.02 + 0.1 * want)
            << thickness << " nm, cosine " << cosine << ", f0 " << f0;
      }
}

TEST(ThinFilm, ColourFollowsTheSpectrum) {
  int agree = 0, all = 0;
  for (const float thickness : {200.0f, 300.0f, 400.0f, 500.0f, 600.0f})
    for (const float cosine : {0.5f, 0.8f, 1.0f}) {
      const ThinFilm film{1.4f, thickness};
      const Xyz want = spectral_reference(film, 0.5, cosine);
      const Vec3 got = fresnel_thin_film(film, {0.5f, 0.5f, 0.5f}, cosine);
      ++all;
      agree += (want.z > want.y) == (got.z > got.y) || std::fabs(want.z - want.y) < 0.03;  // bluer or yellower
    }
  EXPECT_EQ(agree, all);
}

TEST(ThinFilm, WithoutThicknessTheBaseIsLeftHeadOn) {
  EXPECT_NEAR(fresnel_thin_film({1.5f, 0}, {0.3f, 0.3f, 0.3f}, 1).y, 0.3f, 0.02f);
}

TEST(ThinFilm, IsAReflectanceEverywhere) {
  for (float thickness = 0; thickness < 2000; thickness += 37)
    for (float cosine = 0; cosine <= 1; cosine += 0.1f)
      for (const float ior : {1.0f, 1.3f, 2.4f}) {
        const Vec3 f = fresnel_thin_film({ior, thickness}, {0.02f, 0.5f, 1.0f}, cosine);
        for (const float c : {f.x, f.y, f.z}) ASSERT_TRUE(c >= 0 && c <= 1) << thickness << ' ' << cosine << ' ' << ior;
      }
}

}  // namespace
}  // namespace kiln::testing
