#include "cli/provide_asset.h"

#include <fmt/core.h>

#include "base/hashing.h"
#include "cli/progress_bar.h"

namespace kiln::cli {
namespace {

void print_warnings(const std::filesystem::path& file, const client::Json& asset) {
  const auto summary = asset.find("summary");
  if (summary == asset.end() || !summary->is_object()) return;
  const auto warnings = summary->find("warnings");  // older servers give none
  if (warnings == summary->end() || !warnings->is_array()) return;
  for (const client::Json& warning : *warnings)
    if (warning.is_string()) fmt::print(stderr, "kiln: {}: {}\n", file.string(), warning.get<std::string>());
}

}  // namespace

client::Answer<std::string> provide_asset(client::ServerClient& client, const std::filesystem::path& file,
                                          bool known_to_lack, bool quiet, const std::stop_token& stop) {
  const auto hash = sha256_of_file(file);
  if (!hash) return client::local_error(hash.error());
  if (!known_to_lack) {
    const auto known = client.get("/assets/sha256:" + *hash, stop);
    if (known) {
      if (!quiet) print_warnings(file, *known);
      return "sha256:" + *hash;
    }
    if (known.error().code != code_name(ErrorCode::unknown_asset)) return known.error();
  }
  ProgressBar bar("Uploading " + file.filename().string());
  const auto sent = [&](double share) {
    if (!quiet) bar.update(share);
  };
  auto asset = client.upload("/assets", file, sent, stop);
  if (!asset) {
    client::ClientError error = asset.error();
    if (error.trouble == client::Trouble::refused) error.message = file.string() + ": " + error.message;
    return error;
  }
  if (!quiet) print_warnings(file, *asset);
  return client::text_at(*asset, "id");  // of the bytes that were sent, should the file have changed meanwhile
}

}  // namespace kiln::cli
