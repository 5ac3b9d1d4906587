#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "image/decode.h"
#include "scene/import/model_builder.h"
#include "scene/import/scene_files.h"
#include "scene/limits.h"

namespace kiln::scene {

/// Brings the pictures that a model names into its document, each once, whatever names it has. What is missing or
/// cannot be shown is left out with a warning. Errors: limit_exceeded, io_error; invalid_image for a picture that has
/// to be looked into and is broken.
class ImportedTextures {
 public:
  /// `files` may be null: then there are none.
  ImportedTextures(ModelBuilder& builder, const SceneFiles* files, const Limits& limits)
      : builder_(builder), files_(files), limits_(limits) {}

  /// The file that the names below stand in, see SceneFiles.
  void stand_in(std::string file) { from_ = std::move(file); }

  /// The texture of a picture as it is.
  Result<std::optional<std::size_t>> texture(const std::string& name, bool clamped);

  /// A texture with the colours of one picture (white without one) and as alpha the luminance of another, or its own
  /// alpha where it has any.
  Result<std::optional<std::size_t>> with_alpha(const std::string& color, const std::string& alpha, bool clamped);

  /// A texture whose green is the red of one picture and whose blue is that of another; 1 where a name is empty.
  Result<std::optional<std::size_t>> packed(const std::string& green, const std::string& blue, bool clamped);

  /// Whether a picture looks like a normal map: most of it points out of the surface.
  Result<bool> is_normal_map(const std::string& name);

  bool has(const std::string& name);  ///< the file is there and of a kind that can be shown

 private:
  struct Picture {
    std::span<const std::byte> bytes;  ///< of `files`
    std::string type;                  ///< media type; empty: it cannot be shown
  };

  enum class Making { as_it_is, with_alpha, packed };

  Result<const Picture*> load(const std::string& name);
  const std::byte* key_of(const std::string& name);
  Result<Rgba8Image> decode(const std::string& name);
  Result<std::size_t> add_made(const Rgba8Image& image, const std::string& name, bool clamped);

  ModelBuilder& builder_;
  const SceneFiles* files_;
  std::string from_;
  const Limits& limits_;
  std::map<std::pair<std::string, std::string>, Picture> pictures_;  ///< by the file that names them, and the name
  /// By the bytes of the pictures that they are made of, how, and whether they are clamped.
  std::map<std::tuple<const std::byte*, const std::byte*, Making, bool>, std::size_t> textures_;
  std::map<const std::byte*, bool> normal_maps_;
  std::uint64_t texels_ = 0;  ///< decoded so far
};

}  // namespace kiln::scene
