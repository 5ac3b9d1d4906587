#include "cli/backend.h"

#include "render/renderer_choice.h"

namespace kiln::cli {

void add_backend_options(CLI::App& app, std::string& backend, unsigned& threads) {
  app.add_option("--backend", backend, "auto takes CUDA where it works, else the CPU")
      ->envname("KILN_BACKEND")
      ->check(CLI::IsMember({"auto", "cuda", "cpu"}))
      ->capture_default_str();
  app.add_option("--threads", threads, "Threads of the CPU backend; 0 takes all cores")
      ->envname("KILN_THREADS")
      ->check(CLI::Range(0u, 4096u))
      ->capture_default_str();
}

engine::RendererFactory renderer_factory(const std::string& backend, unsigned threads) {
  const render::BackendChoice choice = *render::backend_choice_from_name(backend);
  return [choice, threads]() -> Result<engine::MadeRenderer> {
    auto chosen = render::make_renderer(choice, threads);
    if (!chosen) return chosen.error();
    return engine::MadeRenderer{std::move(chosen->renderer), std::move(chosen->reason)};
  };
}

}  // namespace kiln::cli
