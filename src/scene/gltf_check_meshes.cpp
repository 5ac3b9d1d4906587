#include <algorithm>
#include <map>

#include "kernels/scene_types.h"

#include "scene/gltf_checks.h"

namespace kiln::scene {
namespace {

constexpr std::uint64_t kByte = 5120, kUnsignedByte = 5121, kShort = 5122, kUnsignedShort = 5123, kUnsignedInt = 5125,
                        kFloat = 5126;

/// "TEXCOORD_3" -> {"TEXCOORD", 3}; number is -1 for names without one, nullopt for names that are not allowed.
struct Semantic {
  std::string base;
  int number = -1;
};

std::optional<Semantic> parse_semantic(const std::string& name) {
  for (const char* plain : {"POSITION", "NORMAL", "TANGENT"})
    if (name == plain) return Semantic{name, -1};
  for (const std::string base : {"TEXCOORD", "COLOR", "JOINTS", "WEIGHTS"}) {
    if (!name.starts_with(base + "_")) continue;
    const std::string digits = name.substr(base.size() + 1);
    const bool is_number = !digits.empty() && digits.size() < 5 &&
                           digits.find_first_not_of("0123456789") == std::string::npos &&
                           (digits.size() == 1 || digits[0] != '0');
    return is_number ? std::optional(Semantic{base, std::stoi(digits)}) : std::nullopt;
  }
  return std::nullopt;
}

bool is_one_of(std::uint64_t value, std::initializer_list<std::uint64_t> list) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

/// glTF 2.0, section 3.7.2.1, and KHR_mesh_quantization, which adds integers.
bool is_allowed(const Semantic& semantic, const AccessorFormat& f, bool quantized, bool in_target) {
  const bool is_float = f.component_type == kFloat;
  const bool unsigned_unit = f.normalized && is_one_of(f.component_type, {kUnsignedByte, kUnsignedShort});
  const bool signed_unit = f.normalized && is_one_of(f.component_type, {kByte, kShort});
  const bool any_small = is_one_of(f.component_type, {kByte, kUnsignedByte, kShort, kUnsignedShort});
  if (semantic.base == "POSITION") {
    const bool small = in_target ? is_one_of(f.component_type, {kByte, kShort}) : any_small;
    return f.type == "VEC3" && (is_float || (quantized && small));
  }
  if (semantic.base == "NORMAL") return f.type == "VEC3" && (is_float || (quantized && signed_unit));
  if (semantic.base == "TANGENT")
    return f.type == (in_target ? "VEC3" : "VEC4") && (is_float || (quantized && signed_unit));
  if (semantic.base == "TEXCOORD") {
    const bool small =
        quantized && (in_target ? is_one_of(f.component_type, {kByte, kShort}) || unsigned_unit : any_small);
    return f.type == "VEC2" && (is_float || unsigned_unit || small);
  }
  if (semantic.base == "COLOR")
    return (f.type == "VEC3" || f.type == "VEC4") && (is_float || unsigned_unit || (in_target && signed_unit));
  if (semantic.base == "JOINTS")
    return f.type == "VEC4" && !f.normalized && is_one_of(f.component_type, {kUnsignedByte, kUnsignedShort});
  return f.type == "VEC4" && (is_float || unsigned_unit);  // WEIGHTS
}

void check_alignment(const Checks& checks, const JsonView& place, const JsonView& accessor) {
  const auto view_index = accessor["bufferView"].integer();
  if (!view_index) return;
  const JsonView stride = checks.root["bufferViews"].at(*view_index)["byteStride"];
  const std::uint64_t offset = checks.root["bufferViews"].at(*view_index)["byteOffset"].integer().value_or(0);
  const std::uint64_t start = accessor["byteOffset"].integer().value_or(0);
  if (start % 4 != 0 || (start + offset) % 4 != 0)
    return place.fail("refers to vertices that are not aligned to 4 bytes");
  if (stride.present()) return;
  const AccessorFormat f = format_of(accessor);
  const std::uint64_t component = f.component_type == kFloat                            ? 4
                                  : is_one_of(f.component_type, {kByte, kUnsignedByte}) ? 1
                                                                                        : 2;
  const std::uint64_t components = f.type == "SCALAR" ? 1 : static_cast<std::uint64_t>(f.type.back() - '0');
  if (f.type.starts_with("VEC") || f.type == "SCALAR")
    if (component * components % 4 != 0) place.fail("refers to vertices that are not aligned to 4 bytes");
}

/// One attribute of a primitive or of a morph target.
void check_attribute(const Checks& checks, const JsonView& place, const std::string& name, bool in_target) {
  const auto semantic = parse_semantic(name);
  if (!semantic && !name.starts_with("_")) return place.fail("is no attribute of glTF");
  const auto index = place.index(checks.count("accessors"));
  if (!index) return;
  const JsonView accessor = checks.root["accessors"].at(*index);
  const AccessorFormat format = format_of(accessor);
  if (semantic && !is_allowed(*semantic, format, checks.quantized, in_target))
    return place.fail("refers to an accessor of a format that is not allowed here");
  if (format.component_type == kUnsignedInt) return place.fail("refers to an accessor of unsigned integers");
  if (name == "POSITION" && (!accessor["min"].present() || !accessor["max"].present()))
    return place.fail("refers to an accessor without min and max");
  check_alignment(checks, place, accessor);
}

/// Numbered attributes count from 0 without gaps; returns how many there are of each.
std::map<std::string, int> check_numbering(const JsonView& attributes) {
  std::map<std::string, int> counts;
  std::map<std::string, int> last;
  for (const auto& [name, value] : attributes.json().items())
    if (const auto semantic = parse_semantic(name); semantic && semantic->number >= 0) {
      ++counts[semantic->base];
      last[semantic->base] = std::max(last[semantic->base], semantic->number);
    }
  for (const auto& [base, count] : counts)
    if (last[base] != count - 1) attributes.fail("has " + base + " attributes that do not count from 0 without gaps");
  return counts;
}

std::optional<std::uint64_t> vertex_count(const Checks& checks, const JsonView& attributes) {
  std::optional<std::uint64_t> count;
  for (const auto& [name, value] : attributes.json().items()) {
    const JsonView place = attributes[name.c_str()];
    check_attribute(checks, place, name, false);
    if (checks.failed()) return std::nullopt;
    const std::uint64_t own = format_of(checks.root["accessors"].at(*place.integer())).count;
    if (count && *count != own) return place.fail("has another count than the other attributes"), std::nullopt;
    count = own;
  }
  return count;
}

void check_targets(const Checks& checks, const JsonView& primitive, std::uint64_t vertices) {
  for_each(primitive["targets"], [&](const JsonView& target, std::size_t) {
    if (!target.is_object()) return;
    if (target.size() == 0) return target.fail("must not be empty");
    for (const auto& [name, value] : target.json().items()) {
      const JsonView place = target[name.c_str()];
      const auto semantic = parse_semantic(name);
      if (semantic && (semantic->base == "JOINTS" || semantic->base == "WEIGHTS"))
        return place.fail("is no attribute of a morph target");
      check_attribute(checks, place, name, true);
      if (checks.failed()) return;
      if (!primitive["attributes"][name.c_str()].present()) return place.fail("has no such attribute in the primitive");
      if (format_of(checks.root["accessors"].at(*place.integer())).count != vertices)
        return place.fail("has another count than the attributes");
    }
  });
}

void check_indices(const Checks& checks, const JsonView& indices) {
  const auto index = indices.index(checks.count("accessors"));
  if (!index) return;
  const JsonView accessor = checks.root["accessors"].at(*index);
  const AccessorFormat f = format_of(accessor);
  if (f.type != "SCALAR" || f.normalized || !is_one_of(f.component_type, {kUnsignedByte, kUnsignedShort, kUnsignedInt}))
    return indices.fail("refers to an accessor that does not hold indices");
  const auto view = accessor["bufferView"].integer();
  if (!view) return indices.fail("refers to an accessor without a buffer view");
  if (checks.root["bufferViews"].at(*view)["byteStride"].present())
    indices.fail("refers to a buffer view with a byteStride");
}

/// The material's textures need their coordinates, and tangent space needs something to be made from.
void check_material_fit(const Checks& checks, const JsonView& place, const JsonView& attributes, int uv_sets) {
  const auto index = place.index(checks.count("materials"));
  if (!index) return;
  const JsonView material = checks.root["materials"].at(*index), extensions = material["extensions"];
  const bool needs_tangents = extensions["KHR_materials_clearcoat"]["clearcoatNormalTexture"].present() ||
                              extensions["KHR_materials_anisotropy"].present();
  const bool has_tangents = attributes["NORMAL"].present() && attributes["TANGENT"].present();
  if (needs_tangents && !has_tangents && !material["normalTexture"].present())
    return place.fail("needs tangents, but the primitive has none and there is no normal texture to make them for");
  for (const UvUse& use : uv_sets_of(material)) {
    if (use.set >= static_cast<std::uint64_t>(uv_sets))
      return place.fail("has a " + use.texture + " that needs TEXCOORD_" + std::to_string(use.set));
    if (use.set >= kMaxUvSets)
      return place.fail(
          "has a " + use.texture + " that reads one of more than " + std::to_string(kMaxUvSets) + " UV sets",
          ErrorCode::limit_exceeded);
  }
}

void check_variants(const Checks& checks, const JsonView& primitive, const JsonView& attributes, int uv_sets) {
  const JsonView extension = primitive["extensions"]["KHR_materials_variants"];
  if (!extension.present()) return;
  const std::size_t variants = checks.root["extensions"]["KHR_materials_variants"]["variants"].size();
  std::set<std::uint64_t> seen;
  for_each(extension.required("mappings"), [&](const JsonView& mapping, std::size_t) {
    if (!mapping.is_object()) return;
    check_material_fit(checks, mapping.required("material"), attributes, uv_sets);
    for_each(mapping.required("variants"), [&](const JsonView& variant, std::size_t) {
      const auto index = variant.index(variants);
      if (index && !seen.insert(*index).second) variant.fail("is mapped twice");
    });
  });
}

void check_primitive(const Checks& checks, const JsonView& primitive) {
  if (!check_object(checks, primitive, "primitive")) return;
  const JsonView attributes = primitive.required("attributes");
  if (!attributes.is_object()) return;
  if (attributes.size() == 0) return attributes.fail("must not be empty");
  const auto vertices = vertex_count(checks, attributes);
  if (!vertices) return;
  auto counts = check_numbering(attributes);
  if (counts["JOINTS"] != counts["WEIGHTS"]) attributes.fail("has different numbers of JOINTS and WEIGHTS");
  check_indices(checks, primitive["indices"]);
  primitive["mode"].integer(0, 65535);
  check_targets(checks, primitive, *vertices);
  check_material_fit(checks, primitive["material"], attributes, counts["TEXCOORD"]);
  check_variants(checks, primitive, attributes, counts["TEXCOORD"]);
}

}  // namespace

void check_meshes(const Checks& checks) {
  for_each(checks.root["meshes"], [&](const JsonView& mesh, std::size_t) {
    if (!check_object(checks, mesh, "mesh")) return;
    std::optional<std::size_t> targets;
    for_each(mesh.required("primitives"), [&](const JsonView& primitive, std::size_t) {
      check_primitive(checks, primitive);
      const std::size_t own = primitive["targets"].size();
      if (targets && *targets != own) primitive.fail("has another number of morph targets than the first primitive");
      if (!targets) targets = own;
    });
    const JsonView weights = mesh["weights"];
    if (weights.present() && weights.is_array() && targets) weights.numbers(*targets);
  });
}

}  // namespace kiln::scene
