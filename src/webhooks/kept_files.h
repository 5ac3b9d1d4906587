#pragma once

#include <filesystem>
#include <string>

#include "kiln/error.h"
#include "kiln/job.h"

/// The two small files that webhooks keep in the data folder.
namespace kiln::webhooks {

/// The secret in `file`; where there is no such file, a fresh one, written there with mode 0600 first.
/// Errors: io_error, storage_full, limit_exceeded.
Result<std::string> load_or_make_secret(const std::filesystem::path& file);

/// Since when without a break all jobs' webhooks go to `target`: `file` remembers that, and the target, from one
/// process to the next. A time that lies ahead, of a clock that was wrong, counts as now. Null: they go nowhere, the
/// file is removed. Errors: io_error, storage_full, limit_exceeded.
Result<WallTime> told_since(const std::filesystem::path& file, const WebhookTarget* target, WallTime now);

}  // namespace kiln::webhooks
