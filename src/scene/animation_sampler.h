#pragma once

#include <cstddef>
#include <vector>

#include "scene/accessor.h"

namespace kiln::scene {

/// One sampler of an animation in a checked document: keys, and how values run between them (glTF 2.0, Appendix C).
/// Before the first key it has the first one's value, after the last the last one's.
class AnimationSampler {
 public:
  /// A value has `width` numbers: a vector's components, or one weight for each morph target.
  AnimationSampler(const Document& document, const Json& sampler, std::size_t width);

  std::vector<double> vector_at(double time_s) const;
  std::vector<double> rotation_at(double time_s) const;  ///< a unit quaternion x, y, z, w; zeros where there is none

 private:
  enum class Interpolation { step, linear, cubic_spline };
  enum class Part { in_tangent, value, out_tangent };

  /// Where a time falls: behind key `key`, by `fraction` of the `interval_s` to the next one.
  struct Place {
    std::size_t key = 0;
    double fraction = 0, interval_s = 0;
  };
  std::size_t first_after(double time_s) const;
  Place place_of(double time_s) const;
  std::vector<double> stored(std::size_t key, Part part) const;
  std::vector<double> spline_at(const Place& place) const;

  Interpolation interpolation_;
  std::size_t width_;
  AccessorReader times_, values_;
};

}  // namespace kiln::scene
