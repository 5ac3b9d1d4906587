#pragma once

#include <memory>

#include "kiln/scene.h"

#include "scene/document.h"
#include "scene/limits.h"

namespace kiln::scene {

/// The image-based light of the scene that is shown (EXT_lights_image_based) as an equirectangular environment; null
/// where it has none. The largest of its prefiltered cube maps is the light itself; its irradiance coefficients are for
/// renderers that do not integrate. JPEG faces and opaque ones hold sRGB colours, others RGBD. A cube of n x n faces
/// becomes 4 n x 2 n pixels, 4096 x 2048 at most. Errors: invalid_image, limit_exceeded, naming the picture.
Result<std::shared_ptr<const EnvironmentImage>> image_light_of(const Document& document, const Limits& limits);

}  // namespace kiln::scene
