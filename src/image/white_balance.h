#pragma once

#include "image/color_matrix.h"

namespace kiln {

/// CIE 1931 chromaticity of a white of that colour temperature, 2000 to 20000 K: on the daylight locus from 5000 K (CIE
/// 15:2004, section 3.1), on the Planckian locus up to 4000 K (Krystek, "An algorithm to calculate correlated colour
/// temperature", 1985), in between on the line from one to the other.
Vec2 white_of_temperature(float temperature_k);

/// Linear Rec. 709 -> linear Rec. 709 so that a light of that colour temperature becomes grey of the same luminance:
/// the Bradford chromatic adaptation (Lam 1985) to D65. Other colours may get components below 0. About 6504 K changes
/// nothing.
ColorMatrix white_balance(float temperature_k);

}  // namespace kiln
