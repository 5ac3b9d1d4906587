#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kiln/renderer.h"

namespace kiln::render {

enum class BackendChoice { automatic, cuda, cpu };

std::string_view name_of(BackendChoice choice);  ///< "auto", "cuda", "cpu"
std::optional<BackendChoice> backend_choice_from_name(std::string_view name);

struct ChosenRenderer {
  std::unique_ptr<Renderer> renderer;
  std::string reason;  ///< why it is this one; one sentence for a person
};

/// `automatic` takes CUDA where it works, else the CPU. `threads` are those of the CPU renderer, 0: one per processor.
/// Error: backend_unavailable, when CUDA is asked for by name and does not work.
Result<ChosenRenderer> make_renderer(BackendChoice choice, unsigned threads);

}  // namespace kiln::render
