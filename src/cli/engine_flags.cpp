#include "cli/engine_flags.h"

#include <array>
#include <charconv>

#include "cli/backend.h"

namespace kiln::cli {
namespace {

std::string text_of(double value) {
  std::array<char, 32> digits;
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

}  // namespace

void add_engine_flags(CLI::App& app, EngineFlags& flags) {
  app.add_option("--backend", flags.backend);
  app.add_option("--threads", flags.threads);
  app.add_option("--max-triangles", flags.max_triangles);
  app.add_option("--max-texels", flags.max_texels);
  app.add_option("--scene-cache-bytes", flags.scene_cache_bytes);
  app.add_option("--checkpoint-s", flags.checkpoint_s);
  app.add_option("--log-level", flags.log_level);
  app.add_option("--data", flags.data);
}

std::vector<std::string> arguments_of(const EngineFlags& flags) {
  return {"--backend",
          flags.backend,
          "--threads",
          std::to_string(flags.threads),
          "--max-triangles",
          std::to_string(flags.max_triangles),
          "--max-texels",
          std::to_string(flags.max_texels),
          "--scene-cache-bytes",
          std::to_string(flags.scene_cache_bytes),
          "--checkpoint-s",
          text_of(flags.checkpoint_s),
          "--log-level",
          flags.log_level,
          "--data",
          flags.data.string()};
}

scene::Limits limits_of(const EngineFlags& flags) {
  scene::Limits limits;
  limits.max_triangles = flags.max_triangles;
  limits.max_texels = flags.max_texels;
  return limits;
}

engine::LocalEngineOptions options_of(const EngineFlags& flags) {
  engine::LocalEngineOptions options;
  options.limits = limits_of(flags);
  options.scene_cache_bytes = flags.scene_cache_bytes;
  options.checkpoint_s = flags.checkpoint_s;
  return options;
}

}  // namespace kiln::cli
