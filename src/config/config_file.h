#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>

namespace kiln::config {

/// Fills those options of `app` that neither a flag nor the environment has set from a file of `key = value` lines
/// (TOML's subset that CLI11 reads). Call after parsing.
/// Throws CLI::Error, naming the file and the key, for a file that cannot be read, an unknown key or a bad value.
void apply_config_file(CLI::App& app, const std::filesystem::path& file);

}  // namespace kiln::config
