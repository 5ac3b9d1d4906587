#pragma once

#include <filesystem>

#include "kiln/error.h"

#include "store/blob_store.h"

namespace kiln::store {

/// Refuses to go on where the database `file` is missing although assets or results of Kiln's own names are there: with
/// a new database they would belong to nobody and be swept. Errors: io_error.
Result<void> check_database_is_not_lost(const std::filesystem::path& file, const BlobStore& blobs);

}  // namespace kiln::store
