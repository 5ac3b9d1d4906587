#pragma once

#include "kernels/vec.h"
#include "kiln/render_request.h"

namespace kiln {

/// Scene-linear Rec. 709 -> display-linear Rec. 709 in [0, 1] by the chosen curve, exposure applied already. NaN and
/// negative components count as 0, infinity as the largest half float, 65504.
///
///   pbr_neutral  Khronos PBR Neutral Tone Mapper, specification 1.0 (2024)
///   agx          AgX (Troy Sobotka, 2022), base look, with Benjamin Wrensch's polynomial for its curve (2023)
///   aces         Stephen Hill's fit of the ACES RRT + sRGB ODT (MJP's BakingLab, 2016)
///   none         clipped
Vec3 tone_map(Vec3 linear, ToneMapping curve);

/// IEC 61966-2-1 opto-electronic transfer function; [0, 1] -> [0, 1].
float srgb_encode(float linear);

/// Its inverse; [0, 1] -> [0, 1].
float srgb_decode(float encoded);

}  // namespace kiln
