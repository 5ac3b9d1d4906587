#pragma once

#include <cstdint>
#include <map>

#include "kiln/error.h"
#include "kiln/scene.h"

namespace kiln::scene {

/// A scene that has the levels of some of the same pictures already.
struct LevelSource {
  const Scene* scene = nullptr;                        ///< null: none
  std::map<std::uint64_t, std::uint64_t> first_texel;  ///< there, of pictures by where they begin in the new scene
};

/// Makes the coarser levels of the textures that the scene's materials show, down to one texel, and notes them in
/// textures and materials. Those whose sampler asks for none have none.
///
/// Each texel is the mean of the area that it stands for, also where a side is not even: colours in linear light, all
/// else as it is stored, so that normals are added as vectors. In the base colour of a material that is cut out or
/// blended, colours count by their alpha: what does not show does not bleed. Levels are made from the level before,
/// rounded to 8 bits. What `source` has is copied from there.
///
/// At most `max_texels` are then in the scene, all levels counted. Errors: limit_exceeded.
Result<void> add_texture_levels(Scene& scene, std::uint64_t max_texels, const LevelSource& source = {});

}  // namespace kiln::scene
