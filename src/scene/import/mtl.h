#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/vec.h"
#include "kiln/error.h"

namespace kiln::scene {

/// A picture of a material, and how it lies: u' = scale * u + offset.
struct MtlPicture {
  std::string name;
  Vec2 scale{1, 1}, offset{0, 0};
  bool clamped = false;
  float bump = 1;  ///< -bm
};

/// What a material says; what it does not say is unset.
struct MtlMaterial {
  std::string name;
  std::optional<Vec3> diffuse, specular, emission;                             ///< Kd, Ks, Ke
  std::optional<float> shininess, opacity, transparency, roughness, metallic;  ///< Ns, d, Tr, Pr, Pm
  int illumination = 2;                                                        ///< illum
  std::map<std::string, MtlPicture> pictures;                                  ///< by statement, in lower case
};

/// A material library of Wavefront OBJ, with Pr and Pm of its physically based extension. Statements that are not
/// listed above or known as pictures are passed over. Errors: invalid_scene with `file` and the line.
Result<std::vector<MtlMaterial>> read_mtl(std::string_view text, const std::string& file);

}  // namespace kiln::scene
