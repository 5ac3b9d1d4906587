#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernels/pixel_features.h"

#include "image/layers.h"

/// Cryptomatte, specification 1.2.0 (Psyop, 2018; after Friedman and Jones, "Fully automatic ID mattes with support for
/// motion blur and transparency", 2015): of every pixel the names of what it shows, hashed, with the share of each.
namespace kiln::image {

/// MurmurHash3 x86 32 (Austin Appleby, public domain).
std::uint32_t murmur3_32(std::string_view bytes, std::uint32_t seed = 0);

/// A hash as the float of the same bits, its exponent held off those of subnormal numbers, infinity and NaN.
float float_of_hash(std::uint32_t hash);

/// One kind of mattes in the making.
class Cryptomatte {
 public:
  static constexpr std::uint32_t kLayers = kSeenIds / 2;

  /// `layer`: its name in the file. `name_of` gives the name of what has an index; equal names are one matte.
  Cryptomatte(std::string layer, std::function<std::string(std::uint32_t)> name_of, std::uint64_t pixels);

  /// The next pixel, in row-major order.
  void add(std::span<const SeenId> seen);

  /// "<layer>00" and on: R and B are hashes, G and A the shares of what they belong to, largest first. And the header's
  /// attributes: the manifest has the names that the picture shows, as many as fit in 16 MiB.
  void finish(ImageLayers& into);

 private:
  struct Share {
    std::uint32_t hash;
    float coverage;
  };

  std::uint32_t hash_of(std::uint32_t id);
  std::string manifest() const;

  std::string layer_;
  std::function<std::string(std::uint32_t)> name_of_;
  std::unordered_map<std::uint32_t, std::uint32_t> hashes_;  ///< by index
  std::map<std::string, std::uint32_t> names_;
  std::vector<float> values_[kLayers];
};

}  // namespace kiln::image
