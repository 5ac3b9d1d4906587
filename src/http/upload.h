#pragma once

#include <string>

#include "http/message.h"
#include "jobs/asset_service.h"

namespace kiln::http {

/// The media type of an upload's header without its parameters, in lower case.
std::string media_type_in(std::string_view content_type);

/// Whether it is one of a scene: POST /render takes such a body.
bool is_scene_type(std::string_view media_type);

/// Whether POST /assets takes it; application/octet-stream and an empty one count: then the first bytes decide.
bool is_asset_type(std::string_view media_type);

/// The media type of what kind_of_file() finds; empty for what it does not know.
std::string_view media_type_of_bytes(std::string_view first_bytes, std::uint64_t file_bytes);

/// Streams a body to disk and hashes it on the way. Nothing is left behind when it fails or the client goes.
/// Errors: those of the body and of BlobStore; unsupported_media_type when the type has to be found and is not known;
/// invalid_request for an empty body.
Task<Result<jobs::StagedAsset>> receive_asset(BodySource& body, store::BlobStore& blobs, std::string media_type);

}  // namespace kiln::http
