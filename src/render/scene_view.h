#pragma once

#include "kernels/frame_view.h"
#include "kernels/scene_view.h"
#include "kiln/renderer.h"

namespace kiln::render {

/// Pointers into `scene`, which must outlive the view. The environment is black.
SceneView make_scene_view(const Scene& scene);

/// Pointers into `image`, which must outlive the view; not turned, intensity 1.
EnvironmentView make_environment_view(const EnvironmentImage& image);

/// Pointers into the image of `settings`, which must outlive the view.
EnvironmentView make_environment_view(const FrameSettings& settings);

/// Of a frame of this scene.
FrameView make_frame_view(const FrameSettings& settings, const Scene& scene);

}  // namespace kiln::render
