#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "engine/local_engine.h"

namespace kiln::cli {

/// --backend and --threads, for the commands that render here.
void add_backend_options(CLI::App& app, std::string& backend, unsigned& threads);

/// `backend` is auto, cuda or cpu; `threads` 0 takes all cores.
engine::RendererFactory renderer_factory(const std::string& backend, unsigned threads);

}  // namespace kiln::cli
