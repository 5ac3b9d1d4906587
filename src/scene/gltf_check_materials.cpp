#include <array>

#include "scene/gltf_checks.h"

namespace kiln::scene {
namespace {

constexpr Range kUnit{0, 1, false}, kNotNegative{0, Range{}.max, false}, kPositive{0, Range{}.max, true};

enum class MemberKind { number, color3, color4, texture, normal_texture };

struct ExtensionMember {
  const char* extension;
  const char* name;
  MemberKind kind;
  Range range = {};
};

/// The members of the material extensions, each by its own specification.
constexpr std::array kMembers = {
    ExtensionMember{"KHR_materials_anisotropy", "anisotropyStrength", MemberKind::number, kUnit},
    ExtensionMember{"KHR_materials_anisotropy", "anisotropyRotation", MemberKind::number},
    ExtensionMember{"KHR_materials_anisotropy", "anisotropyTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_clearcoat", "clearcoatFactor", MemberKind::number, kUnit},
    ExtensionMember{"KHR_materials_clearcoat", "clearcoatTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_clearcoat", "clearcoatRoughnessFactor", MemberKind::number, kUnit},
    ExtensionMember{"KHR_materials_clearcoat", "clearcoatRoughnessTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_clearcoat", "clearcoatNormalTexture", MemberKind::normal_texture},
    ExtensionMember{"KHR_materials_diffuse_transmission", "diffuseTransmissionFactor", MemberKind::number, kUnit},
    ExtensionMember{"KHR_materials_diffuse_transmission", "diffuseTransmissionTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_diffuse_transmission", "diffuseTransmissionColorFactor", MemberKind::color3, kUnit},
    ExtensionMember{"KHR_materials_diffuse_transmission", "diffuseTransmissionColorTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_dispersion", "dispersion", MemberKind::number, kNotNegative},
    ExtensionMember{"KHR_materials_emissive_strength", "emissiveStrength", MemberKind::number, kNotNegative},
    ExtensionMember{"KHR_materials_ior", "ior", MemberKind::number, kNotNegative},
    ExtensionMember{"KHR_materials_iridescence", "iridescenceFactor", MemberKind::number, kUnit},
    ExtensionMember{"KHR_materials_iridescence", "iridescenceTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_iridescence", "iridescenceIor", MemberKind::number, Range{1, Range{}.max}},
    ExtensionMember{"KHR_materials_iridescence", "iridescenceThicknessMinimum", MemberKind::number, kNotNegative},
    ExtensionMember{"KHR_materials_iridescence", "iridescenceThicknessMaximum", MemberKind::number, kNotNegative},
    ExtensionMember{"KHR_materials_iridescence", "iridescenceThicknessTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_pbrSpecularGlossiness", "diffuseFactor", MemberKind::color4, kUnit},
    ExtensionMember{"KHR_materials_pbrSpecularGlossiness", "diffuseTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_pbrSpecularGlossiness", "specularFactor", MemberKind::color3, kUnit},
    ExtensionMember{"KHR_materials_pbrSpecularGlossiness", "glossinessFactor", MemberKind::number, kUnit},
    ExtensionMember{"KHR_materials_pbrSpecularGlossiness", "specularGlossinessTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_sheen", "sheenColorFactor", MemberKind::color3, kUnit},
    ExtensionMember{"KHR_materials_sheen", "sheenColorTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_sheen", "sheenRoughnessFactor", MemberKind::number, kUnit},
    ExtensionMember{"KHR_materials_sheen", "sheenRoughnessTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_specular", "specularFactor", MemberKind::number, kUnit},
    ExtensionMember{"KHR_materials_specular", "specularTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_specular", "specularColorFactor", MemberKind::color3, kNotNegative},
    ExtensionMember{"KHR_materials_specular", "specularColorTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_transmission", "transmissionFactor", MemberKind::number, kUnit},
    ExtensionMember{"KHR_materials_transmission", "transmissionTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_volume", "thicknessFactor", MemberKind::number, kNotNegative},
    ExtensionMember{"KHR_materials_volume", "thicknessTexture", MemberKind::texture},
    ExtensionMember{"KHR_materials_volume", "attenuationDistance", MemberKind::number, kPositive},
    ExtensionMember{"KHR_materials_volume", "attenuationColor", MemberKind::color3, kUnit},
};

void check_normal_texture(const Checks& checks, const JsonView& info) {
  check_texture_info(checks, info);
  info["scale"].number();
}

void check_member(const Checks& checks, const JsonView& value, const ExtensionMember& rule) {
  switch (rule.kind) {
    case MemberKind::number:
      value.number(rule.range);
      break;
    case MemberKind::color3:
      value.numbers(3, rule.range);
      break;
    case MemberKind::color4:
      value.numbers(4, rule.range);
      break;
    case MemberKind::texture:
      check_texture_info(checks, value);
      break;
    case MemberKind::normal_texture:
      check_normal_texture(checks, value);
      break;
  }
}

void check_extensions(const Checks& checks, const JsonView& material) {
  const JsonView extensions = material["extensions"];
  for (const ExtensionMember& rule : kMembers) {
    const JsonView value = extensions[rule.extension][rule.name];
    if (value.present()) check_member(checks, value, rule);
  }
  for (const char* name : {"KHR_materials_clearcoat", "KHR_materials_anisotropy"})
    if (extensions[name].present()) check_object(checks, extensions[name], "extension");
  const JsonView ior = extensions["KHR_materials_ior"]["ior"];
  if (const auto value = ior.number(); value && *value != 0 && *value < 1) ior.fail("is neither 0 nor at least 1");
}

void check_pbr(const Checks& checks, const JsonView& pbr) {
  if (!check_object(checks, pbr, "pbrMetallicRoughness")) return;
  pbr["baseColorFactor"].numbers(4, kUnit);
  pbr["metallicFactor"].number(kUnit);
  pbr["roughnessFactor"].number(kUnit);
  check_texture_info(checks, pbr["baseColorTexture"]);
  check_texture_info(checks, pbr["metallicRoughnessTexture"]);
}

void check_material(const Checks& checks, const JsonView& material) {
  if (!check_object(checks, material, "material")) return;
  check_pbr(checks, material["pbrMetallicRoughness"]);
  check_normal_texture(checks, material["normalTexture"]);
  check_texture_info(checks, material["occlusionTexture"]);
  material["occlusionTexture"]["strength"].number(kUnit);
  check_texture_info(checks, material["emissiveTexture"]);
  material["emissiveFactor"].numbers(3, kUnit);
  material["alphaMode"].string();
  material["alphaCutoff"].number(kNotNegative);
  material["doubleSided"].boolean();
  check_extensions(checks, material);
}

void add_uv_use(const JsonView& info, std::string name, std::vector<UvUse>& uses) {
  if (!info["index"].present()) return;
  const auto set = info["texCoord"].integer().value_or(0);
  const auto own = info["extensions"]["KHR_texture_transform"]["texCoord"].integer();
  uses.push_back({std::move(name), own.value_or(set)});
}

}  // namespace

void check_texture_info(const Checks& checks, const JsonView& info) {
  if (!check_object(checks, info, "textureInfo")) return;
  info.required("index").index(checks.count("textures"));
  info["texCoord"].integer(0, 65535);
  const JsonView transform = info["extensions"]["KHR_texture_transform"];
  transform["offset"].numbers(2);
  transform["scale"].numbers(2);
  transform["rotation"].number();
  transform["texCoord"].integer(0, 65535);
}

void check_materials(const Checks& checks) {
  for_each(checks.root["materials"], [&](const JsonView& material, std::size_t) { check_material(checks, material); });
}

std::vector<UvUse> uv_sets_of(const JsonView& material) {
  std::vector<UvUse> uses;
  const JsonView pbr = material["pbrMetallicRoughness"];
  for (const char* name : {"baseColorTexture", "metallicRoughnessTexture"}) add_uv_use(pbr[name], name, uses);
  for (const char* name : {"normalTexture", "occlusionTexture", "emissiveTexture"})
    add_uv_use(material[name], name, uses);
  for (const ExtensionMember& rule : kMembers)
    if (rule.kind == MemberKind::texture || rule.kind == MemberKind::normal_texture)
      add_uv_use(material["extensions"][rule.extension][rule.name], rule.name, uses);
  return uses;
}

std::optional<MaterialFactor> material_factor(std::string_view extension, std::string_view name) {
  for (const ExtensionMember& rule : kMembers) {
    if (rule.extension != extension || rule.name != name) continue;
    if (rule.kind == MemberKind::number) return MaterialFactor{1, rule.range};
    if (rule.kind == MemberKind::color3) return MaterialFactor{3, rule.range};
    if (rule.kind == MemberKind::color4) return MaterialFactor{4, rule.range};
  }
  return std::nullopt;
}

}  // namespace kiln::scene
