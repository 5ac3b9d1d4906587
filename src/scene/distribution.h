#pragma once

#include <cstdint>
#include <span>

namespace kiln::scene {

/// Fills the arrays of a DistributionView (kernels/inversion.h), all of one length, with chances of weights[i] / sum to
/// the nearest multiple of kInversionStep or the one beside it. Weights that are not finite or not positive count as
/// 0, and items of weight 0 have chance 0; when all are 0 the distribution is uniform. O(n). Returns the sum.
double build_distribution(std::span<const float> weights, std::span<float> cumulative, std::span<std::uint32_t> guide);

}  // namespace kiln::scene
