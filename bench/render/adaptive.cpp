// How far the true error of a picture is from the noise threshold that was asked for, and how many samples that took,
// on the built-in samples and on one of them far away before an even background.
//
// usage: kiln_bench_adaptive [SIZE [REFERENCE_SAMPLES]]     SIZE: of a side, pixels, by default 64
//
// The reference is the mean of two pictures of REFERENCE_SAMPLES (by default 4096) with seeds of their own; their
// difference says how wrong it is, which is taken off the squared errors. The threshold decided where a pixel got more
// than the fewest samples and less than the most. "even" is the number of samples per pixel with which the same sampler
// has the same error over the picture without a threshold (by the error at 256, which falls as one over the root).

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "image/resolve.h"
#include "render/cpu_renderer.h"
#include "render/render_frame.h"
#include "scene/environment.h"
#include "scene/resolve_camera.h"
#include "scene/samples.h"

namespace {

using kiln::FrameSettings;
using kiln::LinearImage;
using kiln::Result;

constexpr std::uint32_t kMost = 8192, kEven = 256;
constexpr int kSeeds = 4;  ///< pictures whose mean is told

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message);
}

struct Adaptive {
  LinearImage image;
  std::vector<std::uint32_t> samples;  ///< of each pixel; empty without a threshold
};

class Bench {
 public:
  Bench(std::uint32_t size, std::uint32_t reference_samples) : size_(size), reference_samples_(reference_samples) {}

  void run(const std::string& name, float distance) {
    const auto scene = must(kiln::make_sample(name));
    prepared_ = must(renderer_->prepare(scene, {}));
    frame_ = FrameSettings();
    frame_.width = frame_.height = size_;
    frame_.camera = must(kiln::scene::resolve_camera(*scene, kiln::CameraRequest{}, 1));
    frame_.camera.eye = frame_.camera.eye - frame_.camera.forward * distance;
    if (distance > 0) frame_.background = {kiln::BackgroundKind::color, {0.6f, 0.6f, 0.6f}};
    if (!scene->has_lights()) frame_.environment = kiln::studio_environment();
    make_reference();
    const double even_error = std::sqrt(mean_squared_error(picture(kEven, 0, 1).image));
    for (const float threshold : {0.1f, 0.05f, 0.02f}) {
      print(distance > 0 ? name + ", far" : name, threshold, even_error);
    }
  }

 private:
  Adaptive picture(std::uint32_t samples, float threshold, std::uint64_t seed) {
    frame_.samples_per_pixel = samples;
    frame_.noise_threshold = threshold;
    frame_.seed = seed;
    must(renderer_->begin(prepared_, frame_));
    kiln::render::FrameWork work(frame_);
    must(kiln::render::render_passes(*renderer_, work, [](const kiln::render::FrameWork&) { return Result<void>(); },
                                     {}));
    return {kiln::resolve_accumulator(must(renderer_->read_accumulator()), work.counts()),
            work.adaptive.state().limits};
  }

  void make_reference() {
    reference_ = picture(reference_samples_, 0, 1000).image;
    const LinearImage other = picture(reference_samples_, 0, 1001).image;
    squared_error_of_reference_.clear();
    for (std::size_t i = 0; i < reference_.pixels.size(); ++i) {
      const kiln::Vec4 half_apart = (reference_.pixels[i] + other.pixels[i] * -1.0f) * 0.5f;
      reference_.pixels[i] = (reference_.pixels[i] + other.pixels[i]) * 0.5f;
      squared_error_of_reference_.push_back(relative(half_apart, reference_.pixels[i]));
    }
  }

  /// The squared error of one pixel in the metric of docs/rendering.md.
  static double relative(kiln::Vec4 off, kiln::Vec4 truth) {
    const auto of = [](double difference, double value) { return difference * difference / (value * value + 0.01); };
    return (of(off.x, truth.x) + of(off.y, truth.y) + of(off.z, truth.z)) / 3;
  }

  /// The squared error of one pixel but for that of the reference; may be negative, its mean is right.
  double squared_error(const LinearImage& image, std::size_t pixel) const {
    return relative(image.pixels[pixel] + reference_.pixels[pixel] * -1.0f, reference_.pixels[pixel]) -
           squared_error_of_reference_[pixel];
  }

  double mean_squared_error(const LinearImage& image) const {
    double sum = 0;
    for (std::size_t i = 0; i < image.pixels.size(); ++i) sum += squared_error(image, i);
    return std::max(1e-12, sum / static_cast<double>(image.pixels.size()));
  }

  static double brightness(const LinearImage& image) {
    double sum = 0;
    for (const kiln::Vec4& p : image.pixels) sum += static_cast<double>(p.x) + p.y + p.z;
    return sum;
  }

  void print(const std::string& name, float threshold, double even_error) {
    double squared = 0, samples = 0, at_most = 0, decided = 0, decided_squared = 0, off = 0, off_squared = 0;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const Adaptive adaptive = picture(kMost, threshold, seed);
      for (std::size_t i = 0; i < adaptive.samples.size(); ++i) {
        const std::uint32_t n = adaptive.samples[i];
        samples += n;
        at_most += n == kMost ? 1 : 0;
        if (n == kMost || n == kiln::render::AdaptiveSampling::kFewestSamples) continue;
        decided += 1;
        decided_squared += squared_error(adaptive.image, i);
      }
      const double too_bright = brightness(adaptive.image) / brightness(reference_) - 1;
      squared += mean_squared_error(adaptive.image) / kSeeds;
      off += too_bright / kSeeds;
      off_squared += too_bright * too_bright / kSeeds;
    }
    const double pixels = static_cast<double>(reference_.pixels.size()) * kSeeds;
    const double even = kEven * even_error * even_error / squared;
    const double scatter = std::sqrt(std::max(0.0, off_squared - off * off) / (kSeeds - 1));
    fmt::print("| {} | {} | {:.2f} | {:.0f}% | {:.2f} | {:.0f} | {:.0f} | {:.1f}% | {:+.2f}% ± {:.2f}% |\n", name,
               threshold, std::sqrt(std::max(0.0, decided_squared) / decided) / threshold, 100 * decided / pixels,
               std::sqrt(squared) / threshold, samples / pixels, even, 100 * at_most / pixels, 100 * off,
               100 * scatter);
    std::fflush(stdout);
  }

  std::unique_ptr<kiln::Renderer> renderer_ = kiln::render::make_cpu_renderer(0);
  std::uint32_t size_, reference_samples_;
  std::shared_ptr<const kiln::PreparedScene> prepared_;
  FrameSettings frame_;
  LinearImage reference_;
  std::vector<double> squared_error_of_reference_;  ///< of each pixel, estimated
};

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto number = [&](int at, int otherwise) {
      return static_cast<std::uint32_t>(std::max(1, argc > at ? std::atoi(argv[at]) : otherwise));
    };
    Bench bench(number(1, 64), number(2, 4096));
    fmt::print(
        "| scene | threshold | error over threshold where it decided | those pixels | of the picture | "
        "samples per pixel | even | at the most | brightness |\n|---|---|---|---|---|---|---|---|---|\n");
    for (const std::string_view name : kiln::sample_names()) bench.run(std::string(name), 0);
    bench.run("cornell-box", 3);
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
}
