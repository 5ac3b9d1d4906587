#pragma once

#include <cstdint>
#include <filesystem>

#include "store/sqlite_database.h"

namespace kiln::store {

/// The version of the schema that this program reads and writes; the file says its own in user_version.
std::uint32_t schema_version();

/// What tells Kiln's databases from those of other programs: the header's application_id, "KILN".
constexpr std::uint32_t kApplicationId = 0x4b494c4e;

/// Opens Kiln's database for writing: WAL, synced at each commit. Makes the file where there is none, brings an older
/// schema to the present one in one transaction. Blocks. Errors: storage_full; io_error, also for a file of a newer
/// version, of another application, or that is damaged: nothing is changed then, nor put beside it.
Result<SqliteDatabase> open_kiln_database(const std::filesystem::path& file);

}  // namespace kiln::store
