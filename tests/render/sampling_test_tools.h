#pragma once

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "kernels/scalar.h"
#include "kernels/vec.h"

/// Numerical tools for tests of samplers: even points, quadrature over directions, Pearson's chi-square test.
namespace kiln::testing {

/// The point `i` of the R2 sequence, a rank-1 lattice that fills the unit square evenly (Roberts 2018).
inline Vec2 even_point(int i) {
  return {static_cast<float>(std::fmod(0.5 + i * 0.7548776662466927, 1.0) * 0.9999999),
          static_cast<float>(std::fmod(0.5 + i * 0.5698402909980532, 1.0) * 0.9999999)};
}

/// Uniform numbers in [0, 1), the same on every machine.
class Uniform {
 public:
  explicit Uniform(std::uint32_t seed) : bits_(seed) {}
  float operator()() { return static_cast<float>(bits_() >> 8) * 0x1p-24f; }

 private:
  std::mt19937 bits_;
};

/// The direction with the angle `theta` from +z and the azimuth `phi` from +x.
inline Vec3 direction_at(double theta, double phi) {
  return {static_cast<float>(std::sin(theta) * std::cos(phi)), static_cast<float>(std::sin(theta) * std::sin(phi)),
          static_cast<float>(std::cos(theta))};
}

/// Cells of equal extent in angle from +z (up to `max_theta`) and azimuth.
struct AngleGrid {
  int thetas = 32, phis = 64;
  double max_theta = M_PI;

  int cells() const { return thetas * phis; }
  int cell_of(Vec3 w) const {
    const double theta = std::atan2(std::hypot(w.x, w.y), w.z), phi = std::atan2(w.y, w.x) + M_PI;
    const int i = std::min(static_cast<int>(theta / max_theta * thetas), thetas - 1);
    return i * phis + std::min(static_cast<int>(phi / (2 * M_PI) * phis), phis - 1);
  }
};

/// The integral of `density` over each cell in solid angle, by the midpoint rule with `fine` x `fine` points.
template <class Density>
std::vector<double> integrate_cells(const AngleGrid& grid, int fine, const Density& density) {
  std::vector<double> sums(static_cast<std::size_t>(grid.cells()));
  const double dt = grid.max_theta / (grid.thetas * fine), dp = 2 * M_PI / (grid.phis * fine);
  for (int i = 0; i < grid.thetas * fine; ++i) {
    const double theta = (i + 0.5) * dt, area = std::sin(theta) * dt * dp;
    for (int j = 0; j < grid.phis * fine; ++j) {
      const Vec3 w = direction_at(theta, (j + 0.5) * dp - M_PI);
      sums[static_cast<std::size_t>(i / fine * grid.phis + j / fine)] += area * density(w);
    }
  }
  return sums;
}

template <class Density>
double integrate_directions(const AngleGrid& grid, int fine, const Density& density) {
  double sum = 0;
  for (const double s : integrate_cells(grid, fine, density)) sum += s;
  return sum;
}

/// The chance of a deviation as large as this one between observed counts and expected ones, were the samples drawn
/// as expected (Pearson 1900). Cells that expect fewer than 5 are pooled.
inline double chi_square_p_value(const std::vector<double>& observed, const std::vector<double>& expected) {
  double statistic = 0, pooled_observed = 0, pooled_expected = 0;
  int groups = 0;
  const auto add = [&](double o, double e) { statistic += (o - e) * (o - e) / e, ++groups; };
  for (std::size_t i = 0; i < observed.size(); ++i) {
    if (expected[i] >= 5) {
      add(observed[i], expected[i]);
    } else {
      pooled_observed += observed[i], pooled_expected += expected[i];
    }
  }
  if (pooled_expected >= 5) add(pooled_observed, pooled_expected);
  if (pooled_expected < 5 && pooled_observed > 30) return 0;  // far more than is expected where nothing is
  return groups < 2 ? 1.0 : boost::math::gamma_q(0.5 * (groups - 1), 0.5 * statistic);
}

/// What `draw()` gives (a direction, or z > 1 for none) against `density` over the grid.
template <class Draw, class Density>
double direction_p_value(const AngleGrid& grid, int fine, int draws, const Draw& draw, const Density& density) {
  std::vector<double> expected = integrate_cells(grid, fine, density);
  double rest = 1;
  for (double& e : expected) rest -= e, e *= draws;
  expected.push_back(std::fmax(rest, 0.0) * draws);
  std::vector<double> observed(expected.size());
  for (int i = 0; i < draws; ++i) {
    const Vec3 w = draw();
    observed[w.z > 1 ? observed.size() - 1 : static_cast<std::size_t>(grid.cell_of(w))] += 1;
  }
  return chi_square_p_value(observed, expected);
}

/// Whether a p-value stands, when `tests` of them are looked at together (Bonferroni).
inline bool is_plausible(double p_value, int tests) { return p_value > 0.01 / tests; }

}  // namespace kiln::testing
