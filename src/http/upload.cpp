#include "http/upload.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/file_kind.h"
#include "base/hashing.h"

namespace kiln::http {
namespace {

constexpr std::string_view kUnknownType = "application/octet-stream";
constexpr std::array<std::string_view, 6> kSceneTypes{"model/gltf-binary", "model/gltf+json", "model/obj",
                                                      "model/ply",         "model/stl",       "application/zip"};
constexpr std::array<std::string_view, 2> kEnvironmentTypes{"image/vnd.radiance", "image/x-exr"};

bool is_one_of(std::span<const std::string_view> types, std::string_view type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

bool found_by_bytes(std::string_view media_type) { return media_type.empty() || media_type == kUnknownType; }

}  // namespace

std::string media_type_in(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return type;
}

bool is_scene_type(std::string_view media_type) { return is_one_of(kSceneTypes, media_type); }

bool is_asset_type(std::string_view media_type) {
  return found_by_bytes(media_type) || is_scene_type(media_type) || is_one_of(kEnvironmentTypes, media_type);
}

std::string_view media_type_of_bytes(std::string_view first_bytes, std::uint64_t file_bytes) {
  switch (kind_of_file(first_bytes, file_bytes)) {
    case FileKind::glb:
      return "model/gltf-binary";
    case FileKind::gltf:
      return "model/gltf+json";
    case FileKind::obj:
      return "model/obj";
    case FileKind::ply:
      return "model/ply";
    case FileKind::stl:
      return "model/stl";
    case FileKind::zip:
      return "application/zip";
    case FileKind::radiance_hdr:
      return "image/vnd.radiance";
    case FileKind::openexr:
      return "image/x-exr";
    case FileKind::unknown:
      break;
  }
  return {};
}

Task<Result<jobs::StagedAsset>> receive_asset(BodySource& body, store::BlobStore& blobs, std::string media_type) {
  auto staged = blobs.stage();
  if (!staged) co_return staged.error();
  Sha256 hash;
  std::string first_bytes;
  while (true) {
    const auto piece = co_await body.read();
    if (!piece) co_return piece.error();
    if (piece->empty()) break;
    const std::string_view text(reinterpret_cast<const char*>(piece->data()), piece->size());
    first_bytes += text.substr(0, kTellingBytes - std::min(kTellingBytes, first_bytes.size()));
    hash.update(*piece);
    if (const auto written = staged->write(*piece); !written) co_return written.error();
  }
  if (staged->bytes() == 0) co_return Error{ErrorCode::invalid_request, "the body is empty", ""};
  if (found_by_bytes(media_type)) media_type = media_type_of_bytes(first_bytes, staged->bytes());
  if (media_type.empty()) {
    co_return Error{ErrorCode::unsupported_media_type,
                    "these bytes are no glTF, OBJ, PLY, STL, ZIP, Radiance or OpenEXR file", ""};
  }
  co_return jobs::StagedAsset{std::move(*staged), hash.hex(), std::move(media_type)};
}

}  // namespace kiln::http
