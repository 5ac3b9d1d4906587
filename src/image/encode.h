#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kiln/error.h"
#include "kiln/image.h"
#include "kiln/render_request.h"

#include "image/layers.h"

namespace kiln {

/// Written into the picture as metadata. Empty texts are left out. Nothing of the job: the same
/// request gives the same bytes, whoever asks and however often it was interrupted.
struct PictureInfo {
  std::string scene;  ///< "sha256:<hex>" or "sample:<name>"
  std::uint32_t samples_per_pixel = 0;
  std::string software;  ///< e.g. "kiln 0.1.0"
};

struct EncodeSettings {
  ImageFormat format = ImageFormat::png;
  ToneMapping tone_mapping = ToneMapping::pbr_neutral;  ///< not for EXR
  float exposure_ev = 0;                                ///< not for EXR
  std::optional<float> white_balance_k;                 ///< not for EXR; see DisplaySettings
  bool transparent = false;                             ///< keep alpha (never for JPEG, which has none)
  std::uint32_t bit_depth = 8;                          ///< 8, or 16 for PNG
  bool quick = false;                                   ///< PNG: the same pixels sooner, in a larger file
  Film film = {};                                       ///< EXR: the display window
};

/// The mean radiance (see resolve_accumulator) -> a file's bytes. Pure; any thread.
///
///   png   8-bit or 16-bit RGB or RGBA (straight alpha), sRGB chunk, metadata as iTXt
///   jpeg  quality 92, 4:4:4, metadata as a COM marker
///   webp  quality 92, alpha exact, metadata as XMP
///   exr   half floats, ZIP, scene-linear Rec. 709: neither exposed nor tone mapped; RGBA with associated alpha when
///         transparent, else RGB; the picture is the data window, the film the display window; `layers` (no other
///         format has any) as floats and whole numbers of 32 bits; metadata as string attributes. NaN becomes 0, what
///         is over 65504 becomes 65504.
///
/// Errors: limit_exceeded (a side over 16383 pixels for WebP, 65500 for JPEG), out_of_memory, internal.
Result<std::vector<std::byte>> encode(const LinearImage& image, const EncodeSettings& settings, const PictureInfo& info,
                                      const ImageLayers& layers = {});

}  // namespace kiln
