#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <memory>
#include <string>

#include "base/hashing.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/run.h"
#include "engine/local_engine.h"
#include "http/asset_codec.h"

namespace kiln::cli {
namespace {

struct InspectCommand {
  std::string file;
  bool json = false;
};

Result<Asset> inspect_asset(const std::string& file) {
  const auto hash = sha256_of_file(file);
  if (!hash) return hash.error();
  const auto summary = engine::make_local_inspector({}, true)->inspect(file, "application/octet-stream");
  if (!summary) return summary.error();
  Asset asset;
  asset.id = "sha256:" + *hash;
  asset.bytes = std::filesystem::file_size(file);
  asset.created_at = std::chrono::system_clock::now();
  asset.summary = *summary;
  return asset;
}

void print_names(const char* label, const std::vector<std::string>& names) {
  if (!names.empty()) fmt::print("{:14}{}\n", label, fmt::join(names, ", "));
}

/// Each with its duration.
std::vector<std::string> animations_of(const AssetSummary& s) {
  std::vector<std::string> animations = s.animations;
  for (std::size_t i = 0; i < std::min(animations.size(), s.animation_durations_s.size()); ++i)
    animations[i] += fmt::format(" ({:g} s)", s.animation_durations_s[i]);
  return animations;
}

void print_scene(const AssetSummary& s) {
  fmt::print("{:14}{} ({} stored)\n", "triangles", s.triangles, s.unique_triangles);
  fmt::print("{:14}{} meshes, {} instances, {} materials, {} textures, {} lights\n", "holds", s.meshes, s.instances,
             s.materials, s.textures, s.lights);
  if (!s.bounds.empty()) {
    const Vec3 a = s.bounds.min, b = s.bounds.max;
    fmt::print("{:14}({:.4g}, {:.4g}, {:.4g}) to ({:.4g}, {:.4g}, {:.4g}) m\n", "bounds", a.x, a.y, a.z, b.x, b.y, b.z);
  }
  print_names("cameras", s.cameras);
  print_names("animations", animations_of(s));
  print_names("variants", s.variants);
  print_names("extensions", s.extensions_used);
  print_names("left out", s.extensions_unsupported);
  for (const std::string& warning : s.warnings) fmt::print("{:14}{}\n", "warning", warning);
}

void print_text(const std::string& file, const Asset& asset) {
  const AssetSummary& s = asset.summary;
  fmt::print("{:14}{}, {} bytes, {}\n", "file", file, asset.bytes, asset.id);
  if (s.kind == AssetKind::scene) {
    print_scene(s);
  } else {
    fmt::print("{:14}{} x {} pixels\n", "environment", s.width, s.height);
  }
  fmt::print("{:14}{:.1f} MiB\n", "device memory", static_cast<double>(s.device_bytes) / (1 << 20));
}

int inspect(const InspectCommand& command) {
  start_logging("warn");
  const auto asset = inspect_asset(command.file);
  if (asset) {
    if (command.json) {
      fmt::print("{}", http::to_text(http::to_json(*asset)));
    } else {
      print_text(command.file, *asset);
    }
    return kSuccess;
  }
  const Error& e = asset.error();
  if (command.json) {
    fmt::print(
        "{}", http::to_text({{"error", {{"code", code_name(e.code)}, {"detail", e.message}, {"pointer", e.pointer}}}}));
  } else {
    fmt::print(stderr, "kiln: {}: {}{}\n", command.file, e.message, e.pointer.empty() ? "" : " (at " + e.pointer + ")");
  }
  return kFailure;
}

}  // namespace

void add_inspect_command(CLI::App& app, Action& chosen) {
  CLI::App* sub = app.add_subcommand("inspect", "Validate a scene or environment file and tell what is in it");
  auto command = std::make_shared<InspectCommand>();
  sub->add_option("file", command->file, "A .glb, .gltf, .obj, .ply, .stl, .zip, .hdr or .exr file")->required();
  sub->add_flag("--json", command->json, "Print JSON: the summary as the server gives it, or {\"error\": …}");
  sub->callback([command, &chosen] { chosen = [command] { return inspect(*command); }; });
}

}  // namespace kiln::cli
