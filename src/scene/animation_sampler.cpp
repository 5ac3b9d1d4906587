#include "scene/animation_sampler.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace kiln::scene {
namespace {

using Numbers = std::vector<double>;

std::size_t accessor_at(const Json& sampler, const char* key) { return sampler[key].get<std::size_t>(); }

/// wa a + wb b
Numbers mixed(const Numbers& a, double wa, const Numbers& b, double wb) {
  Numbers out(a.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = wa * a[i] + wb * b[i];
  return out;
}

double dot(const Numbers& a, const Numbers& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

Numbers normalized(Numbers q) {
  const double size = std::sqrt(dot(q, q));
  if (size > 0)
    for (double& c : q) c /= size;
  return q;
}

/// Between unit quaternions along the shorter arc (Appendix C.4).
Numbers slerp(const Numbers& a, const Numbers& b, double t) {
  const double cosine = dot(a, b), sign = cosine < 0 ? -1 : 1;
  const double angle = std::acos(std::min(std::abs(cosine), 1.0)), sine = std::sin(angle);
  constexpr double kStraight = 1e-6;  // a shorter arc is as good as its chord
  if (sine < kStraight) return normalized(mixed(a, 1 - t, b, sign * t));
  return normalized(mixed(a, std::sin((1 - t) * angle) / sine, b, sign * std::sin(t * angle) / sine));
}

}  // namespace

AnimationSampler::AnimationSampler(const Document& document, const Json& sampler, std::size_t width)
    : interpolation_(Interpolation::linear),
      width_(width),
      times_(document, accessor_at(sampler, "input")),
      values_(document, accessor_at(sampler, "output")) {
  const std::string name = sampler.value("interpolation", "LINEAR");
  if (name == "STEP") interpolation_ = Interpolation::step;
  if (name == "CUBICSPLINE") interpolation_ = Interpolation::cubic_spline;
}

/// The first key that comes later, by bisection; the count where there is none.
std::size_t AnimationSampler::first_after(double time_s) const {
  std::size_t begin = 0, end = times_.count();
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    if (times_.value(middle, 0) <= time_s)
      begin = middle + 1;
    else
      end = middle;
  }
  return begin;
}

AnimationSampler::Place AnimationSampler::place_of(double time_s) const {
  const std::size_t next = first_after(time_s);
  if (next == 0 || next == times_.count()) return {next == 0 ? 0 : next - 1, 0, 0};
  const double begin_s = times_.value(next - 1, 0), interval_s = times_.value(next, 0) - begin_s;
  return {next - 1, (time_s - begin_s) / interval_s, interval_s};
}

Numbers AnimationSampler::stored(std::size_t key, Part part) const {
  const bool is_spline = interpolation_ == Interpolation::cubic_spline;
  const std::size_t group = is_spline ? 3 * key + static_cast<std::size_t>(part) : key;
  const bool is_scalar = values_.components() == 1;  // weights: an element each
  Numbers out(width_);
  for (std::size_t i = 0; i < width_; ++i)
    out[i] = is_scalar ? values_.value(group * width_ + i, 0) : values_.value(group, i);
  return out;
}

/// Appendix C.5; the tangents are given for a second.
Numbers AnimationSampler::spline_at(const Place& place) const {
  const double t = place.fraction, t2 = t * t, t3 = t2 * t;
  const Numbers values =
      mixed(stored(place.key, Part::value), 2 * t3 - 3 * t2 + 1, stored(place.key + 1, Part::value), 3 * t2 - 2 * t3);
  const Numbers bends =
      mixed(stored(place.key, Part::out_tangent), t3 - 2 * t2 + t, stored(place.key + 1, Part::in_tangent), t3 - t2);
  return mixed(values, 1, bends, place.interval_s);
}

Numbers AnimationSampler::vector_at(double time_s) const {
  const Place place = place_of(time_s);
  if (place.fraction == 0 || interpolation_ == Interpolation::step) return stored(place.key, Part::value);
  if (interpolation_ == Interpolation::cubic_spline) return spline_at(place);
  return mixed(stored(place.key, Part::value), 1 - place.fraction, stored(place.key + 1, Part::value), place.fraction);
}

Numbers AnimationSampler::rotation_at(double time_s) const {
  const Place place = place_of(time_s);
  if (place.fraction == 0 || interpolation_ != Interpolation::linear) return normalized(vector_at(time_s));
  return slerp(normalized(stored(place.key, Part::value)), normalized(stored(place.key + 1, Part::value)),
               place.fraction);
}

}  // namespace kiln::scene
