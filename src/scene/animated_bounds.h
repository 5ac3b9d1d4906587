#pragma once

#include "kiln/scene.h"

#include "scene/document.h"
#include "scene/limits.h"

namespace kiln::scene {

/// A box around everything that is shown in the course of an animation of the document, the same for all its moments,
/// so that a camera that is framed by it stands still. It is looked for at a number of moments and may be a little too
/// large where meshes bend. Empty where it would take too long to find, or where some moment leaves the range of
/// numbers. Leaves the nodes of the document at the last moment.
Bounds animated_bounds(Document& document, std::uint32_t animation, const Limits& limits);

}  // namespace kiln::scene
