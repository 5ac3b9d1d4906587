#pragma once

#include "scene/import/mtl.h"
#include "scene/import/textures.h"

namespace kiln::scene {

/// A material of an MTL file as one of glTF's; returns its index.
///
///   base colour  map_Kd, else Kd; alpha is d (or 1 - Tr) times map_d
///   metallic     Pm, map_Pm; 0 without
///   roughness    Pr, map_Pr; else (2 / (Ns + 2))^(1/4), the GGX lobe as wide as Blinn and Phong's (Walter et al. 2007,
///                equation 35ff: alpha^2 = 2 / (Ns + 2), and alpha is the square of glTF's roughness)
///   specular     the mean of Ks, 0.5 and more being the full reflection of a dielectric; none for illum 0 and 1
///   emission     Ke times map_Ke
///   normals      norm; map_Bump and bump where they are normal maps by what is in them
///
/// Pictures of other things, and heights, are left out with a warning. Errors: those of ImportedTextures.
Result<std::size_t> add_mtl_material(ModelBuilder& builder, ImportedTextures& textures, const MtlMaterial& material);

}  // namespace kiln::scene
