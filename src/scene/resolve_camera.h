#pragma once

#include <vector>

#include "kiln/error.h"
#include "kiln/render_request.h"
#include "kiln/scene.h"

namespace kiln::scene {

/// The camera of a picture whose width over height is `aspect` (above zero). Pure; any thread.
/// - Orbit and look-at: the vertical field of view is that of the request, else 45 degrees.
/// - A camera of the scene: perspective keeps its vertical field of view (or takes the request's) and fills the width;
///   orthographic grows on one side so that all that it frames stays in the picture.
/// - No placement: the scene's first camera, else one from slightly above and the side with all of `framing` in
///   view (empty: all of `scene.bounds`); an empty scene is looked at from (0, 0, 1).
/// Then it is carried by `turn_deg` around the vertical axis through what it looks at: the target of an orbit or
/// look-at, the middle of `framing` (empty: of `scene.bounds`) for the others (the origin where that is empty).
/// A lens has the radius of the request, or focal length / (2 f_stop) for a sensor of 24 mm height; in focus is the
/// plane at `focus_distance_m` along the view axis, else that through what the camera looks at (as above).
/// Errors: unknown_camera, naming those that there are; invalid_request, with a pointer into the render request, where
/// the placement gives no direction (eye and target are the same point) or a number is out of range.
Result<Camera> resolve_camera(const Scene& scene, const CameraRequest& request, float aspect,
                              const Bounds& framing = {});

/// The same at each key of a camera of the scene that moves while the shutter is open; empty for one that stands still.
Result<std::vector<Camera>> resolve_camera_keys(const Scene& scene, const CameraRequest& request, float aspect,
                                                const Bounds& framing = {});

}  // namespace kiln::scene
