#include "render/renderer_choice.h"

#include <array>
#include <utility>

#include "render/cpu_renderer.h"
#include "render/cuda_renderer.h"

namespace kiln::render {

static constexpr std::array<std::pair<BackendChoice, std::string_view>, 3> kNames{
    {{BackendChoice::automatic, "auto"}, {BackendChoice::cuda, "cuda"}, {BackendChoice::cpu, "cpu"}}};

std::string_view name_of(BackendChoice choice) {
  for (const auto& [value, name] : kNames) {
    if (value == choice) return name;
  }
  return "auto";
}

std::optional<BackendChoice> backend_choice_from_name(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

Result<ChosenRenderer> make_renderer(BackendChoice choice, unsigned threads) {
  if (choice == BackendChoice::cpu) return ChosenRenderer{make_cpu_renderer(threads), "The CPU was asked for."};
  auto cuda = make_cuda_renderer();
  if (!cuda && choice == BackendChoice::cuda) return cuda.error();
  if (!cuda) return ChosenRenderer{make_cpu_renderer(threads), "CUDA cannot be used: " + cuda.error().message + "."};
  const bool asked = choice == BackendChoice::cuda;
  return ChosenRenderer{std::move(*cuda), asked ? "CUDA was asked for." : "CUDA works on this machine."};
}

}  // namespace kiln::render
