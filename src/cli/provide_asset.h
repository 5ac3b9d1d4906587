#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "client/server_client.h"

namespace kiln::cli {

/// Makes sure that the server has a file: it is hashed here, and sent only where the server does not know the hash (or
/// `known_to_lack`). Returns the asset's id. A bar on stderr shows a longer upload, unless `quiet`.
/// Errors: io_error for the file; the server's, e.g. invalid_scene.
client::Answer<std::string> provide_asset(client::ServerClient& client, const std::filesystem::path& file,
                                          bool known_to_lack, bool quiet, const std::stop_token& stop);

}  // namespace kiln::cli
