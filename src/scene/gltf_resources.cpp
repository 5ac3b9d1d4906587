#include "scene/gltf_resources.h"

#include "image/decode.h"
#include "scene/data_uri.h"
#include "scene/json_view.h"
#include "scene/meshopt_views.h"

namespace kiln::scene {
namespace {

using Bytes = std::span<const std::byte>;

std::string shortened(std::string_view uri) {
  constexpr std::size_t kShown = 80;
  return uri.size() <= kShown ? std::string(uri) : std::string(uri.substr(0, kShown)) + "...";
}

std::optional<Bytes> resolve_file(const JsonView& uri, const Resources& from) {
  const std::string_view text = *uri.string();
  if (from.files == nullptr) {
    uri.fail("refers to \"" + shortened(text) + "\": only data: URIs are allowed, no other file is read",
             ErrorCode::external_uri);
    return std::nullopt;
  }
  const auto name = percent_decoded(text);
  const auto found = from.files->find(name ? *name : std::string(text), from.name);
  if (!found) return uri.fail(found.error().message, found.error().code), std::nullopt;
  if (!*found) {
    uri.fail("refers to \"" + shortened(text) + "\", which is not in the package", ErrorCode::external_uri);
    return std::nullopt;
  }
  return **found;
}

/// The bytes behind a URI; they live in the document, or in the files. A file has no media type.
std::optional<Bytes> resolve_uri(Document& document, const JsonView& uri, const Resources& from,
                                 std::string& media_type) {
  const std::string_view text = *uri.string();
  if (!is_data_uri(text)) return resolve_file(uri, from);
  const auto parts = split_data_uri(text);
  auto bytes = parts ? decode_payload(*parts) : std::nullopt;
  if (!bytes) return uri.fail("is not a valid data: URI"), std::nullopt;
  media_type = parts->media_type;
  document.decoded.push_back(*std::move(bytes));
  return Bytes(document.decoded.back());
}

std::optional<Bytes> resolve_buffer(Document& document, const JsonView& buffer, std::size_t i, const Resources& from) {
  if (is_fallback(buffer)) return std::nullopt;
  const std::uint64_t length = *buffer["byteLength"].integer();
  std::string media_type;
  std::optional<Bytes> bytes;
  if (const JsonView uri = buffer["uri"]; uri.present()) {
    bytes = resolve_uri(document, uri, from, media_type);
    if (bytes && is_data_uri(*uri.string()) && media_type != "application/octet-stream" &&
        media_type != "application/gltf-buffer")
      return uri.fail("has the media type \"" + shortened(media_type) + "\", which is none of a buffer"), std::nullopt;
  } else if (i == 0 && from.parts.binary) {
    bytes = from.parts.binary;
  } else if (i == 0 && from.parts.is_glb) {
    return buffer.fail("has neither a uri nor a BIN chunk"), std::nullopt;
  } else {
    return std::nullopt;  // allowed as long as nothing is read from it
  }
  if (bytes && bytes->size() < length)
    return buffer["byteLength"].fail("is " + std::to_string(length) + ", but there are only " +
                                     std::to_string(bytes->size()) + " bytes"),
           std::nullopt;
  return bytes ? std::optional(bytes->first(length)) : std::nullopt;
}

std::optional<std::string> image_kind(Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 12));
  if (text.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (text.starts_with("RIFF") && text.size() == 12 && text.substr(8) == "WEBP") return "image/webp";
  return std::nullopt;
}

/// A picture of an unknown kind is no fault until a material uses it.
void check_header(const JsonView& image, Bytes bytes) {
  if (!image_kind(bytes)) return;
  if (const auto info = probe_image(bytes); !info) image.fail("is broken: " + info.error().message, info.error().code);
}

void check_media_type(const JsonView& place, Bytes bytes, std::string_view declared) {
  const auto kind = image_kind(bytes);
  if (kind && !declared.empty() && *kind != declared)
    place.fail("holds " + *kind + ", but is declared as " + shortened(declared));
}

Bytes resolve_image(Document& document, const JsonView& image, const Resources& from) {
  const JsonView uri = image["uri"], view = image["bufferView"];
  std::string media_type;
  Bytes bytes;
  if (uri.present()) {
    bytes = resolve_uri(document, uri, from, media_type).value_or(Bytes{});
    check_media_type(uri, bytes, media_type);
  } else {
    const Json& v = document.json["bufferViews"][*view.integer()];
    const Bytes buffer = document.buffers[v["buffer"].get<std::size_t>()];
    if (!buffer.empty())
      bytes = buffer.subspan(v.value("byteOffset", std::size_t{0}), v["byteLength"].get<std::size_t>());
  }
  check_media_type(uri.present() ? uri : view, bytes, image["mimeType"].string().value_or(""));
  check_header(image, bytes);
  return bytes;
}

}  // namespace

Result<void> resolve_buffers(Document& document, const Resources& from) {
  Report report(document.json);
  const JsonView root(document.json, report);
  // `decoded` may move its elements, not their bytes: spans stay valid.
  for_each(root["buffers"], [&](const JsonView& buffer, std::size_t i) {
    document.buffers.push_back(resolve_buffer(document, buffer, i, from).value_or(Bytes{}));
  });
  if (report.failed()) return *report.error();
  return {};
}

Result<void> resolve_images(Document& document, const Resources& from) {
  Report report(document.json);
  const JsonView root(document.json, report);
  for_each(root["images"], [&](const JsonView& image, std::size_t) {
    document.images.push_back(resolve_image(document, image, from));
  });
  if (report.failed()) return *report.error();
  return {};
}

}  // namespace kiln::scene
