#include "store/lost_database.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "kiln/job.h"

namespace kiln::store {
namespace {

namespace fs = std::filesystem;

/// "sha256-" and 64 hex digits.
bool is_asset_name(std::string_view name) {
  constexpr std::string_view kPrefix = "sha256-";
  return name.size() == kPrefix.size() + 64 && name.starts_with(kPrefix) &&
         name.find_first_not_of("0123456789abcdef", kPrefix.size()) == std::string_view::npos;
}

bool is_result_name(std::string_view name) { return job_id_from_string(name).has_value(); }

template <class IsOurs>
Result<bool> has_files(const BlobStore& blobs, BlobFolder where, IsOurs is_ours) {
  const auto names = blobs.list(where);
  if (!names) return names.error();
  return std::any_of(names->begin(), names->end(), is_ours);
}

}  // namespace

Result<void> check_database_is_not_lost(const fs::path& file, const BlobStore& blobs) {
  std::error_code failed;
  const bool is_there = fs::exists(file, failed);
  if (failed) return file_error("cannot read", file, failed.value());
  if (is_there) return {};
  auto assets = has_files(blobs, BlobFolder::assets, is_asset_name);
  if (!assets) return assets.error();
  auto results = has_files(blobs, BlobFolder::results, is_result_name);
  if (!results) return results.error();
  if (!*assets && !*results) return {};
  return Error{ErrorCode::io_error,
               file.string() + " is missing, but " + (*assets ? "assets/" : "results/") +
                   " in the same folder holds files that it knew: put the database back, or move the folder " +
                   file.parent_path().string() + " away",
               ""};
}

}  // namespace kiln::store
