#include "scene/gltf_checks.h"

namespace kiln::scene {
namespace {

constexpr std::uint64_t kIndexTarget = 34963;

void check_buffer(const Checks& checks, const JsonView& buffer) {
  if (!check_object(checks, buffer, "buffer")) return;
  buffer["uri"].string();
  const auto length = buffer.required("byteLength").integer(1);
  if (length && *length > checks.limits.max_file_bytes)
    buffer["byteLength"].fail("is over " + std::to_string(checks.limits.max_file_bytes), ErrorCode::limit_exceeded);
}

void check_buffer_view(const Checks& checks, const JsonView& view) {
  if (!check_object(checks, view, "bufferView")) return;
  const auto buffer = view.required("buffer").index(checks.count("buffers"));
  const auto length = view.required("byteLength").integer(1);
  const auto offset = view["byteOffset"].integer().value_or(0);
  const auto target = view["target"].integer();
  if (buffer && length) {
    const std::uint64_t bytes = *checks.root["buffers"].at(*buffer)["byteLength"].integer();
    if (offset >= bytes) return view["byteOffset"].fail("is beyond the end of its buffer");
    if (*length > bytes - offset) return view["byteLength"].fail("reaches beyond the end of its buffer");
  }
  const JsonView stride = view["byteStride"];
  if (const auto bytes = stride.integer(4, 252)) {
    if (*bytes % 4 != 0) stride.fail("is not a multiple of 4");
    if (length && *bytes > *length) stride.fail("is larger than byteLength");
    if (target == kIndexTarget) stride.fail("is only for vertex attributes");
  }
}

void check_image(const Checks& checks, const JsonView& image) {
  if (!check_object(checks, image, "image")) return;
  const JsonView uri = image["uri"], view = image["bufferView"], mime = image["mimeType"];
  if (uri.present() == view.present()) return image.fail("must have either a uri or a bufferView");
  uri.string();
  mime.string();
  const auto index = view.index(checks.count("bufferViews"));
  if (!index) return;
  if (!mime.present()) return view.fail("needs a mimeType beside it");
  if (checks.root["bufferViews"].at(*index)["byteStride"].present())
    view.fail("refers to a buffer view with a byteStride, which pictures cannot have");
}

void check_sampler(const Checks& checks, const JsonView& sampler) {
  if (!check_object(checks, sampler, "sampler")) return;
  for (const char* key : {"magFilter", "minFilter", "wrapS", "wrapT"}) sampler[key].integer(0, 65535);
}

/// The picture of a texture must be of a kind that the place allows, where its kind is declared.
void check_source(const Checks& checks, const JsonView& source, bool webp) {
  const auto image = source.index(checks.count("images"));
  if (!image) return;
  const auto mime = checks.root["images"].at(*image)["mimeType"].string();
  if (mime && (*mime == "image/webp") != webp)
    source.fail("refers to a picture of type " + std::string(*mime) + ", which may not stand here");
}

void check_texture(const Checks& checks, const JsonView& texture) {
  if (!check_object(checks, texture, "texture")) return;
  texture["sampler"].index(checks.count("samplers"));
  check_source(checks, texture["source"], false);
  check_source(checks, texture["extensions"]["EXT_texture_webp"]["source"], true);
}

}  // namespace

void check_resources(const Checks& checks) {
  const auto each = [&](const char* key, void (*check)(const Checks&, const JsonView&)) {
    if (!checks.failed())
      for_each(checks.root[key], [&](const JsonView& element, std::size_t) { check(checks, element); });
  };
  each("buffers", check_buffer);
  each("bufferViews", check_buffer_view);
  each("images", check_image);
  each("samplers", check_sampler);
  each("textures", check_texture);
}

}  // namespace kiln::scene
