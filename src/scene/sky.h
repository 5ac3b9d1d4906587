#pragma once

#include <memory>

#include "kiln/render_request.h"
#include "kiln/scene.h"

namespace kiln {

/// The clear sky over a flat, matte, grey ground, 1024 x 512, with the sun above +Z: turn it by the request's azimuth.
/// A white surface that 100,000 lux of daylight fall on has the radiance 1; the sun outside the atmosphere gives
/// 133,000. The sun is a disc 0.533 degrees wide, painted with what it sends in all, so that the picture's resolution
/// softens its edge but loses nothing. The same settings give the same picture. Takes some 0.1 s; any thread.
std::shared_ptr<const EnvironmentImage> sky_environment(const SkyRequest& sky);

}  // namespace kiln
