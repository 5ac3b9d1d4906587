#pragma once

#include <span>
#include <vector>

#include "kernels/scene_types.h"

namespace kiln {

/// An alias table that draws item i with probability weights[i] / sum (Vose 1991, "A Linear Algorithm for Generating
/// Random Numbers with a Given Distribution"). Weights that are not finite or not positive count as 0. When all are
/// 0 the distribution is uniform; no weights give an empty table. O(n). An item of weight 0 is never drawn otherwise.
std::vector<AliasEntry> build_alias_table(std::span<const float> weights);

}  // namespace kiln
