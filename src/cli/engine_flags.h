#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/local_engine.h"
#include "scene/limits.h"

namespace kiln::cli {

/// What an engine needs to know, wherever it runs. The server hands it to its engine's process as flags.
struct EngineFlags {
  std::string backend = "auto";  ///< auto, cuda, cpu
  unsigned threads = 0;          ///< of the CPU backend; 0: all cores
  std::uint64_t max_triangles = scene::Limits{}.max_triangles;
  std::uint64_t max_texels = scene::Limits{}.max_texels;
  std::uint64_t scene_cache_bytes = std::uint64_t{2} << 30;
  double checkpoint_s = 10;
  std::string log_level = "info";
  std::filesystem::path data;  ///< the server's folder: what the process may read and write lies in it
};

void add_engine_flags(CLI::App& app, EngineFlags& flags);

/// The same flags as add_engine_flags() reads them.
std::vector<std::string> arguments_of(const EngineFlags& flags);

scene::Limits limits_of(const EngineFlags& flags);
engine::LocalEngineOptions options_of(const EngineFlags& flags);

}  // namespace kiln::cli
