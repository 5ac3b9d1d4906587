#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scene/document.h"

namespace kiln::scene {

/// When the last key of each animation of a checked document comes, in seconds.
std::vector<float> animation_durations_s(const Document& document);

/// Writes what an animation says at a moment into the nodes of the document's model: translations, rotations, scales
/// and morph weights. Nodes that it does not move rest. What else KHR_animation_pointer writes is written by
/// apply_animation_pointers. Errors: unknown_animation; invalid_scene for keys without bytes; limit_exceeded.
Result<void> apply_animation(Document& document, std::uint32_t animation, double time_s, const Limits& limits);

/// Error unknown_animation, naming those that there are.
Error unknown_animation(std::uint32_t animation, std::span<const std::string> known);

}  // namespace kiln::scene
