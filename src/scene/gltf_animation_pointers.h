#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "scene/document.h"
#include "scene/json_view.h"

namespace kiln::scene {

/// What a channel of KHR_animation_pointer may write, of all that changes the picture: factors of materials and their
/// extensions, texture transforms, lenses, punctual lights and the visibility of nodes. Numbers beyond the range of
/// their property, which splines overshoot, are brought back into it.
struct AnimatedProperty {
  std::size_t width = 1;  ///< numbers
  Range range;
  bool is_boolean = false;
};

/// Nothing for what does not change the picture, and for the transforms and weights of nodes, which are targets of
/// their own (node_target_of).
std::optional<AnimatedProperty> animated_property(std::string_view pointer);

/// The node and the path of "/nodes/3/translation" and the like, which is what a channel's target says without the
/// extension.
struct NodeTarget {
  std::size_t node = 0;
  std::string_view path;
};
std::optional<NodeTarget> node_target_of(std::string_view pointer);

/// The object of a checked document that holds the property; null where there is none.
const Json* holder_of(const Json& document, std::string_view pointer);

/// Writes the animated properties of a checked document at a moment, and reads its model anew. Call it before
/// apply_animation. Errors: invalid_scene for keys without bytes.
Result<void> apply_animation_pointers(Document& document, std::uint32_t animation, double time_s);

}  // namespace kiln::scene
