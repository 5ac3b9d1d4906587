#include "http/upload.h"

#include <algorithm>
#include <array>

#include "base/hashing.h"

namespace kiln::http {
namespace {

constexpr std::string_view kUnknownType = "application/octet-stream";
constexpr std::array<std::string_view, 4> kAssetTypes{"model/gltf-binary", "model/gltf+json", "image/vnd.radiance",
                                                      "image/x-exr"};
constexpr std::size_t kFirstBytes = 16;

bool found_by_bytes(std::string_view media_type) { return media_type.empty() || media_type == kUnknownType; }

}  // namespace

std::string media_type_in(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return type;
}

bool is_asset_type(std::string_view media_type) {
  return found_by_bytes(media_type) ||
         std::find(kAssetTypes.begin(), kAssetTypes.end(), media_type) != kAssetTypes.end();
}

std::string_view media_type_of_bytes(std::string_view first_bytes) {
  if (first_bytes.starts_with("glTF")) return kAssetTypes[0];
  if (first_bytes.starts_with("#?")) return kAssetTypes[2];
  if (first_bytes.starts_with("\x76\x2f\x31\x01")) return kAssetTypes[3];
  const std::size_t text = first_bytes.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (text != std::string_view::npos && first_bytes[text] == '{') return kAssetTypes[1];
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
    first_bytes += text.substr(0, kFirstBytes - std::min(kFirstBytes, first_bytes.size()));
    hash.update(*piece);
    if (const auto written = staged->write(*piece); !written) co_return written.error();
  }
  if (staged->bytes() == 0) co_return Error{ErrorCode::invalid_request, "the body is empty", ""};
  if (found_by_bytes(media_type)) media_type = media_type_of_bytes(first_bytes);
  if (media_type.empty()) {
    co_return Error{ErrorCode::unsupported_media_type, "these bytes are no glTF, Radiance or OpenEXR file", ""};
  }
  co_return jobs::StagedAsset{std::move(*staged), hash.hex(), std::move(media_type)};
}

}  // namespace kiln::http
