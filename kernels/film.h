#pragma once

#include "kernels/vec.h"

namespace kiln {

KILN_HD bool is_finite(Vec4 v) {
  return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.z) && std::isfinite(v.w);
}

/// Adds one sample to its pixel's sum. A sample that is not finite counts as zero: one bad path must not spoil a pixel.
KILN_HD void accumulate(Vec4& sum, Vec4 sample) {
  if (is_finite(sample)) sum = sum + sample;
}

}  // namespace kiln
