#include "scene/gltf_animation_pointers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <numbers>
#include <string>

#include "scene/animation_sampler.h"
#include "scene/gltf_checks.h"

namespace kiln::scene {
namespace {

constexpr Range kAny{}, kUnit{0, 1, false}, kNotNegative{0, Range{}.max, false};
constexpr Range kLeastIor{1, Range{}.max, false};
constexpr Range kAboveZero{1e-6, Range{}.max, false};
constexpr Range kFieldOfView{1e-6, std::numbers::pi - 1e-6, false}, kConeAngle{0, std::numbers::pi / 2, false};

struct KnownProperty {
  std::string_view pattern;  ///< "*" stands for an index
  std::size_t width = 1;
  Range range = kAny;
  bool is_boolean = false;
};

/// Of the core and of KHR_lights_punctual and KHR_node_visibility. Those of the material extensions are in the table
/// of their checks.
constexpr std::array kProperties = {
    KnownProperty{"/materials/*/alphaCutoff", 1, kNotNegative},
    KnownProperty{"/materials/*/emissiveFactor", 3, kUnit},
    KnownProperty{"/materials/*/normalTexture/scale", 1},
    KnownProperty{"/materials/*/pbrMetallicRoughness/baseColorFactor", 4, kUnit},
    KnownProperty{"/materials/*/pbrMetallicRoughness/metallicFactor", 1, kUnit},
    KnownProperty{"/materials/*/pbrMetallicRoughness/roughnessFactor", 1, kUnit},
    KnownProperty{"/cameras/*/perspective/yfov", 1, kFieldOfView},
    KnownProperty{"/cameras/*/perspective/aspectRatio", 1, kAboveZero},
    KnownProperty{"/cameras/*/orthographic/xmag", 1, kAboveZero},
    KnownProperty{"/cameras/*/orthographic/ymag", 1, kAboveZero},
    KnownProperty{"/extensions/KHR_lights_punctual/lights/*/color", 3, kUnit},
    KnownProperty{"/extensions/KHR_lights_punctual/lights/*/intensity", 1, kNotNegative},
    KnownProperty{"/extensions/KHR_lights_punctual/lights/*/range", 1, kAboveZero},
    KnownProperty{"/extensions/KHR_lights_punctual/lights/*/spot/innerConeAngle", 1, kConeAngle},
    KnownProperty{"/extensions/KHR_lights_punctual/lights/*/spot/outerConeAngle", 1, kConeAngle},
    KnownProperty{"/nodes/*/extensions/KHR_node_visibility/visible", 1, kUnit, true},
};

constexpr std::array kTransform = {KnownProperty{"/offset", 2}, KnownProperty{"/rotation", 1},
                                   KnownProperty{"/scale", 2}};

bool is_index(std::string_view part) {
  constexpr std::size_t kMostDigits = 9;
  return !part.empty() && part.size() <= kMostDigits && part.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The next part of a pointer, which is taken off.
std::string_view take_part(std::string_view& pointer) {
  pointer.remove_prefix(std::min<std::size_t>(1, pointer.size()));
  const std::string_view part = pointer.substr(0, pointer.find('/'));
  pointer.remove_prefix(part.size());
  return part;
}

bool matches(std::string_view pattern, std::string_view pointer) {
  while (!pattern.empty() && !pointer.empty()) {
    const std::string_view wanted = take_part(pattern), part = take_part(pointer);
    if (wanted == "*" ? !is_index(part) : wanted != part) return false;
  }
  return pattern.empty() && pointer.empty();
}

std::size_t to_index(std::string_view part) {
  std::size_t index = 0;
  std::from_chars(part.data(), part.data() + part.size(), index);
  return index;
}

/// "/materials/3" taken off; nothing for other pointers.
std::optional<std::string_view> within_material(std::string_view pointer) {
  if (take_part(pointer) != "materials" || !is_index(take_part(pointer))) return std::nullopt;
  return pointer;
}

AnimatedProperty property_of(const KnownProperty& known) { return {known.width, known.range, known.is_boolean}; }

std::optional<AnimatedProperty> texture_transform(std::string_view within) {
  constexpr std::string_view kPlace = "/extensions/KHR_texture_transform";
  const std::size_t at = within.rfind(kPlace);
  if (at == std::string_view::npos) return std::nullopt;
  for (const KnownProperty& known : kTransform)
    if (within.substr(at + kPlace.size()) == known.pattern) return property_of(known);
  return std::nullopt;
}

std::optional<AnimatedProperty> extension_factor(std::string_view within) {
  if (take_part(within) != "extensions") return std::nullopt;
  const std::string_view extension = take_part(within), name = take_part(within);
  if (within == "/scale" && name == "clearcoatNormalTexture") return AnimatedProperty{};
  if (within.empty() && name == "ior" && extension == "KHR_materials_ior") return AnimatedProperty{1, kLeastIor, false};
  const auto factor = within.empty() ? material_factor(extension, name) : std::nullopt;
  return factor ? std::optional(AnimatedProperty{factor->width, factor->range, false}) : std::nullopt;
}

/// The value in JSON: a number, a truth or an array.
Json value_of(const AnimatedProperty& property, std::vector<double> numbers) {
  constexpr double kMost = std::numeric_limits<float>::max();
  for (double& n : numbers)
    n = std::clamp(n, std::max(property.range.min, -kMost), std::min(property.range.max, kMost));
  if (property.is_boolean) return numbers[0] >= 0.5;
  return property.width == 1 ? Json(numbers[0]) : Json(numbers);
}

}  // namespace

std::optional<AnimatedProperty> animated_property(std::string_view pointer) {
  for (const KnownProperty& known : kProperties)
    if (matches(known.pattern, pointer)) return property_of(known);
  const auto within = within_material(pointer);
  if (!within) return std::nullopt;
  if (const auto transform = texture_transform(*within)) return transform;
  return extension_factor(*within);
}

std::optional<NodeTarget> node_target_of(std::string_view pointer) {
  if (take_part(pointer) != "nodes") return std::nullopt;
  const std::string_view index = take_part(pointer), path = take_part(pointer);
  if (!is_index(index) || !pointer.empty()) return std::nullopt;
  const bool is_known = path == "translation" || path == "rotation" || path == "scale" || path == "weights";
  return is_known ? std::optional(NodeTarget{to_index(index), path}) : std::nullopt;
}

const Json* holder_of(const Json& document, std::string_view pointer) {
  const Json* at = &document;
  pointer = pointer.substr(0, pointer.rfind('/'));
  while (at != nullptr && !pointer.empty()) {
    const std::string_view part = take_part(pointer);
    if (at->is_array()) {
      at = is_index(part) && to_index(part) < at->size() ? &(*at)[to_index(part)] : nullptr;
    } else {
      const auto member = at->find(std::string(part));  // the end where this is no object
      at = member == at->end() ? nullptr : &*member;
    }
  }
  return at != nullptr && at->is_object() ? at : nullptr;
}

Result<void> apply_animation_pointers(Document& document, std::uint32_t animation, double time_s) {
  const auto animations = document.json.find("animations");
  if (animations == document.json.end() || animation >= animations->size()) return {};
  const Json chosen = (*animations)[animation];
  bool is_changed = false;
  for (const Json& channel : chosen["channels"]) {
    const Json& target = channel["target"];
    if (!target.contains("extensions") || !target["extensions"].contains("KHR_animation_pointer")) continue;
    const std::string pointer = target["extensions"]["KHR_animation_pointer"]["pointer"].get<std::string>();
    const auto property = animated_property(pointer);
    if (!property) continue;
    const Json& sampler = chosen["samplers"][channel["sampler"].get<std::size_t>()];
    for (const char* key : {"input", "output"})
      if (auto there = check_bytes(document, sampler[key].get<std::size_t>()); !there) return there;
    Json& holder = const_cast<Json&>(*holder_of(document.json, pointer));  // the document is ours to change
    holder[pointer.substr(pointer.rfind('/') + 1)] =
        value_of(*property, AnimationSampler(document, sampler, property->width).vector_at(time_s));
    is_changed = true;
  }
  return is_changed ? read_model_again(document) : Result<void>();
}

}  // namespace kiln::scene
