#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "kernels/pixel_features.h"
#include "kiln/render_request.h"
#include "kiln/scene.h"

#include "image/cryptomatte.h"
#include "image/layers.h"
#include "image/resolve.h"

namespace kiln {

/// Turns what pixels show into the layers of a file (docs/rendering.md has their channels), all but sample_count.
class FeatureLayers {
 public:
  /// `scene` gives names; it must outlive this.
  FeatureLayers(const std::set<Aov>& aovs, const Scene& scene, std::uint64_t pixels);

  /// The next pixels, in row-major order.
  void add(std::span<const PixelFeatures> features);

  /// Once, when all pixels are there.
  ImageLayers finish();

 private:
  struct Numbers {
    Aov aov;
    std::vector<float> values;
  };
  struct Ids {
    Aov aov;
    std::vector<std::uint32_t> values;
  };

  std::vector<Numbers> numbers_;
  std::vector<Ids> ids_;
  std::optional<image::Cryptomatte> objects_, materials_;
};

/// Aov::sample_count.
ImageLayer sample_count_layer(const SampleCounts& counts, std::uint64_t pixels);

}  // namespace kiln
