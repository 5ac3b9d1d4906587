#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kiln/error.h"

namespace kiln::cli {

/// Finds before hours of rendering what would fail after them, or destroy what is rendered: a folder that is missing or
/// cannot be written, a name that a folder or a device has, or one of the `inputs`. Errors: io_error, invalid_request.
Result<void> check_output(const std::filesystem::path& output, const std::vector<std::string>& inputs);

/// Gives a file the rights that any program's new file has.
void apply_umask(const std::string& file);

}  // namespace kiln::cli
