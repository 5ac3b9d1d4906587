#include <fmt/core.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "cli/backend.h"
#include "cli/commands.h"
#include "cli/run.h"
#include "render/render_frame.h"
#include "render/renderer_choice.h"
#include "scene/environment.h"
#include "scene/resolve_camera.h"
#include "scene/samples.h"

namespace kiln::cli {
namespace {

struct BenchCommand {
  std::string backend = "auto";
  unsigned threads = 0;
  std::uint32_t size = 512, samples = 16;
  std::vector<std::string> scenes;
  bool json = false;
};

struct Measurement {
  std::string scene;
  std::uint64_t triangles = 0;  ///< instances counted each
  double prepare_s = 0, render_s = 0;
  double samples_per_s = 0, rays_per_s = 0;
};

std::uint64_t triangles_of(const Scene& scene) {
  std::uint64_t n = 0;
  for (const Instance& i : scene.instances) n += scene.meshes[i.mesh].triangle_count;
  return n;
}

Result<FrameSettings> frame_of(const Scene& scene, const BenchCommand& command) {
  FrameSettings frame;
  frame.width = frame.height = command.size;
  frame.samples_per_pixel = command.samples;
  const auto camera = scene::resolve_camera(scene, CameraRequest{}, 1);
  if (!camera) return camera.error();
  frame.camera = *camera;
  if (!scene.has_lights()) frame.environment = studio_environment();
  return frame;
}

/// Renders twice and keeps the second: the first one pays for page faults, caches and clocks.
Result<Measurement> measure(Renderer& renderer, const std::string& name, const BenchCommand& command) {
  const auto scene = make_sample(name);
  if (!scene) return scene.error();
  const auto frame = frame_of(**scene, command);
  if (!frame) return frame.error();
  Measurement m{name, triangles_of(**scene)};
  const Stopwatch preparing;
  const auto prepared = renderer.prepare(*scene, {});
  if (!prepared) return prepared.error();
  m.prepare_s = preparing.seconds();
  for (int round = 0; round < 2; ++round) {
    const Stopwatch rendering;
    const auto image = render::render_frame(
        renderer, *prepared, *frame, [](double) {}, std::stop_token{});
    if (!image) return image.error();
    m.render_s = rendering.seconds();
  }
  m.samples_per_s = static_cast<double>(command.size) * command.size * command.samples / m.render_s;
  m.rays_per_s = static_cast<double>(renderer.rays_traced()) / m.render_s;
  renderer.end();
  return m;
}

void print_json(const Renderer& renderer, const BenchCommand& command, const std::vector<Measurement>& rows) {
  nlohmann::ordered_json j;
  j["backend"] = renderer.backend();
  j["device"] = renderer.device();
  j["width"] = j["height"] = command.size;
  j["samples_per_pixel"] = command.samples;
  j["scenes"] = nlohmann::ordered_json::array();
  for (const Measurement& m : rows) {
    j["scenes"].push_back({{"scene", m.scene},
                           {"triangles", m.triangles},
                           {"prepare_s", m.prepare_s},
                           {"render_s", m.render_s},
                           {"samples_per_s", m.samples_per_s},
                           {"rays_per_s", m.rays_per_s}});
  }
  fmt::print("{}\n", j.dump(2));
}

void print_row(const Measurement& m) {
  fmt::print("{:20}{:>14}{:>12.2f}{:>11.2f}{:>14.3f}{:>11.3f}\n", m.scene, m.triangles, m.prepare_s, m.render_s,
             m.samples_per_s / 1e6, m.rays_per_s / 1e6);
}

int fail(const std::string& subject, const Error& e) {
  fmt::print(stderr, "kiln: {}: {}\n", subject, e.message);
  return kFailure;
}

int bench(const BenchCommand& command) {
  start_logging("warn");
  auto made = renderer_factory(command.backend, command.threads)();
  if (!made) return fail("bench", made.error());
  Renderer& renderer = *made->renderer;
  if (!command.json) {
    fmt::print("{} ({}), {} x {}, {} samples per pixel\n", renderer.backend(), renderer.device(), command.size,
               command.size, command.samples);
    fmt::print("{:20}{:>14}{:>12}{:>11}{:>14}{:>11}\n", "scene", "triangles", "prepare s", "render s", "M samples/s",
               "M rays/s");
  }
  std::vector<Measurement> rows;
  for (const std::string& name : command.scenes) {
    const auto m = measure(renderer, name, command);
    if (!m) return fail(name, m.error());
    rows.push_back(*m);
    if (!command.json) print_row(*m);
  }
  if (command.json) print_json(renderer, command, rows);
  return kSuccess;
}

}  // namespace

void add_bench_command(CLI::App& app, Action& chosen) {
  CLI::App* sub = app.add_subcommand("bench", "Measure samples and rays per second on the built-in scenes");
  auto command = std::make_shared<BenchCommand>();
  command->scenes.assign(sample_names().begin(), sample_names().end());
  add_backend_options(*sub, command->backend, command->threads);
  sub->add_option("--size", command->size, "Width and height, pixels")
      ->check(CLI::Range(1u, 16384u))
      ->capture_default_str();
  sub->add_option("--samples", command->samples, "Samples per pixel")
      ->check(CLI::Range(1u, 65536u))
      ->capture_default_str();
  sub->add_option("--scene", command->scenes, "Only these built-in scenes")->check(CLI::IsMember(command->scenes));
  sub->add_flag("--json", command->json, "Print JSON");
  sub->callback([command, &chosen] { chosen = [command] { return bench(*command); }; });
}

}  // namespace kiln::cli
